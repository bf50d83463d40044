import Foundation
import PeakLoops
import TensorKernels

/// What a benchmark ran on.
public struct Machine: Codable, Sendable {
  public let processor: String
  public let system: String
  public let compiler: String
  public let instructionSet: String
  public let threads: Int

  /// The machine as it is now, with the instruction set and the number of threads that are set.
  public static var current: Machine {
    Machine(
      processor: processorName ?? "unknown", system: ProcessInfo.processInfo.operatingSystemVersionString,
      compiler: String(cString: peak_compiler()), instructionSet: String(cString: tk_isa_name(tk_current_isa())),
      threads: Int(tk_thread_count()))
  }

  public var lines: [String] {
    [
      "processor: \(processor)", "system: \(system)", "compiler: \(compiler)", "instruction set: \(instructionSet)",
      "threads: \(threads)",
    ]
  }

  /// GFLOP/s of one thread that does nothing but vector fmas of `isa`; nil for scalar code.
  public static func peak(of isa: InstructionSet) -> Double? {
    let lanes: Int32
    switch isa {
    case .scalar: return nil
    case .neon: lanes = 4
    case .avx2: lanes = 8
    case .avx512: lanes = 16
    }
    let iterations = 100_000
    let operations = peak_fma(lanes, iterations)
    let measurement = Measurement(seconds: 0.3) { _ = peak_fma(lanes, iterations) }
    return operations / measurement.median * 1e-9
  }

  /// GFLOP/s of one thread that does nothing but multiply pairs of bf16 and add them to f32; nil where the processor, or the
  /// instruction set in use, has no instruction for it.
  public static func bf16Peak() -> Double? {
    guard tk_has_bf16_instructions() else { return nil }
    let iterations = 100_000
    let operations = peak_bf16(iterations)
    let measurement = Measurement(seconds: 0.3) { _ = peak_bf16(iterations) }
    return operations / measurement.median * 1e-9
  }

  private static var processorName: String? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
      let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
      return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    #else
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }
}
