/// The loss of the mask refiner, on the cells of its own grids (the recipe of the weights of `default`).
public struct RefinerLoss: Hashable, Sendable, Codable {
  public var maskCrossEntropy: Double
  public var dice: Double
  /// Of the squared error of the refined IoU.
  public var iou: Double
  /// Of the mean over the cells, beside the other weights.
  public var gridWeight: Double

  public init(maskCrossEntropy: Double = 2, dice: Double = 2, iou: Double = 4, gridWeight: Double = 1.2) {
    self.maskCrossEntropy = maskCrossEntropy
    self.dice = dice
    self.iou = iou
    self.gridWeight = gridWeight
  }

  /// What was refined.
  public struct Prediction: Sendable {
    /// `[N, grid, grid]`
    public var logits: Tensor
    /// Predicted IoU, N numbers.
    public var ious: Tensor
    /// The grid covers `extent` times each box, `[N, 4]` (cx, cy, w, h); no gradient comes back to them.
    public var boxes: Tensor
    public var extent: Double

    public init(logits: Tensor, ious: Tensor, boxes: Tensor, extent: Double) {
      self.logits = logits
      self.ious = ious
      self.boxes = boxes
      self.extent = extent
    }
  }

  /// What a refined mask shall be.
  public struct Target: Hashable, Sendable {
    /// The true mask of a matched query; nil: only its IoU is trained.
    public var mask: Int?
    /// The true masks of the query's prompt; the best of them gives the IoU.
    public var candidates: [Int]

    public init(mask: Int?, candidates: [Int]) {
      self.mask = mask
      self.candidates = candidates
    }
  }

  /// The loss of one picture.
  /// - Parameters:
  ///   - targets: one a row of the prediction.
  ///   - photograph: the part of the padded input that the photograph fills, width and height in 0...1; cells whose centre
  ///     lies outside it are left out.
  ///   - normalizer: what all sums are divided by, at least 1.
  public func callAsFunction(
    _ prediction: Prediction, targets: [Target], truth: TruthMasks, photograph: SIMD2<Double>, normalizer: Double
  ) -> LossTerms {
    var terms = LossTerms()
    let logits = prediction.logits
    guard targets.contains(where: { $0.mask != nil || !$0.candidates.isEmpty }) else { return terms }
    let cells = logits.shape[1] * logits.shape[2]
    let rows = logits.reshaped(to: [logits.shape[0], cells])
    let scale = 1 / max(normalizer, 1)
    let points = Self.centres(
      boxes: prediction.boxes, grid: logits.shape[1], extent: prediction.extent)

    let matched = targets.indices.filter { targets[$0].mask != nil }
    let labels = Self.labels(
      truth, points: points.taking(rows: matched), masks: matched.compactMap { targets[$0].mask },
      photograph: photograph)
    let masks = rows.taking(rows: matched).maskTerms(labels: labels)
    let equal = matched.map { _ in scale }
    terms.add("refined-bce.0", masks.weightedSum(column: 0, coefficients: equal), weight: gridWeight * maskCrossEntropy)
    terms.add("refined-dice.0", masks.weightedSum(column: 1, coefficients: equal), weight: gridWeight * dice)

    let best = Self.bestIoUs(prediction, points: points, targets: targets, truth: truth, photograph: photograph)
    let ious = prediction.ious.reshaped(to: [prediction.ious.count, 1]).taking(rows: best.map(\.row))
    terms.add(
      "refined-iou.0",
      ious.squaredError(to: Tensor(best.map { Float($0.iou) }, shape: [best.count, 1]), scale: scale), weight: iou)
    return terms
  }

  /// The cells' centres, `[N, grid * grid, 2]`.
  private static func centres(boxes: Tensor, grid: Int, extent: Double) -> Tensor {
    var points: [Float] = []
    let boxes = boxes.boxRows
    points.reserveCapacity(boxes.count * grid * grid * 2)
    let offsets = (0..<grid).map { ((Double($0) + 0.5) / Double(grid) - 0.5) * extent }
    for box in boxes {
      for v in offsets {
        for u in offsets {
          points.append(Float(box[0] + u * box[2]))
          points.append(Float(box[1] + v * box[3]))
        }
      }
    }
    return Tensor(points, shape: [boxes.count, grid * grid, 2])
  }

  /// True labels at the cells, -1 outside the photograph.
  private static func labels(
    _ truth: TruthMasks, points: Tensor, masks: [Int], photograph: SIMD2<Double>
  ) -> Tensor {
    var labels = truth.sampled(at: points, of: masks)
    let target = labels.mutableAddress
    points.withUnsafeBufferPointer { points in
      for index in 0..<points.count / 2 {
        let (x, y) = (Double(points[2 * index]), Double(points[2 * index + 1]))
        if !(x >= 0 && x <= photograph.x && y >= 0 && y <= photograph.y) { target[index] = -1 }
      }
    }
    return labels
  }

  /// The IoU of each refined mask with the best of its candidates; what a true mask has outside of the grid is missed.
  private static func bestIoUs(
    _ prediction: Prediction, points: Tensor, targets: [Target], truth: TruthMasks, photograph: SIMD2<Double>
  ) -> [(row: Int, iou: Double)] {
    let areas = truth.areas()
    let boxes = prediction.boxes.boxRows
    let cells = points.shape[1]
    let logits = prediction.logits.values
    let pairs = targets.indices.flatMap { row in targets[row].candidates.map { (row: row, mask: $0) } }
    let labels = Self.labels(
      truth, points: points.taking(rows: pairs.map(\.row)), masks: pairs.map(\.mask), photograph: photograph
    ).values
    var best: [(row: Int, iou: Double)] = []
    for (index, pair) in pairs.enumerated() {
      let box = boxes[pair.row]
      let cellArea = box[2] * box[3] * prediction.extent * prediction.extent / Double(cells)
      var (predicted, common) = (0, 0)
      for cell in 0..<cells where logits[pair.row * cells + cell] > 0 {
        let label = labels[index * cells + cell]
        if label >= 0 { predicted += 1 }
        if label >= 0.5 { common += 1 }
      }
      // The share of the true mask is counted in pixels, so cells can only count as much of it as there is.
      let shared = min(Double(common) * cellArea, areas[pair.mask])
      let union = Double(predicted) * cellArea + areas[pair.mask] - shared
      let iou = union > 0 ? min(shared / union, 1) : 0
      if let last = best.last, last.row == pair.row {
        best[best.count - 1].iou = max(last.iou, iou)
      } else {
        best.append((pair.row, iou))
      }
    }
    return best
  }
}
