import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct RuntimeTests {
    // MARK: Instruction sets

    @Test func instructionSetsAreSwitchedOnlyWhereSupported() {
      let lock = lockInstructionSet()
      defer { close(lock) }
      let current = tk_current_isa()
      #expect(tk_supports_isa(current))
      #expect(tk_supports_isa(.scalar))
      for isa in [InstructionSet.scalar, .neon, .avx2, .avx512] {
        #expect(tk_force_isa(isa) == tk_supports_isa(isa))
        if tk_supports_isa(isa) { #expect(tk_current_isa() == isa) }
      }
      #expect(tk_force_isa(current))
      #expect(
        [InstructionSet.scalar, .neon, .avx2, .avx512].map { String(cString: tk_isa_name($0)) } == [
          "scalar", "neon", "avx2", "avx512",
        ])
    }

    // MARK: Threads

    @Test func theNumberOfThreadsIsClamped() {
      let previous = tk_thread_count()
      #expect(previous >= 1)
      for (wish, expected): (Int32, Int32) in [(0, 1), (-3, 1), (5, 5), (1000, 256)] {
        tk_set_thread_count(wish)
        #expect(tk_thread_count() == expected)
      }
      tk_set_thread_count(previous)
    }

    @Test(arguments: [Int32(1), 2, 3, 16])
    func everyIndexIsVisitedOnce(threads: Int32) {
      withThreads(threads) {
        for count in [0, 1, 2, 3, 17, 1000] {
          let visits = Counters(count: count)
          for _ in 0..<20 { parallelFor(count) { visits.add(1, at: $0) } }
          #expect(visits.values == Array(repeating: 20, count: count))
        }
      }
    }

    @Test func loopsInsideLoopsRunOnTheirThread() {
      withThreads(4) {
        let visits = Counters(count: 64)
        let strangers = Counters(count: 1)
        parallelFor(8) { outer in
          let thread = pthread_self()
          parallelFor(8) { inner in
            if pthread_equal(thread, pthread_self()) == 0 { strangers.add(1, at: 0) }
            visits.add(1, at: outer * 8 + inner)
          }
        }
        #expect(visits.values == Array(repeating: 1, count: 64))
        #expect(strangers.values == [0])
      }
    }

    @Test func callersOnSeveralThreadsDoNotWaitForEachOther() async {
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<4 {
          group.addTask {
            for _ in 0..<200 {
              let visits = Counters(count: 37)
              parallelFor(37) { visits.add(1, at: $0) }
              if visits.values != Array(repeating: 1, count: 37) { return false }
            }
            return true
          }
        }
        for await isRight in group { #expect(isRight) }
      }
    }

    @Test func theNumberOfThreadsMayChangeWhileLoopsRun() {
      withThreads(2) {
        let visits = Counters(count: 100)
        for round in 0..<100 {
          tk_set_thread_count(Int32(1 + round % 5))
          parallelFor(100) { visits.add(1, at: $0) }
        }
        #expect(visits.values == Array(repeating: 100, count: 100))
      }
    }

    // MARK: Memory

    private func acquire(_ bytes: Int) throws -> UnsafeMutableRawPointer { try #require(tk_memory_acquire(bytes)) }

    @Test func blocksAreAlignedAndHoldWhatTheyPromise() throws {
      for bytes in Array(0...700) + [1023, 1024, 1025, 5 << 18, (5 << 18) + 1, 3_000_001] {
        let block = try acquire(bytes)
        #expect(UInt(bitPattern: block) % 64 == 0)
        memset(block, 0xA5, bytes)
        tk_memory_release(block)
      }
    }

    @Test func releasedBlocksAreUsedAgain() throws {
      let sizes = [100, 1000, 10_000, 100_000, 1_000_000]
      func round() throws { try sizes.map(acquire).forEach(tk_memory_release) }
      try round()
      let isRecycled = try holdsInAQuietMoment {
        let before = tk_memory_system_allocations()
        for _ in 0..<100 { try round() }
        return tk_memory_system_allocations() == before
      }
      #expect(isRecycled)
    }

    @Test func trimmingGivesEverythingBack() throws {
      let isEmpty = try holdsInAQuietMoment {
        _ = tk_memory_trim()
        tk_memory_release(try acquire(1 << 20))
        guard tk_memory_trim() >= 1 << 20, tk_memory_trim() == 0 else { return false }
        let before = tk_memory_system_allocations()
        tk_memory_release(try acquire(1 << 20))
        return tk_memory_system_allocations() == before + 1
      }
      #expect(isEmpty)
    }

    @Test func thePoolKeepsABoundedAmount() throws {
      _ = tk_memory_trim()
      // Untouched pages cost nothing: five blocks of 160 MiB are more than the pool keeps.
      let blocks = try (0..<5).map { _ in try acquire(160 << 20) }
      blocks.forEach(tk_memory_release)
      let kept = tk_memory_trim()
      #expect(kept > 0)
      #expect(kept <= 768 << 20)
    }

    @Test func impossibleSizesAreRefused() {
      #expect(tk_memory_acquire(.max) == nil)
      #expect(tk_memory_acquire(1 << 62) == nil)
      tk_memory_release(nil)
    }

    @Test func blocksAreSharedAmongThreads() {
      withThreads(4) {
        let failures = Counters(count: 1)
        parallelFor(400) { index in
          let bytes = 64 + index * 97 % 5000
          guard let block = tk_memory_acquire(bytes) else { return failures.add(1, at: 0) }
          memset(block, Int32(index & 127), bytes)
          let isOurs = (0..<bytes).allSatisfy { block.load(fromByteOffset: $0, as: UInt8.self) == UInt8(index & 127) }
          if !isOurs { failures.add(1, at: 0) }
          tk_memory_release(block)
        }
        #expect(failures.values == [0])
      }
    }
  }
}

/// Numbers that several threads add to.
///
/// Unchecked, because the lock is not the standard library's `Mutex`, which the thread sanitizer does not see on Linux.
private final class Counters: @unchecked Sendable {
  private let lock = NSLock()
  private var numbers: [Int]

  init(count: Int) { numbers = Array(repeating: 0, count: count) }

  func add(_ amount: Int, at index: Int) { lock.withLock { numbers[index] += amount } }

  var values: [Int] { lock.withLock { numbers } }
}
