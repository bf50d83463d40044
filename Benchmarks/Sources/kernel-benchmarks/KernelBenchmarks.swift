import ArgumentParser
import BenchmarkHarness
import COpenBLAS
import TensorKernels

@main struct KernelBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-benchmarks",
    abstract: "Measures the kernels at the shapes of the model, beside OpenBLAS and the processor's peak.")

  @Option(help: "Threads of the kernels and of OpenBLAS.") var threads: Int32 = 1
  @Option(help: "Instruction set: scalar, neon, avx2 or avx512 (default: the best one).") var isa: String?
  @Option(help: "Seconds to repeat each measurement for.") var seconds = 0.2
  @Option(help: "Where to write the results as JSON.") var json: String?

  func run() throws {
    if let isa {
      let all: [InstructionSet] = [.scalar, .neon, .avx2, .avx512]
      guard let wish = all.first(where: { String(cString: tk_isa_name($0)) == isa }), tk_force_isa(wish) else {
        throw ValidationError("--isa \(isa) is not an instruction set of this processor; leave the option out.")
      }
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
    if let peak, let one = Machine.bf16Peak() {
      report.notes["bf16 peak of one thread, GFLOP/s"] = "\((one * 10).rounded() / 10)"
      try BF16Benchmark(seconds: seconds, peak: (bf16: one * Double(threads), f32: peak)).run(&report)
    }
    try ConvolutionBenchmark(seconds: seconds, peak: peak).run(&report)
    try LayerBenchmark(seconds: seconds).run(&report)
    if let json { try report.write(to: json) }
  }
}
