/// Random numbers that depend on (seed, step, sample) alone: not on the thread, the rank or what was drawn before.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), started at a hash of
/// the three numbers.
public struct SampleGenerator: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  /// - Parameters:
  ///   - seed: of the whole run.
  ///   - step: the number of the draw or training step.
  ///   - sample: the place in the step.
  public init(seed: UInt64, step: UInt64 = 0, sample: UInt64 = 0) {
    state = Self.mixed(Self.mixed(Self.mixed(seed) &+ step) &+ sample)
  }

  public mutating func next() -> UInt64 {
    let value = Self.mixed(state)
    state &+= Self.increment
    return value
  }

  private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// A bijection whose output bits each depend on all input bits.
  package static func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ increment
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

// The standard library may change how it makes numbers of bits; these stay, so that a seed means the same for ever.
extension RandomNumberGenerator {
  /// A number in [0, 1) with 53 random bits.
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number in [lower, upper).
  package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  /// A number in 0..<count, for count >= 1; its bias is below count / 2^64.
  package mutating func integer(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  package mutating func flip() -> Bool {
    next() >> 63 == 1
  }

  /// Fisher and Yates.
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in elements.indices.reversed() { elements.swapAt(last, integer(below: last + 1)) }
  }
}
