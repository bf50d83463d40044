import Foundation
import TensorKernels
import Testing

/// The parent of every suite of kernels. The instruction set and the number of threads are state of the process, so the
/// suites run one after the other.
@Suite(.serialized) struct KernelTests {}

/// The instruction sets of this machine, the slowest first.
let everyInstructionSet: [InstructionSet] = [InstructionSet.scalar, .neon, .avx2, .avx512].filter(tk_supports_isa)

/// Runs `body` once for each instruction set of this machine with the kernels switched to it, then switches back.
func withEveryInstructionSet<E: Error>(_ body: (InstructionSet) throws(E) -> Void) throws(E) {
  for isa in everyInstructionSet {
    try withInstructionSet(isa) { () throws(E) in try body(isa) }
  }
}

/// Runs `body` with the kernels switched to `isa`, then switches back.
func withInstructionSet<Result, E: Error>(_ isa: InstructionSet, _ body: () throws(E) -> Result) throws(E) -> Result {
  let lock = lockInstructionSet()
  defer { close(lock) }
  let previous = tk_current_isa()
  tk_force_isa(isa)
  defer { tk_force_isa(previous) }
  return try body()
}

/// Waits until no other test of the process compares bits, and keeps such tests waiting until the descriptor is closed
/// (see `withSteadyInstructionSet` in the tests of SemanticSAMCore).
func lockInstructionSet() -> Int32 {
  let descriptor = open(CommandLine.arguments[0], O_RDONLY | O_CLOEXEC)
  flock(descriptor, LOCK_EX)
  return descriptor
}

/// Runs `body` with `count` threads, then sets the former number again.
func withThreads<Result, E: Error>(_ count: Int32, _ body: () throws(E) -> Result) throws(E) -> Result {
  let previous = tk_thread_count()
  tk_set_thread_count(count)
  defer { tk_set_thread_count(previous) }
  return try body()
}

/// Whether something holds at one of many attempts within two minutes: for counters of the process, which suites that run
/// at the same time change too.
func holdsInAQuietMoment<E: Error>(_ condition: () throws(E) -> Bool) throws(E) -> Bool {
  let start = ContinuousClock.now
  repeat {
    if try condition() { return true }
    usleep(5000)
  } while ContinuousClock.now - start < .seconds(120)
  return false
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `count` numbers, uniform in `range`.
  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// An output for a kernel that does not start at a multiple of a vector and has guard values before and behind it.
struct GuardedBuffer: CustomTestStringConvertible {
  /// A value that no kernel of the tests computes.
  private static let guardValue: Float = -123_456.78
  private static let margin = 67

  private var storage: [Float]
  let count: Int

  /// `count` numbers, all `fill`; by default a value a kernel has to replace.
  init(count: Int, fill: Float = GuardedBuffer.guardValue) {
    self.count = count
    storage = Array(repeating: Self.guardValue, count: count + 2 * Self.margin)
    for i in 0..<count { storage[Self.margin + i] = fill }
  }

  init(_ values: [Float]) {
    self.init(count: values.count)
    storage.replaceSubrange(Self.margin..<Self.margin + count, with: values)
  }

  var testDescription: String { "GuardedBuffer of \(count)" }

  /// The numbers between the guards.
  var values: [Float] { Array(storage[Self.margin..<Self.margin + count]) }

  /// Whether nothing outside was written.
  var isIntact: Bool {
    storage.prefix(Self.margin).allSatisfy { $0 == Self.guardValue }
      && storage.suffix(Self.margin).allSatisfy { $0 == Self.guardValue }
  }

  /// Whether number `index` still is what `init(count:)` put there.
  func isUntouched(_ index: Int) -> Bool { storage[Self.margin + index] == Self.guardValue }

  mutating func withPointer(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    storage.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base + Self.margin) }
    }
  }
}

/// Expects that two arrays hold the same bits, NaN and the sign of zero included.
func expectSameBits(
  _ a: [Float], _ b: [Float], _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.count == b.count, comment, sourceLocation: sourceLocation)
  guard let index = zip(a, b).enumerated().first(where: { $1.0.bitPattern != $1.1.bitPattern })?.offset else { return }
  Issue.record(
    "\(comment.map { "\($0): " } ?? "")number \(index) is \(a[index]) and \(b[index])", sourceLocation: sourceLocation)
}

/// Runs `body(i)` for each i in 0 ..< count with `tk_parallel_for`.
func parallelFor(_ count: Int, _ body: @Sendable (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    var body = body
    withUnsafeMutablePointer(to: &body) { context in
      tk_parallel_for(
        count,
        { context, index in
          context?.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(index)
        }, context)
    }
  }
}
