/// Where a mask's loss is measured: mostly where the prediction is least sure (PointRend; Kirillov et al. 2020, section 3.1).
public struct UncertainPoints: Hashable, Sendable, Codable {
  /// Points a mask.
  public var count: Int
  /// Candidates are this many times the points.
  public var oversampling: Double
  /// The share of the points that are chosen from the candidates; the rest is drawn uniformly.
  public var importance: Double

  /// The numbers of the reference.
  public init(count: Int = 12_544, oversampling: Double = 3, importance: Double = 0.75) {
    self.count = count
    self.oversampling = oversampling
    self.importance = importance
  }

  /// How many candidates are drawn.
  public var candidateCount: Int { Int(Double(count) * oversampling) }
  /// How many of them are kept.
  public var chosenCount: Int { min(Int(Double(count) * importance), candidateCount) }

  /// Points of each row of maps: the candidates with the smallest absolute logit, then points drawn uniformly.
  /// - Parameters:
  ///   - masks: logits `[N, H, W]`; no gradient comes back to them.
  ///   - maps: the map of each row.
  /// - Returns: (x, y) in 0...1, `[maps.count, count, 2]`.
  public func points(
    in masks: Tensor, of maps: [Int], using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    let candidates = Tensor.uniformPoints([maps.count, candidateCount], using: &generator)
    let extra = Tensor.uniformPoints([maps.count, count - chosenCount], using: &generator)
    return points(in: masks, of: maps, candidates: candidates, extra: extra)
  }

  /// The same with the random points given: `[maps.count, candidates, 2]` and `[maps.count, count - chosenCount, 2]`.
  func points(in masks: Tensor, of maps: [Int], candidates: Tensor, extra: Tensor) -> Tensor {
    let logits = masks.detached.sampled(at: candidates, of: maps)
    let chosen = Self.mostUncertain(logits, count: chosenCount)
    let rest = extra.shape[1]
    var output = Tensor(uninitialized: [maps.count, chosenCount + rest, 2])
    let target = output.mutableAddress
    var place = 0
    withExtendedLifetime((candidates, extra)) {
      for row in maps.indices {
        let source = candidates.address + row * candidates.shape[1] * 2
        for index in chosen[row] {
          target[place] = source[2 * index]
          target[place + 1] = source[2 * index + 1]
          place += 2
        }
        (target + place).update(from: extra.address + row * rest * 2, count: rest * 2)
        place += rest * 2
      }
    }
    return output
  }

  /// For each row of logits `[N, M]` the places of the `count` smallest absolute values, rising; of equal ones the first.
  static func mostUncertain(_ logits: Tensor, count: Int) -> [[Int]] {
    let width = logits.channels
    return logits.withUnsafeBufferPointer { logits in
      (0..<(width > 0 ? logits.count / width : 0)).map { row in
        // Without their sign, the bits of floating-point numbers are in the order of the numbers.
        let magnitudes = (0..<width).map { logits[row * width + $0].magnitude.bitPattern }
        guard count < width else { return Array(0..<width) }
        guard count > 0 else { return [] }
        let (limit, below) = Self.limit(of: magnitudes, count: count)
        var equal = count - below
        var chosen: [Int] = []
        chosen.reserveCapacity(count)
        for (index, magnitude) in magnitudes.enumerated() {
          if magnitude < limit {
            chosen.append(index)
          } else if magnitude == limit, equal > 0 {
            equal -= 1
            chosen.append(index)
          }
        }
        return chosen
      }
    }
  }

  /// The `count`-th smallest number, and how many are smaller: by its digits of 11 bits, from the highest on, among the
  /// numbers that agree in those before.
  private static func limit(of numbers: [UInt32], count: Int) -> (limit: UInt32, below: Int) {
    var below = 0
    var prefix: UInt32 = 0
    var remaining = numbers
    for shift in [UInt32(22), 11, 0] {
      var counts = [Int](repeating: 0, count: 2048)
      for number in remaining { counts[Int(number >> shift & 2047)] += 1 }
      var digit = 0
      while below + counts[digit] < count {
        below += counts[digit]
        digit += 1
      }
      prefix |= UInt32(digit) << shift
      if shift > 0 { remaining = remaining.filter { $0 >> shift == prefix >> shift } }
    }
    return (prefix, below)
  }
}

extension Tensor {
  /// Points (x, y) in [0, 1), uniform, 24 random bits a coordinate: `[shape..., 2]`.
  static func uniformPoints(_ shape: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
    var output = Tensor(uninitialized: shape + [2])
    let count = output.count
    let target = output.mutableAddress
    for index in stride(from: 0, to: count, by: 2) {
      let bits = generator.next()
      target[index] = Float(bits >> 40) * 0x1p-24
      target[index + 1] = Float(bits >> 16 & 0xff_ffff) * 0x1p-24
    }
    return output
  }
}
