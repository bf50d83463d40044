import TensorKernels

/// The way back through a convolution: from `gradient`, by its output before the activation, `[N, H', W', out]`, to the
/// gradients by its inputs.
struct ConvolutionGradient: Sendable {
  let geometry: ConvolutionShape
  let isDepthwise: Bool
  /// `[N, H, W, C]`; `nil` where the gradient by the weights is not wanted.
  let input: Tensor?
  /// `[out, C, height, width]`; `nil` where the gradient by the input is not wanted.
  let weights: Tensor?
  /// Of the product for the gradient by the input.
  let precision: Precision

  private var taps: Int { geometry.kernel_height * geometry.kernel_width }

  /// `[N, H, W, C]`.
  func byInput(_ gradient: Tensor) -> Tensor? {
    guard let weights else { return nil }
    let shape = [geometry.batch, geometry.height, geometry.width, geometry.channels]
    if isDepthwise {
      var output = Tensor(uninitialized: shape)
      let layout = weights.transposed(blocks: 1, rows: geometry.channels, columns: taps)
      withExtendedLifetime((gradient, layout)) {
        tk_depthwise_input_gradient_f32(geometry, gradient.address, layout.address, output.mutableAddress)
      }
      return output
    }
    let above = (geometry.kernel_height - 1) * geometry.dilation
    let before = (geometry.kernel_width - 1) * geometry.dilation
    guard geometry.stride == 1, geometry.padding_top <= above, geometry.padding_left <= before else {
      return byScattering(gradient, weights: weights, shape: shape)
    }
    // The gradient convolved with the kernel turned around, from its outputs to its inputs.
    var turned = geometry
    turned.channels = geometry.output_channels
    turned.output_channels = geometry.channels
    (turned.height, turned.output_height) = (geometry.output_height, geometry.height)
    (turned.width, turned.output_width) = (geometry.output_width, geometry.width)
    turned.padding_top = above - geometry.padding_top
    turned.padding_left = before - geometry.padding_left
    let panels = turnedPanels(weights)
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(gradient) {
      let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .none)
      panels.convolution(turned, input: gradient.address, output: output.mutableAddress, epilogue)
    }
    return output
  }

  /// Panels of `[C, taps, out]` with the taps in reverse order.
  private func turnedPanels(_ weights: Tensor) -> PackedWeights {
    let (inputs, outputs) = (geometry.channels, geometry.output_channels)
    if taps == 1 {
      return PackedWeights(transposing: weights, outputs: inputs, inputs: outputs, precision: precision)
    }
    let rows = weights.transposed(blocks: 1, rows: outputs, columns: inputs * taps)
    var turned = Tensor(uninitialized: [inputs, taps, outputs])
    let target = turned.mutableAddress
    withExtendedLifetime(rows) {
      for input in 0..<inputs {
        for tap in 0..<taps {
          (target + (input * taps + tap) * outputs)
            .update(from: rows.address + (input * taps + taps - 1 - tap) * outputs, count: outputs)
        }
      }
    }
    return PackedWeights(turned, outputs: inputs, inputs: taps * outputs, precision: precision)
  }

  /// By the gradient of the gathered columns, image by image so that not all columns stand in memory.
  private func byScattering(_ gradient: Tensor, weights: Tensor, shape: [Int]) -> Tensor {
    let outputs = geometry.output_channels
    let run = taps * geometry.channels
    let panels = PackedWeights(
      transposing: weights.transposed(blocks: outputs, rows: geometry.channels, columns: taps), outputs: run,
      inputs: outputs, precision: precision)
    let positions = geometry.output_height * geometry.output_width
    var map = geometry
    map.batch = 1
    var output = Tensor(uninitialized: shape)
    let target = output.mutableAddress
    let rows = gradient.reshaped(to: [geometry.batch * positions, outputs])
    for index in 0..<geometry.batch {
      let columns = rows.rows(index * positions..<(index + 1) * positions).product(panels, outputs: run)
      withExtendedLifetime(columns) {
        tk_scatter_columns_f32(
          map, columns.address, target + index * geometry.height * geometry.width * geometry.channels)
      }
    }
    return output
  }

  /// `[out, C, height, width]`.
  func byWeights(_ gradient: Tensor) -> Tensor? {
    guard let input else { return nil }
    if isDepthwise {
      var sums = Tensor(uninitialized: [taps, geometry.channels])
      withExtendedLifetime((input, gradient)) {
        tk_depthwise_weights_gradient_f32(geometry, input.address, gradient.address, sums.mutableAddress)
      }
      return sums.transposed(blocks: 1, rows: taps, columns: geometry.channels)
    }
    var sums = Tensor(uninitialized: [taps * geometry.channels, geometry.output_channels])
    withExtendedLifetime((input, gradient)) {
      tk_convolution_weights_gradient_f32(geometry, input.address, gradient.address, sums.mutableAddress)
    }
    let rows = sums.transposed(blocks: 1, rows: taps * geometry.channels, columns: geometry.output_channels)
    if taps == 1 { return rows }
    return rows.transposed(blocks: geometry.output_channels, rows: taps, columns: geometry.channels)
  }

  /// - Parameter shape: `[out]` or `[N, out]`.
  func byBias(_ gradient: Tensor, shape: [Int]) -> Tensor {
    let maps = shape.reduce(1, *) / max(geometry.output_channels, 1)
    let rows = gradient.rowCount / max(maps, 1)
    var output = Tensor(uninitialized: shape)
    let target = output.mutableAddress
    withExtendedLifetime(gradient) {
      for map in 0..<maps {
        tk_column_sums_f32(
          rows, geometry.output_channels, gradient.address + map * rows * geometry.output_channels,
          target + map * geometry.output_channels)
      }
    }
    return output
  }
}
