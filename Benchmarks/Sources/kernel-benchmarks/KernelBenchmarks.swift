import ArgumentParser
import BenchmarkHarness
import COpenBLAS
import TensorKernels

extension InstructionSet: @retroactive ExpressibleByArgument {
  public init?(argument: String) {
    let all: [InstructionSet] = [.scalar, .neon, .avx2, .avx512]
    guard let match = all.first(where: { String(cString: tk_isa_name($0)) == argument }) else { return nil }
    self = match
  }
}

@main struct KernelBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-benchmarks",
    abstract: "Measures the kernels at the shapes of the model, beside OpenBLAS and the processor's peak.")

  @Option(help: "Threads of the kernels and of OpenBLAS.") var threads: Int32 = 1
  @Option(help: "Instruction set: scalar, neon, avx2 or avx512 (default: the best one).") var isa: InstructionSet?
  @Option(help: "Seconds to repeat each measurement for.") var seconds = 0.2
  @Option(help: "Where to write the results as JSON.") var json: String?

  func run() throws {
    if let isa, !tk_force_isa(isa) {
      throw ValidationError("This processor does not have the instruction set of --isa; leave the option out.")
    }
    guard 1...256 ~= threads else { throw ValidationError("--threads must be 1 to 256.") }
    tk_set_thread_count(threads)
    openblas_set_num_threads(threads)

    let peak = Machine.peak(of: tk_current_isa()).map { $0 * Double(threads) }
    var report = BenchmarkReport(machine: .current)
    report.notes["OpenBLAS"] = String(cString: openblas_get_config())
    report.notes["OpenBLAS core"] = String(cString: openblas_get_corename())
    report.notes["peak of one thread, GFLOP/s"] =
      peak.map { "\(($0 / Double(threads) * 10).rounded() / 10)" } ?? "not measured for scalar code"
    report.printHeader()

    try ProductBenchmark(seconds: seconds, peak: peak).run(&report)
    try ConvolutionBenchmark(seconds: seconds, peak: peak).run(&report)
    if let json { try report.write(to: json) }
  }
}

/// A kernel whose numbers are not the scalar kernel's.
struct WrongResult: Error, CustomStringConvertible {
  let name: String
  let error: Float
  let bound: Float

  var description: String {
    "\(name) differs from the scalar kernel by \(error), more than rounding explains (\(bound)); run the tests."
  }

  /// Runs `body` with the scalar kernels and with those in use and compares the outputs; sums of `k` products of numbers
  /// in -1...1 may differ by 2 k u times k, u = 2^-24.
  static func check(_ name: String, count: Int, k: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) throws {
    var expected = [Float](repeating: .nan, count: count)
    var values = expected
    body(&values)
    let isa = tk_current_isa()
    tk_force_isa(.scalar)
    body(&expected)
    tk_force_isa(isa)
    let bound = 2 * Float(k + 3) * 0x1p-24 * Float(k + 2)
    let error = zip(values, expected).reduce(Float(0)) { worst, pair in
      let difference = abs(pair.0 - pair.1)
      return difference <= worst ? worst : difference
    }
    guard error <= bound else { throw WrongResult(name: name, error: error, bound: bound) }
  }
}
