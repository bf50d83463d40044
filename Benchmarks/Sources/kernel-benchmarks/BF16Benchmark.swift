import BenchmarkHarness
import Foundation
import TensorKernels

/// Products in bf16 at the shapes of Swin-T and its pixel decoder for an image of 1024 x 1024, beside those in f32.
struct BF16Benchmark {
  let seconds: Double
  /// GFLOP/s of all threads in use, of each precision.
  let peak: (bf16: Double, f32: Double)

  /// (rows, outputs, inputs); a large map is cut to 4,096 rows, which stay in the caches, and given once as it is.
  private static let shapes = [
    (4096, 288, 96), (4096, 96, 96), (4096, 384, 96), (4096, 96, 384), (4096, 576, 192), (4096, 192, 192),
    (4096, 768, 192), (4096, 192, 768), (4096, 384, 768), (4096, 1152, 384), (4096, 1536, 384), (4096, 384, 1536),
    (1024, 2304, 768), (1024, 3072, 768), (1024, 768, 3072), (4096, 256, 256), (4096, 1024, 256), (4096, 256, 1024),
    (6, 1024, 256), (6, 256, 1024), (65536, 96, 96), (65536, 288, 96),
  ]

  func run(_ report: inout BenchmarkReport) throws {
    report.begin(
      "product in bf16 m x n x k, relu",
      columns: [
        .init("us"), .init("GFLOP/s"), .init("% of bf16"), .init("f32 GFLOP/s"), .init("% of f32"), .init("times"),
      ])
    var logarithms: [Double] = []
    for (m, n, k) in Self.shapes {
      let share = try measure(m, n, k, &report)
      if m <= 4096 { logarithms.append(share) }
    }
    let mean = logarithms.reduce(1) { $0 * pow($1, 1 / Double(logarithms.count)) }
    report.notes["bf16 products in caches, geometric mean of the share of the bf16 peak"] =
      "\((mean * 1000).rounded() / 10) %"
    try convolution(&report)
  }

  private func measure(_ m: Int, _ n: Int, _ k: Int, _ report: inout BenchmarkReport) throws -> Double {
    let name = "\(m) x \(n) x \(k)"
    let a = try Numbers(m * k, seed: 1)
    let weights = try Numbers(n * k, seed: 2)
    let bias = try Numbers(n, seed: 3)
    let packed = try Numbers(packing: weights, n: n, k: k)
    let pairs = try Numbers(packingPairs: weights, n: n, k: k)
    let output = try Numbers(m * n, seed: 0)
    let epilogue = Epilogue(bias: bias.pointer, residual: nil, residual_stride: 0, activation: .relu)
    func product(rows: Int) {
      pairs.withPairs { tk_product_bf16(rows, n, k, a.pointer, k, $0, output.pointer, n, epilogue) }
    }
    // The scalar kernel, which rounds number by number, would take minutes for all rows.
    try WrongResult.check(name, output, k: k) { product(rows: min(m, 29)) }
    let half = Measurement(seconds: seconds) { product(rows: m) }.median
    let single = Measurement(seconds: seconds) {
      tk_product_f32(m, n, k, a.pointer, k, packed.pointer, output.pointer, n, epilogue)
    }.median
    let operations = 2e-9 * Double(m * n * k)
    report.add(
      group: "product bf16", name: name,
      values: [
        half * 1e6, operations / half, operations / half / peak.bf16 * 100, operations / single,
        operations / single / peak.f32 * 100, single / half,
      ])
    return operations / half / peak.bf16
  }

  /// The pixel decoder's convolution of 3 x 3 at stride 4, on a quarter of its map.
  private func convolution(_ report: inout BenchmarkReport) throws {
    let (side, channels) = (128, 256)
    let shape = ConvolutionShape(
      batch: 1, height: side, width: side, channels: channels, kernel_height: 3, kernel_width: 3, stride: 1,
      dilation: 1,
      padding_top: 1, padding_left: 1, output_height: side, output_width: side, output_channels: channels)
    let input = try Numbers(side * side * channels, seed: 4)
    let weights = try Numbers(channels * channels * 9, seed: 5)
    let packed = try Numbers(packing: weights, n: channels, k: 9 * channels)
    let pairs = try Numbers(packingPairs: weights, n: channels, k: 9 * channels)
    let output = try Numbers(side * side * channels, seed: 0)
    let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .none)
    let half = Measurement(seconds: seconds) {
      pairs.withPairs { tk_convolution_bf16(shape, input.pointer, $0, output.pointer, epilogue) }
    }.median
    let single = Measurement(seconds: seconds) {
      tk_convolution_f32(shape, input.pointer, packed.pointer, output.pointer, epilogue)
    }.median
    let operations = 2e-9 * Double(side * side * channels * channels * 9)
    report.add(
      group: "convolution bf16", name: "3 x 3, \(side) x \(side) x \(channels)",
      values: [
        half * 1e6, operations / half, operations / half / peak.bf16 * 100, operations / single,
        operations / single / peak.f32 * 100, single / half,
      ])
  }
}
