/// Inputs of the benchmarks, the same in every run.
enum Numbers {
  /// `count` numbers in -1...1 (Knuth's linear congruential generator, MMIX).
  static func random(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
  }
}
