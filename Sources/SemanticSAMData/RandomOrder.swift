import SemanticSAMCore

/// A random order of 0..<count that needs no memory: the place of every number can be computed.
///
/// A Feistel network of four rounds permutes the numbers of the next even number of bits; what falls outside is permuted
/// again until it falls inside ("cycle walking", Black and Rogaway 2002), at most four times on average.
struct RandomOrder: Hashable, Sendable {
  let count: UInt64
  private let halfBits: UInt64
  private let keys: [UInt64]

  /// - Parameters:
  ///   - count: at least 1.
  ///   - key: another key gives another order.
  init(count: Int, key: UInt64) {
    self.count = UInt64(max(count, 1))
    let bits = 64 - (self.count - 1).leadingZeroBitCount
    halfBits = UInt64(max(1, (bits + 1) / 2))
    keys = (0..<4).map { SampleGenerator.mixed(key &+ SampleGenerator.mixed($0)) }
  }

  /// The number at a place in 0..<count.
  subscript(place: UInt64) -> UInt64 {
    var value = place
    repeat { value = permuted(value) } while value >= count
    return value
  }

  private func permuted(_ value: UInt64) -> UInt64 {
    let mask = (1 << halfBits) as UInt64 - 1
    var left = value >> halfBits
    var right = value & mask
    for key in keys {
      (left, right) = (right, left ^ (SampleGenerator.mixed(key ^ right) & mask))
    }
    return left << halfBits | right
  }
}
