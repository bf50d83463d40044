import Foundation
import SemanticSAMCore

/// Feeds mutations of seed files to one reader and watches time and memory.
struct FuzzRun {
  let target: any ReaderTarget
  let seed: UInt64
  let count: Int
  let files: [[UInt8]]

  /// The longest that one file may take under the sanitizer, in seconds.
  private let maximumSeconds = 10.0
  /// The largest resident size of the process, in bytes; the sanitizer keeps up to 256 MiB of freed memory.
  private let maximumMemory = 1 << 30

  /// Runs all mutations.
  /// - Returns: one line about them.
  /// - Throws: `BrokenPromise`, or what the reader threw that is not a `ModelError`.
  func run() throws -> String {
    var (accepted, refused) = (0, 0)
    var slowest = 0.0
    for index in 0..<count {
      let input = self.input(index)
      // Whoever looks into a crash finds its input here.
      try Data(input).write(to: inputFile)
      let start = ContinuousClock.now
      do {
        try target.read(input)
        accepted += 1
      } catch let error as ModelError {
        guard error.message.hasSuffix("."), !error.message.contains("\n") else {
          throw BrokenPromise(description: "mutation \(index): the message is not a sentence: \(error.message)")
        }
        refused += 1
      }
      let duration = (ContinuousClock.now - start) / .seconds(1)
      slowest = max(slowest, duration)
      guard duration <= maximumSeconds else {
        throw BrokenPromise(description: "mutation \(index) took \(duration) s")
      }
      guard peakMemory <= maximumMemory else {
        throw BrokenPromise(description: "the process took \(peakMemory >> 20) MiB by mutation \(index)")
      }
    }
    try FileManager.default.removeItem(at: inputFile)
    let milliseconds = Int((slowest * 1000).rounded())
    return "fuzz \(target.kind): \(count) mutations of \(files.count) files, \(accepted) read, \(refused) refused, "
      + "slowest \(milliseconds) ms, peak memory \(peakMemory >> 20) MiB"
  }

  /// The file that holds the input under test, and after a failure the one that failed.
  var inputFile: URL {
    FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(target.kind)-\(ProcessInfo.processInfo.processIdentifier).input")
  }

  /// Each mutation depends on the seed and its own number only.
  private func input(_ index: Int) -> [UInt8] {
    var mutator = Mutator(seed: seed &* 0x1_0000_0001 &+ UInt64(index))
    let original = files[index % files.count]
    var bytes = original
    let part = target.vulnerablePart(of: bytes, mutation: index)
    bytes.replaceSubrange(part, with: mutator.mutate(Array(bytes[part])))
    if !mutator.oneIn(4) {
      target.repair(&bytes, of: original)
    }
    return bytes
  }

  /// In bytes, since the process began.
  private var peakMemory: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss << 10
    #endif
  }
}
