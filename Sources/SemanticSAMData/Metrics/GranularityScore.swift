import SemanticSAMCore

/// Multi-granularity 1-click IoU: the masks of a click are assigned one-to-one to the true masks under it so that the sum
/// of their intersections over union is largest.
///
/// The published evaluation of Semantic-SAM assigns with the costs of its training (class, box, mask) instead and leaves
/// open which photographs it takes; its numbers cannot be compared to the digit.
public struct GranularityScore: Codable, Hashable, Sendable {
  /// One click.
  public struct Click: Codable, Hashable, Sendable {
    /// True masks that contain it.
    public var targets: Int
    /// Targets that got one of the predictions: the smaller of both numbers.
    public var matchedPairs: Int
    /// Of the intersections over union of the pairs.
    public var sum: Double
    /// Of the intersection over union of each target with the best prediction, which several targets may share.
    public var bestSum: Double

    /// 0 where nothing is matched.
    public var matchedMean: Double { matchedPairs > 0 ? sum / Double(matchedPairs) : 0 }

    enum CodingKeys: String, CodingKey {
      case targets, sum
      case matchedPairs = "matched_pairs"
      case bestSum = "best_sum"
    }

    /// - Throws: `invalidArgument` where masks have different sizes.
    public init(predictions: [Mask], targets: [Mask]) throws(ModelError) {
      let overlaps = try Mask.iou(
        detections: targets, truth: predictions, isCrowd: [Bool](repeating: false, count: predictions.count))
      let pairs = try Hungarian.assignment(
        maximizing: overlaps.flatMap(\.self), rows: targets.count, columns: predictions.count)
      self.targets = targets.count
      matchedPairs = pairs.count
      sum = pairs.reduce(0) { $0 + overlaps[$1.row][$1.column] }
      bestSum = overlaps.reduce(0) { $0 + ($1.max() ?? 0) }
    }
  }

  public var clicks: Int
  public var matchedPairs: Int
  /// The score: the mean over the pairs of all clicks. Targets beyond the predictions are not counted.
  public var meanOverMatchedPairs: Double
  /// The mean over clicks of the sum divided by the number of targets: what is not matched counts as 0.
  public var meanOverClicks: Double
  /// The mean over the targets of all clicks of the best prediction.
  public var meanBestPerTarget: Double

  enum CodingKeys: String, CodingKey {
    case clicks
    case matchedPairs = "matched_pairs"
    case meanOverMatchedPairs = "mean_over_matched_pairs"
    case meanOverClicks = "mean_over_clicks_unmatched_as_zero"
    case meanBestPerTarget = "mean_best_per_target"
  }

  /// The means of clicks; those without a target are left out.
  /// - Throws: `invalidArgument` where no click has a target and a prediction.
  public init(_ clicks: [Click]) throws(ModelError) {
    let clicks = clicks.filter { $0.targets > 0 }
    matchedPairs = clicks.reduce(0) { $0 + $1.matchedPairs }
    guard matchedPairs > 0 else {
      throw ModelError(
        .invalidArgument, "No click has a true mask and a predicted one; give clicks that lie on annotated masks.")
    }
    self.clicks = clicks.count
    let targets = clicks.reduce(0) { $0 + $1.targets }
    meanOverMatchedPairs = clicks.reduce(0) { $0 + $1.sum } / Double(matchedPairs)
    meanOverClicks = clicks.reduce(0) { $0 + $1.sum / Double($1.targets) } / Double(clicks.count)
    meanBestPerTarget = clicks.reduce(0) { $0 + $1.bestSum } / Double(targets)
  }

  /// The numbers as lines for people.
  public var table: String {
    Decimals.table([
      ("clicks", "\(clicks)"), ("matched pairs", "\(matchedPairs)"),
      ("mean IoU over matched pairs", Decimals.text(meanOverMatchedPairs)),
      ("mean IoU over clicks, unmatched as 0", Decimals.text(meanOverClicks)),
      ("mean IoU of the best prediction per target", Decimals.text(meanBestPerTarget)),
    ])
  }
}
