import TensorKernels
import Testing

/// The outputs of the scalar kernel, which is the specification.
private func specification(count: Int, _ run: (UnsafeMutablePointer<Float>) -> Void) -> [Double] {
  withInstructionSet(.scalar) {
    var buffer = GuardedBuffer(count: count)
    buffer.withPointer(run)
    return buffer.values.map(Double.init)
  }
}

extension KernelTests {
  /// The kernels of products, convolutions, norms and elementwise operations, backward.
  @Suite(.serialized) struct ProductGradientKernelTests {
    /// Heights around tiles, columns around vectors, rows around what is summed at once and in parts.
    @Test func outerProductsMatchTheScalarOnes() {
      var random = SeededGenerator(seed: 31)
      for (rows, m, n) in [(1, 1, 1), (5, 15, 33), (257, 6, 17), (2000, 29, 47), (300, 70, 64)] {
        let a = random.floats(rows * (m + 3))
        let b = random.floats(rows * (n + 1))
        func run(_ output: UnsafeMutablePointer<Float>) {
          tk_outer_product_f32(rows, m, n, a, m + 3, b, n + 1, output)
        }
        checkKernel(
          "\(rows) x \(m) x \(n)", expected: specification(count: m * n, run),
          bound: 2 * Double(rows + 3) * unitRoundoff * Double(rows).squareRoot(), run)
      }
    }

    @Test func columnSumsMatchTheirDefinition() {
      var random = SeededGenerator(seed: 32)
      for (rows, channels) in [(0, 3), (1, 1), (33, 19), (3000, 45), (70, 128)] {
        let x = random.floats(rows * channels)
        let expected = (0..<channels).map { c in (0..<rows).reduce(0) { $0 + Double(x[$1 * channels + c]) } }
        checkKernel("\(rows) x \(channels)", expected: expected, bound: 1e-5, relative: unitRoundoff) {
          tk_column_sums_f32(rows, channels, x, $0)
        }
      }
    }

    @Test func transposedPanelsAreThePanelsOfTheTranspose() {
      var random = SeededGenerator(seed: 33)
      for (n, k) in [(1, 1), (16, 5), (35, 17)] {
        let weights = random.floats(n * k)
        var transpose = [Float](repeating: 0, count: n * k)
        tk_transpose_f32(1, n, k, weights, &transpose)
        var panels = [Float](repeating: .nan, count: tk_packed_size(n, k))
        var others = panels
        tk_pack_f32(n, k, weights, k, &panels)
        tk_pack_transposed_f32(n, k, transpose, n, &others)
        expectSameBits(panels, others, "\(n) x \(k)")
      }
    }

    /// Dense and depthwise, channels around a vector, widths around a strip, kernels that see beyond the edges.
    @Test(arguments: [(1, 1, 1), (3, 1, 1), (3, 2, 1), (5, 1, 1), (5, 2, 1), (3, 1, 2), (3, 3, 1), (4, 2, 2)])
    func convolutionsMatchTheScalarOnes(kernel: Int, stride: Int, dilation: Int) {
      var random = SeededGenerator(seed: 34)
      let sizes = [(1, 1, 1, 1), (4, 9, 5, 3), (7, 30, 17, 33), (3, 23, 35, 16), (12, 16, 16, 2)]
      for (height, width, channels, outputs) in sizes {
        var shape = ConvolutionShape(
          batch: 2, height: height, width: width, channels: channels, kernel_height: kernel, kernel_width: kernel,
          stride: stride, dilation: dilation, padding_top: dilation * (kernel - 1),
          padding_left: dilation * (kernel - 1), output_height: 0, output_width: 0, output_channels: outputs)
        shape.output_height = (height + dilation * (kernel - 1) - 1) / stride + 1
        shape.output_width = (width + dilation * (kernel - 1) - 1) / stride + 1
        let positions = 2 * shape.output_height * shape.output_width
        let taps = kernel * kernel
        let x = random.floats(2 * height * width * channels)
        let gradient = random.floats(positions * max(outputs, channels))
        let weights = random.floats(taps * channels)
        let columns = random.floats(positions * taps * channels)
        let bound = 2 * Double(positions + 3) * unitRoundoff * Double(positions).squareRoot()
        let label = "\(shape)"
        func check(_ name: String, count: Int, bound: Double, _ run: (UnsafeMutablePointer<Float>) -> Void) {
          checkKernel("\(name) \(label)", expected: specification(count: count, run), bound: bound, run)
        }
        check("dense weights", count: taps * channels * outputs, bound: bound) {
          tk_convolution_weights_gradient_f32(shape, x, gradient, $0)
        }
        check("columns", count: x.count, bound: bound) { tk_scatter_columns_f32(shape, columns, $0) }
        shape.output_channels = channels
        check("depthwise weights", count: taps * channels, bound: bound) {
          tk_depthwise_weights_gradient_f32(shape, x, gradient, $0)
        }
        check("depthwise input", count: x.count, bound: bound) {
          tk_depthwise_input_gradient_f32(shape, gradient, weights, $0)
        }
      }
    }

    @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
    func normsAndActivationsMatchTheScalarOnes(activation: Activation) {
      var random = SeededGenerator(seed: 35)
      for (rows, channels) in [(1, 3), (7, 16), (70, 45), (600, 24)] {
        let x = random.floats(rows * channels, in: -2...3)
        let gradient = random.floats(rows * channels)
        let weight = random.floats(channels, in: 0.5...2)
        let bias = random.floats(channels)
        let count = rows * channels
        // The three gradients behind each other.
        func layerNorm(_ output: UnsafeMutablePointer<Float>) {
          _ = tk_layer_norm_gradient_f32(
            rows, channels, x, nil, weight, 1e-5, gradient, output, output + count, output + count + channels)
        }
        func groupNorm(_ output: UnsafeMutablePointer<Float>) {
          _ = tk_group_norm_gradient_f32(
            rows, channels, 1, x, weight, bias, 1e-5, activation, gradient, output, output + count,
            output + count + channels)
        }
        let size = count + 2 * channels
        checkKernel(
          "layer norm \(rows) x \(channels)", expected: specification(count: size, layerNorm), bound: 1e-4, layerNorm)
        checkKernel(
          "group norm \(rows) x \(channels)", expected: specification(count: size, groupNorm), bound: 1e-4, groupNorm)
        func activate(_ output: UnsafeMutablePointer<Float>) { tk_activate_f32(count, activation, x, output) }
        func slope(_ output: UnsafeMutablePointer<Float>) {
          tk_activation_gradient_f32(count, activation, x, gradient, output)
        }
        checkKernel("activation", expected: specification(count: count, activate), bound: 2e-6, activate)
        checkKernel("slope", expected: specification(count: count, slope), bound: 2e-6, slope)
      }
    }
  }
}
