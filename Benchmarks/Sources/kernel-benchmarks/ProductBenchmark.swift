import BenchmarkHarness
import COpenBLAS
import TensorKernels

/// Products of the model's shapes, with bias and an activation, beside OpenBLAS, which does the product alone.
struct ProductBenchmark {
  let seconds: Double
  /// GFLOP/s of all threads in use; nil where unknown.
  let peak: Double?

  /// (rows, outputs, inputs) of the backbone's pointwise convolutions, of tokens and of queries.
  private static let shapes = [
    (27648, 16, 32), (27648, 96, 16), (6912, 24, 96), (6912, 144, 24), (6912, 24, 144), (1728, 40, 144),
    (1728, 240, 40), (1728, 40, 240), (432, 80, 240), (432, 480, 80), (432, 80, 480), (432, 112, 480),
    (432, 672, 112), (432, 112, 672), (108, 192, 672), (108, 1152, 192), (108, 192, 1152), (108, 320, 1152),
    (2300, 96, 96), (2300, 256, 96), (2300, 128, 96), (2300, 96, 256), (6912, 64, 96), (2300, 256, 256),
    (6, 96, 96), (6, 256, 96), (12, 256, 256), (1, 1024, 1024),
  ]

  func run(_ report: inout BenchmarkReport) throws {
    report.begin(
      "product m x n x k, relu",
      columns: [.init("us"), .init("GFLOP/s"), .init("% of peak"), .init("OpenBLAS"), .init("times")])
    for (m, n, k) in Self.shapes { try measure(m, n, k, .relu, &report) }
    report.begin(
      "product m x n x k, gelu",
      columns: [.init("us"), .init("GFLOP/s"), .init("% of peak"), .init("OpenBLAS"), .init("times")])
    for (m, n, k) in [(2300, 256, 96), (1728, 240, 40), (6, 256, 96)] { try measure(m, n, k, .gelu, &report) }
  }

  private func measure(_ m: Int, _ n: Int, _ k: Int, _ activation: Activation, _ report: inout BenchmarkReport) throws {
    let name = "\(m) x \(n) x \(k)"
    let a = try Numbers(m * k, seed: 1)
    let weights = try Numbers(n * k, seed: 2)
    let bias = try Numbers(n, seed: 3)
    let packed = try Numbers(packing: weights, n: n, k: k)
    let output = try Numbers(m * n, seed: 0)
    let epilogue = Epilogue(bias: bias.pointer, residual: nil, residual_stride: 0, activation: activation)

    let product = {
      tk_product_f32(m, n, k, a.pointer, k, packed.pointer, output.pointer, n, epilogue)
    }
    try WrongResult.check(name, output, k: k, product)
    let ours = Measurement(seconds: seconds, product).median
    let theirs = Measurement(seconds: seconds) { openBLAS(m, n, k, a, weights, output) }.median
    let operations = 2e-9 * Double(m * n * k)
    report.add(
      group: "product \(activation == .gelu ? "gelu" : "relu")", name: name,
      values: [
        ours * 1e6, operations / ours, peak.map { operations / ours / $0 * 100 }, operations / theirs, theirs / ours,
      ])
  }
}

/// `a [m, k] * weights [n, k]^T` by OpenBLAS.
func openBLAS(_ m: Int, _ n: Int, _ k: Int, _ a: Numbers, _ weights: Numbers, _ output: Numbers) {
  cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(m), blasint(n), blasint(k), 1, a.pointer, blasint(k),
    weights.pointer, blasint(k), 0, output.pointer, blasint(n))
}
