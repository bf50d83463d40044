import BenchmarkHarness
import Foundation
import TensorKernels

/// Times training steps for a program that drives it, which see: Benchmarks/pytorch/compare-training. The argument names the
/// network (see `TrainingCase`). Lines of standard input:
/// - `step THREADS REPEATS`: answered with the milliseconds of each step (forward, losses, backward, AdamW);
/// - `forward THREADS REPEATS`: with those of the network's forward pass alone, without a tape;
/// - `machine`: with JSON: the processor, the compiler, the instruction set and the GFLOP/s of its multiply-adds on a thread;
/// - `memory`: with the most MiB that the process has held.
@main
struct TrainingBenchmarks {
  static func main() throws {
    guard var training = try CommandLine.arguments.dropFirst().first.flatMap(TrainingCase.init) else {
      let message = "training-benchmarks: name a network: tiny, default, default-saving, swinT or swinT-saving.\n"
      FileHandle.standardError.write(Data(message.utf8))
      exit(64)
    }
    while let line = readLine() {
      let words = line.split(separator: " ")
      switch (words.first, words.count) {
      case ("machine", 1): print(try MachineAnswer().json)
      case ("memory", 1): print(peakMemory ?? 0)
      case ("step", 3): print(try milliseconds(words) { try training.step() })
      case ("forward", 3): print(try milliseconds(words) { try training.forward() })
      default: print("unknown")
      }
      fflush(nil)
    }
  }

  private static func milliseconds(_ words: [Substring], _ body: () throws -> Void) throws -> String {
    tk_set_thread_count(Int32(words[1]) ?? 1)
    return try (0..<(Int(words[2]) ?? 1)).map { _ in
      String(format: "%.3f", try ContinuousClock().measure { try body() } / .milliseconds(1))
    }.joined(separator: " ")
  }

  /// MiB.
  private static var peakMemory: Double? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
  }
}

private struct MachineAnswer: Encodable {
  var machine = Machine.current
  /// GFLOP/s of one thread.
  var peak = Machine.peak(of: tk_current_isa())

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
