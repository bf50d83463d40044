import SemanticSAMCore

/// Clicks on one object, each where the mask so far is most wrong: first on the object's interior point, then as
/// `Prompt.Click.next(truth:prediction:)` says.
public struct ClickSequence: Sendable {
  public let truth: Mask
  /// The clicks that the next answer is for; none where the sequence ended.
  public private(set) var clicks: [Prompt.Click] = []
  /// The intersection over union after each click.
  public private(set) var overlaps: [Double] = []
  public private(set) var isComplete = false
  private let limit: Int
  private let target: Double

  /// - Parameters:
  ///   - limit: clicks at most.
  ///   - target: an intersection over union at which there is nothing left to do.
  /// - Throws: `outOfMemory`.
  public init(truth: Mask, limit: Int = 20, target: Double = 1) throws(ModelError) {
    self.truth = truth
    self.limit = limit
    self.target = target
    try click(against: try truth.subtracting(truth))
  }

  /// Takes the answer to `clicks` and clicks again.
  /// - Throws: `invalidArgument` for an answer of another size; `outOfMemory`.
  public mutating func take(_ answer: Mask) throws(ModelError) {
    guard !isComplete else { return }
    let overlap = try truth.iou(answer)
    overlaps.append(overlap)
    guard overlaps.count < limit, overlap < target else {
      isComplete = true
      return
    }
    try click(against: answer)
  }

  private mutating func click(against prediction: Mask) throws(ModelError) {
    guard limit > 0, let next = try Prompt.Click.next(truth: truth, prediction: prediction) else {
      isComplete = true
      return
    }
    clicks.append(next)
  }
}

extension Prompt.Click {
  /// Where a person would click next: on the interior point of what is missing or of what is too much, whichever has more
  /// pixels; `nil` where the prediction is the truth. Where both are equal, on what is missing.
  /// - Throws: `invalidArgument` where the sizes differ; `outOfMemory`.
  public static func next(truth: Mask, prediction: Mask) throws(ModelError) -> Prompt.Click? {
    let missing = try truth.subtracting(prediction)
    let surplus = try prediction.subtracting(truth)
    let isPositive = missing.area >= surplus.area
    return try (isPositive ? missing : surplus).interiorPoint().map {
      Prompt.Click($0.point, isPositive: isPositive)
    }
  }
}
