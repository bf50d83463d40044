import BenchmarkHarness
import TensorKernels

/// Dense and depthwise convolutions of the model's shapes. OpenBLAS multiplies columns that are gathered already; it has
/// nothing for depthwise convolutions, which the memory's rate limits more than the peak.
struct ConvolutionBenchmark {
  let seconds: Double
  /// GFLOP/s of all threads in use; nil where unknown.
  let peak: Double?

  private struct Layer {
    let batch: Int, height: Int, width: Int, channels: Int, kernel: Int, stride: Int, dilation: Int
    /// nil: depthwise.
    let outputChannels: Int?

    init(
      _ height: Int, _ width: Int, _ channels: Int, to outputChannels: Int? = nil, kernel: Int = 3, stride: Int = 1,
      dilation: Int = 1, batch: Int = 1
    ) {
      (self.height, self.width, self.channels, self.outputChannels) = (height, width, channels, outputChannels)
      (self.kernel, self.stride, self.dilation, self.batch) = (kernel, stride, dilation, batch)
    }

    var shape: ConvolutionShape {
      ConvolutionShape(
        batch: batch, height: height, width: width, channels: channels, kernel_height: kernel, kernel_width: kernel,
        stride: stride, dilation: dilation, padding_top: dilation * (kernel / 2), padding_left: dilation * (kernel / 2),
        output_height: (height + stride - 1) / stride, output_width: (width + stride - 1) / stride,
        output_channels: outputChannels ?? channels)
    }

    var name: String {
      let images = batch > 1 ? "\(batch) x " : ""
      let output = outputChannels.map { " -> \($0)" } ?? ""
      let stride = stride > 1 ? " /\(stride)" : ""
      let dilation = dilation > 1 ? " d\(dilation)" : ""
      return "\(images)\(height)x\(width)x\(channels)\(output) \(kernel)x\(kernel)\(stride)\(dilation)"
    }
  }

  private static let dense = [
    Layer(288, 384, 3, to: 32, stride: 2), Layer(72, 96, 96, to: 96),
    Layer(32, 32, 45, to: 24, batch: 6), Layer(32, 32, 24, to: 24, batch: 6),
    Layer(32, 32, 24, to: 24, dilation: 2, batch: 6), Layer(32, 32, 24, to: 24, dilation: 4, batch: 6),
  ]
  private static let depthwise = [
    Layer(144, 192, 32), Layer(144, 192, 96, stride: 2), Layer(72, 96, 144), Layer(72, 96, 144, kernel: 5, stride: 2),
    Layer(36, 48, 240, kernel: 5), Layer(36, 48, 240, stride: 2), Layer(18, 24, 480), Layer(18, 24, 480, kernel: 5),
    Layer(18, 24, 672, kernel: 5), Layer(18, 24, 672, kernel: 5, stride: 2), Layer(9, 12, 1152, kernel: 5),
    Layer(9, 12, 1152),
  ]

  func run(_ report: inout BenchmarkReport) throws {
    report.begin(
      "dense convolution, relu",
      columns: [.init("us"), .init("GFLOP/s"), .init("% of peak"), .init("OpenBLAS"), .init("times")])
    for layer in Self.dense { try measure(layer, &report) }
    report.begin(
      "depthwise convolution, relu", columns: [.init("us"), .init("GFLOP/s"), .init("% of peak"), .init("GB/s")])
    for layer in Self.depthwise { try measure(layer, &report) }
  }

  private func measure(_ layer: Layer, _ report: inout BenchmarkReport) throws {
    let shape = layer.shape
    let positions = layer.batch * shape.output_height * shape.output_width
    let n = shape.output_channels
    let k = layer.kernel * layer.kernel * (layer.outputChannels == nil ? 1 : layer.channels)
    let input = try Numbers(layer.batch * layer.height * layer.width * layer.channels, seed: 4)
    let weights = try Numbers(n * k, seed: 5)
    let bias = try Numbers(n, seed: 6)
    let packed = try Numbers(packing: weights, n: n, k: k)
    let output = try Numbers(positions * n, seed: 0)
    let epilogue = Epilogue(bias: bias.pointer, residual: nil, residual_stride: 0, activation: .relu)

    let convolution = {
      if layer.outputChannels == nil {
        tk_depthwise_f32(shape, input.pointer, weights.pointer, output.pointer, epilogue)
      } else {
        tk_convolution_f32(shape, input.pointer, packed.pointer, output.pointer, epilogue)
      }
    }
    try WrongResult.check(layer.name, output, k: k, convolution)
    let ours = Measurement(seconds: seconds, convolution).median
    let operations = 2e-9 * Double(positions * n * k)
    let share = peak.map { operations / ours / $0 * 100 }
    if layer.outputChannels == nil {
      let bytes = 4e-9 * Double(input.count + output.count)
      report.add(group: "depthwise", name: layer.name, values: [ours * 1e6, operations / ours, share, bytes / ours])
    } else {
      let columns = try Numbers(positions * k, seed: 7)
      let theirs = Measurement(seconds: seconds) { openBLAS(positions, n, k, columns, weights, output) }.median
      report.add(
        group: "dense", name: layer.name,
        values: [ours * 1e6, operations / ours, share, operations / theirs, theirs / ours])
    }
  }
}
