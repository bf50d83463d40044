/// Where masks are compared with true ones.
public enum PointPlacement: Hashable, Sendable, Codable {
  /// Anywhere, for each mask anew.
  case uniform(count: Int)
  /// Where the prediction is unsure, and anywhere.
  case uncertain(UncertainPoints)
  /// A share of the points in `extent` times the true box (as far as that lies in the picture), the rest anywhere.
  case nearBoxes(count: Int, share: Double, extent: Double)
  /// At the centres of all cells of the predicted mask.
  case cells

  /// The points of each pair: `[matches.count, P, 2]`, or `[P, 2]` where all have the same.
  /// - Parameters:
  ///   - masks: predicted logits `[Q, H, W]`; no gradient comes back to them.
  ///   - predictions: the query of each row.
  ///   - boxes: the true box (cx, cy, w, h) of each row.
  func points(
    in masks: Tensor, of predictions: [Int], boxes: [SIMD4<Double>], using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    switch self {
    case .uniform(let count):
      return Tensor.uniformPoints([predictions.count, count], using: &generator)
    case .uncertain(let points):
      return points.points(in: masks, of: predictions, using: &generator)
    case .nearBoxes(let count, let share, let extent):
      var points = Tensor.uniformPoints([predictions.count, count], using: &generator)
      let near = min(max(Int((Double(count) * share).rounded()), 0), count)
      let target = points.mutableAddress
      for (row, box) in boxes.enumerated() {
        let half = box.highHalf * (extent / 2)
        let low = (box.lowHalf - half).clamped(lowerBound: SIMD2(0, 0), upperBound: SIMD2(1, 1))
        let high = (box.lowHalf + half).clamped(lowerBound: SIMD2(0, 0), upperBound: SIMD2(1, 1))
        for index in 0..<near {
          let place = 2 * (row * count + index)
          target[place] = Float(low.x + (high.x - low.x) * Double(target[place]))
          target[place + 1] = Float(low.y + (high.y - low.y) * Double(target[place + 1]))
        }
      }
      return points
    case .cells:
      return Tensor.cellCentres(height: masks.shape[1], width: masks.shape[2])
    }
  }
}

/// Where masks are compared to find out which prediction fits which true mask: one list of points for all pairs.
public enum MatchPoints: Hashable, Sendable, Codable {
  case uniform(count: Int)
  /// At the centres of all cells of the predicted masks.
  case cells

  /// `[P, 2]`.
  func points(in masks: Tensor, using generator: inout some RandomNumberGenerator) -> Tensor {
    switch self {
    case .uniform(let count): Tensor.uniformPoints([count], using: &generator)
    case .cells: Tensor.cellCentres(height: masks.shape[1], width: masks.shape[2])
    }
  }

  /// All predicted masks and all true ones at these points.
  /// - Parameter masks: predicted logits `[Q, H, W]`; no gradient comes back to them.
  func samples(
    of masks: Tensor, truth: TruthMasks, using generator: inout some RandomNumberGenerator
  ) -> MaskSamples {
    let points = points(in: masks, using: &generator)
    let queries = masks.shape[0]
    let logits =
      switch self {
      case .uniform: masks.detached.sampled(at: points, of: Array(0..<queries))
      case .cells: masks.detached.reshaped(to: [queries, points.shape[0]])
      }
    return MaskSamples(logits: logits, labels: truth.sampled(at: points, of: Array(0..<truth.count)))
  }
}

extension Tensor {
  /// The centres of a map's cells, row by row: `[height * width, 2]`.
  static func cellCentres(height: Int, width: Int) -> Tensor {
    var points: [Float] = []
    points.reserveCapacity(2 * height * width)
    for row in 0..<height {
      for column in 0..<width {
        points.append(Float((Double(column) + 0.5) / Double(width)))
        points.append(Float((Double(row) + 0.5) / Double(height)))
      }
    }
    return Tensor(points, shape: [height * width, 2])
  }
}
