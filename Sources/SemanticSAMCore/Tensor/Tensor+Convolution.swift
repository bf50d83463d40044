import TensorKernels

/// The zeros around a map, and with them the size of a convolution's output.
public enum Padding: Hashable, Sendable {
  /// As many on all four sides.
  case symmetric(Int)
  /// TensorFlow's SAME: the output is `ceil(size / stride)`, and an odd zero goes right and below.
  case same

  /// The zeros before the first row or column, and the output's size.
  func resolved(size: Int, kernel: Int, stride: Int, dilation: Int) -> (before: Int, output: Int) {
    let extent = dilation * (kernel - 1) + 1
    switch self {
    case .symmetric(let padding):
      return (padding, (size + 2 * padding - extent) / stride + 1)
    case .same:
      let output = (size + stride - 1) / stride
      return (max((output - 1) * stride + extent - size, 0) / 2, output)
    }
  }
}

extension Tensor {
  /// A 2-D convolution of `[H, W, C]`, or of each of `[N, H, W, C]`: `activation(convolution + bias) + residual`.
  /// - Parameters:
  ///   - weights: `[out, C, height, width]`; depthwise `[C, 1, height, width]`, then without residual.
  ///   - bias: `[out]`, or `[N, out]`: one for each map of a batch.
  ///   - residual: of the result's shape.
  public func convolution(
    _ weights: Weights, bias: Tensor? = nil, stride: Int = 1, dilation: Int = 1, padding: Padding,
    activation: Activation = .none, residual: Tensor? = nil
  ) -> Tensor {
    let batch = shape.count == 4 ? shape[0] : 1
    let height = shape[shape.count - 3]
    let width = shape[shape.count - 2]
    let kernel = weights.shape
    let vertical = padding.resolved(size: height, kernel: kernel[2], stride: stride, dilation: dilation)
    let horizontal = padding.resolved(size: width, kernel: kernel[3], stride: stride, dilation: dilation)
    precondition(
      weights.isDepthwise ? channels == kernel[0] && residual == nil : channels == kernel[1],
      "A map of \(channels) channels meets weights of \(kernel).")
    let geometry = ConvolutionShape(
      batch: batch, height: height, width: width, channels: channels, kernel_height: kernel[2],
      kernel_width: kernel[3], stride: stride, dilation: dilation, padding_top: vertical.before,
      padding_left: horizontal.before, output_height: vertical.output, output_width: horizontal.output,
      output_channels: kernel[0])
    let layout = weights.kernelLayout()
    let inputs = [self, weights.recordedValues, bias, residual]
    guard Tensor.isAnyRecorded(inputs) else {
      return convolved(
        geometry, isDepthwise: weights.isDepthwise, layout: layout, bias: bias, activation: activation,
        residual: residual)
    }
    let (output, record) = activation.recording(residual: residual) { activation, residual in
      convolved(
        geometry, isDepthwise: weights.isDepthwise, layout: layout, bias: bias, activation: activation,
        residual: residual)
    }
    let isWanted = inputs.map { $0?.isRecorded ?? false }
    let gradients = ConvolutionGradient(
      geometry: geometry, isDepthwise: weights.isDepthwise, input: isWanted[1] ? detached : nil,
      weights: isWanted[0] ? weights.values.detached : nil, precision: weights.kernelPrecision)
    let shapes = (input: shape, weights: kernel, bias: bias?.shape ?? [], residual: residual?.shape ?? [])
    return output.recorded(from: inputs) { gradient in
      let sums = record.gradient(gradient)
      return [
        gradients.byInput(sums)?.reshaped(to: shapes.input), gradients.byWeights(sums)?.reshaped(to: shapes.weights),
        isWanted[2] ? gradients.byBias(sums, shape: shapes.bias) : nil,
        isWanted[3] ? gradient.reshaped(to: shapes.residual) : nil,
      ]
    }
  }

  /// `convolution`, not recorded.
  private func convolved(
    _ geometry: ConvolutionShape, isDepthwise: Bool, layout: PackedWeights, bias: Tensor?, activation: Activation,
    residual: Tensor?
  ) -> Tensor {
    var geometry = geometry
    let batch = geometry.batch
    let channels = geometry.output_channels
    let mapShape = [geometry.output_height, geometry.output_width, channels]
    var output = Tensor(uninitialized: shape.count == 4 ? [batch] + mapShape : mapShape)
    let biasPerMap = (bias?.count ?? 0) > channels
    if biasPerMap { geometry.batch = 1 }
    withExtendedLifetime((self, bias, residual)) {
      let target = output.mutableAddress
      let inputSize = geometry.height * geometry.width * geometry.channels
      let outputSize = mapShape.reduce(1, *)
      for map in 0..<(biasPerMap ? batch : 1) {
        let epilogue = Epilogue(
          bias: bias.map { $0.address + map * channels }, residual: residual.map { $0.address + map * outputSize },
          residual_stride: channels, activation: activation)
        let source = address + map * inputSize
        if isDepthwise {
          layout.depthwise(geometry, input: source, output: target + map * outputSize, epilogue)
        } else {
          layout.convolution(geometry, input: source, output: target + map * outputSize, epilogue)
        }
      }
    }
    return output
  }
}
