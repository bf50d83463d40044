/// Which of the answers to a click the reference's demo shows: good ones that differ, cleaned of small regions
/// (Semantic-SAM, `interactive_predictor.py`).
public struct InteractiveSelection: Hashable, Sendable {
  /// Masks whose predicted IoU, rounded to two decimals, is below this are not shown.
  public var predictedIoUThreshold = 0.5
  /// Of two masks with an intersection over union above this, the one of lower predicted IoU is not shown.
  public var duplicateIoU = 0.95
  /// Holes of fewer pixels are filled.
  public var holeArea = 100
  /// Islands of fewer pixels are removed.
  public var islandArea = 100

  public init() {}

  /// What is shown.
  public struct Shown: Sendable {
    /// Highest predicted IoU first; the masks are cleaned. Never empty unless there was nothing to choose from.
    public var candidates: [Candidate]
    /// The places of the candidates from the smallest to the largest, by their areas before they were cleaned.
    public var orderByArea: [Int]
  }

  /// Chooses among answers to one prompt. Where none is good enough, the last one in order is shown.
  /// - Throws: `invalidArgument` where masks differ in size.
  public func shown(_ candidates: [Candidate]) throws(ModelError) -> Shown {
    let order = candidates.indices.sorted {
      let (first, second) = (candidates[$0].predictedIoU, candidates[$1].predictedIoU)
      return first == second ? $0 < $1 : first > second
    }
    var kept: [Candidate] = []
    for (rank, index) in order.enumerated() {
      let candidate = candidates[index]
      var isSkipped = Self.rounded(candidate.predictedIoU) < predictedIoUThreshold
      for other in kept where !isSkipped {
        isSkipped = try candidate.mask.iou(other.mask) > duplicateIoU
      }
      let isLastResort = kept.isEmpty && rank == order.count - 1
      if !isSkipped || isLastResort { kept.append(candidate) }
    }
    let areas = kept.map(\.area)
    let orderByArea = kept.indices.sorted { areas[$0] == areas[$1] ? $0 < $1 : areas[$0] < areas[$1] }
    for index in kept.indices {
      kept[index].mask = kept[index].mask.removingHoles(smallerThan: holeArea).removingIslands(smallerThan: islandArea)
    }
    return Shown(candidates: kept, orderByArea: orderByArea)
  }

  /// To two decimals, halves to the even one. A hundred times a single-precision number is exact in double precision.
  static func rounded(_ predictedIoU: Float) -> Double {
    (Double(predictedIoU) * 100).rounded(.toNearestOrEven) / 100
  }
}
