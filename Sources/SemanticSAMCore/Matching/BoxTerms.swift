/// How far a predicted box is from a true one; boxes are (cx, cy, w, h), in 0...1 of the picture.
public struct BoxTerms: Hashable, Sendable {
  /// The sum of the four coordinates' absolute differences.
  public let l1: Double
  /// The generalised IoU (Rezatofighi et al. 2019), -1...1: IoU less the share of the hull that neither box covers.
  public let giou: Double

  /// Keeps the divisions finite, as the reference does.
  private static let epsilon = 1e-6

  public init(_ predicted: SIMD4<Double>, _ truth: SIMD4<Double>) {
    let difference = predicted - truth
    l1 = abs(difference[0]) + abs(difference[1]) + abs(difference[2]) + abs(difference[3])
    let areas = Areas(Corners(predicted), Corners(truth))
    giou =
      areas.common / (areas.union + Self.epsilon) - (areas.hull - areas.union) / (areas.hull + Self.epsilon)
  }

  /// The gradients of `l1` and `giou` by the predicted box; 0 for equal coordinates, half on each side where a corner of
  /// one box lies on an edge of the other.
  static func gradients(
    _ predicted: SIMD4<Double>, _ truth: SIMD4<Double>
  ) -> (l1: SIMD4<Double>, giou: SIMD4<Double>) {
    var l1 = SIMD4<Double>()
    for index in 0..<4 {
      let difference = predicted[index] - truth[index]
      l1[index] = difference > 0 ? 1 : difference < 0 ? -1 : 0
    }
    let (a, b) = (Corners(predicted), Corners(truth))
    let areas = Areas(a, b)
    let (union, hull) = (areas.union + epsilon, areas.hull + epsilon)
    let byUnion = 1 / hull - areas.common / (union * union)
    let byHull = (areas.hull - areas.union) / (hull * hull) - 1 / hull
    let byCommon = 1 / union - byUnion
    var low = SIMD2<Double>()
    var high = SIMD2<Double>()
    for axis in 0..<2 {
      let other = 1 - axis
      // The box's own area, which is a part of the union.
      let side = byUnion * (a.high[other] - a.low[other])
      low[axis] -= side
      high[axis] += side
      // A side of no length passes its gradient, one of negative length was cut to 0 and does not.
      if min(a.high[axis], b.high[axis]) - max(a.low[axis], b.low[axis]) >= 0 {
        let side = byCommon * areas.commonSides[other]
        low[axis] -= side * share(a.low[axis] - b.low[axis])
        high[axis] += side * share(b.high[axis] - a.high[axis])
      }
      let around = byHull * areas.hullSides[other]
      low[axis] -= around * share(b.low[axis] - a.low[axis])
      high[axis] += around * share(a.high[axis] - b.high[axis])
    }
    let centre = low + high
    let size = (high - low) * 0.5
    return (l1, SIMD4(lowHalf: centre, highHalf: size))
  }

  /// The part of a maximum's gradient that goes to the side which leads by `lead`.
  private static func share(_ lead: Double) -> Double { lead > 0 ? 1 : lead < 0 ? 0 : 0.5 }

  private struct Corners {
    var low: SIMD2<Double>
    var high: SIMD2<Double>

    init(_ box: SIMD4<Double>) {
      let half = box.highHalf * 0.5
      low = box.lowHalf - half
      high = box.lowHalf + half
    }

    var area: Double { (high.x - low.x) * (high.y - low.y) }
  }

  private struct Areas {
    var commonSides: SIMD2<Double>
    var hullSides: SIMD2<Double>
    var common: Double
    var union: Double
    var hull: Double

    init(_ a: Corners, _ b: Corners) {
      let zero = SIMD2<Double>()
      commonSides = pointwiseMax(pointwiseMin(a.high, b.high) - pointwiseMax(a.low, b.low), zero)
      hullSides = pointwiseMax(pointwiseMax(a.high, b.high) - pointwiseMin(a.low, b.low), zero)
      common = commonSides.x * commonSides.y
      hull = hullSides.x * hullSides.y
      union = a.area + b.area - common
    }
  }
}

extension Tensor {
  /// The rows of boxes `[N, 4]`.
  var boxRows: [SIMD4<Double>] {
    precondition(channels == 4 || count == 0, "Boxes have four numbers, not the shape \(shape).")
    let numbers = values.map(Double.init)
    return stride(from: 0, to: numbers.count, by: 4).map { start in
      SIMD4<Double>(numbers[start], numbers[start + 1], numbers[start + 2], numbers[start + 3])
    }
  }
}
