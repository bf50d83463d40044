import SemanticSAMCore

/// NoC@t: how many clicks an object needs until its mask reaches an intersection over union of t; 20 where 20 do not
/// suffice. The mean over objects.
public struct NumberOfClicks: Codable, Hashable, Sendable {
  /// The clicks that one threshold needs.
  public struct Threshold: Codable, Hashable, Sendable {
    public var threshold: Double
    /// 1...`limit` for each object.
    public var perObject: [Int]
    /// Objects that no click brought to the threshold.
    public var failures: Int

    /// Of `perObject`; 0 without objects.
    public var mean: Double

    /// The threshold as text: "0.85".
    public var name: String { "\(threshold)" }

    enum CodingKeys: String, CodingKey {
      case threshold, failures, mean
      case perObject = "per_object"
    }
  }

  /// Clicks that are counted at most, and as which a failure counts.
  public var limit: Int
  public var thresholds: [Threshold]
  /// The mean intersection over union after the first click, the second and so on; an object that was clicked less often
  /// keeps its last mask.
  public var meanOverlaps: [Double]

  enum CodingKeys: String, CodingKey {
    case limit, thresholds
    case meanOverlaps = "miou_at_click"
  }

  /// - Parameter overlaps: for each object the intersection over union after each click.
  public init(overlaps: [[Double]], thresholds: [Double] = [0.5, 0.8, 0.85, 0.9], limit: Int = 20) {
    self.limit = limit
    self.thresholds = thresholds.map { threshold in
      let first = overlaps.map { $0.prefix(limit).firstIndex { $0 >= threshold } }
      let clicks = first.map { $0.map { $0 + 1 } ?? limit }
      return Threshold(
        threshold: threshold, perObject: clicks, failures: first.count { $0 == nil },
        mean: clicks.isEmpty ? 0 : Double(clicks.reduce(0, +)) / Double(clicks.count))
    }
    let clicks = min(overlaps.map(\.count).max() ?? 0, limit)
    meanOverlaps = (0..<clicks).map { click in
      overlaps.reduce(0) { $0 + ($1.isEmpty ? 0 : $1[min(click, $1.count - 1)]) } / Double(overlaps.count)
    }
  }

  /// Clicks on one object, as ``ClickSequence`` says, until its mask is the truth, or `limit` times.
  /// - Parameter answer: the mask that the model gives for all clicks so far.
  /// - Returns: the intersection over union after each click.
  /// - Throws: `invalidArgument` for an answer of another size; `outOfMemory`; what the model throws.
  public static func overlaps(
    truth: Mask, limit: Int = 20, answer: ([Prompt.Click]) throws(ModelError) -> Mask
  ) throws(ModelError) -> [Double] {
    var sequence = try ClickSequence(truth: truth, limit: limit)
    while !sequence.isComplete { try sequence.take(try answer(sequence.clicks)) }
    return sequence.overlaps
  }

  /// The numbers as lines for people.
  public var table: String {
    Decimals.table(
      [("objects", "\(thresholds.first?.perObject.count ?? 0)")]
        + thresholds.map { ("noc@\($0.name) (\($0.failures) not reached)", Decimals.text($0.mean)) })
  }
}
