import TensorKernels

/// Numbers at an address that is a multiple of 64, as the model's are; the same in every run.
///
/// Vectors that cross lines of the cache take twice the time, and where an array of Swift lies is chance.
final class Numbers {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  /// `count` numbers in -1...1 (Knuth's linear congruential generator, MMIX).
  init(_ count: Int, seed: UInt64) throws {
    guard let block = tk_memory_acquire(count * MemoryLayout<Float>.size) else { throw OutOfMemory(numbers: count) }
    pointer = block.bindMemory(to: Float.self, capacity: count)
    self.count = count
    var state = seed
    for i in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      pointer[i] = Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
  }

  /// The weights `[n, k]` packed for products.
  convenience init(packing weights: Numbers, n: Int, k: Int) throws {
    try self.init(tk_packed_size(n, k), seed: 0)
    tk_pack_f32(n, k, weights.pointer, k, pointer)
  }

  /// The weights `[n, k]` packed for products in bf16, two numbers in the place of one.
  convenience init(packingPairs weights: Numbers, n: Int, k: Int) throws {
    try self.init(tk_packed_bf16_size(n, k) / 2, seed: 0)
    UnsafeMutableRawPointer(pointer).withMemoryRebound(to: UInt16.self, capacity: 2 * count) {
      tk_pack_bf16(n, k, weights.pointer, k, $0)
    }
  }

  /// The same memory as numbers of 16 bits.
  func withPairs(_ body: (UnsafePointer<UInt16>) -> Void) {
    UnsafeRawPointer(pointer).withMemoryRebound(to: UInt16.self, capacity: 2 * count, body)
  }

  deinit { tk_memory_release(pointer) }
}

/// The system has no memory for so many numbers.
struct OutOfMemory: Error, CustomStringConvertible {
  let numbers: Int

  var description: String { "There is no memory for \(numbers) numbers; close other programs." }
}
