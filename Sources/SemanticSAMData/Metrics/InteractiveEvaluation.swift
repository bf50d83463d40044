import SemanticSAMCore

/// What an interactive evaluation comes to: means over objects of intersections over union.
public struct InteractiveEvaluation: Codable, Hashable, Sendable {
  /// What shapes reach that know the click or the box alone: a model must beat them to mean anything.
  public struct Floor: Codable, Hashable, Sendable {
    /// The best of six discs around the click, chosen for each object.
    public var bestOfSixDiscs: Double
    /// Discs of one radius, the best one for all objects.
    public var bestSingleDisc: Double
    /// The ellipse inscribed in the true box.
    public var ellipseInBox: Double

    enum CodingKeys: String, CodingKey {
      case bestOfSixDiscs = "best_of_six_discs"
      case bestSingleDisc = "best_single_disc"
      case ellipseInBox = "ellipse_in_box"
    }
  }

  /// How many there were.
  public var objects: Int
  /// Of the best answer to a click.
  public var oracleMIoU: Double
  /// Of the answer to a click with the highest predicted quality.
  public var maxMIoU: Double
  /// Of the answer to a box that counts, see `ClickProtocol.BoxRanking`; absent where no box was asked.
  public var boxMIoU: Double?
  public var floor: Floor
  /// In the reference's protocol its `noc@t` by threshold: 1 for an object whose click reaches t, 20 for any other.
  public var numberOfClicks: [String: Double]?

  enum CodingKeys: String, CodingKey {
    case objects, floor
    case oracleMIoU = "oracle_miou"
    case maxMIoU = "max_miou"
    case boxMIoU = "box_miou"
    case numberOfClicks = "noc"
  }

  /// The means of scores.
  /// - Throws: `invalidArgument` where there is no score, and so no mean.
  public init(_ scores: [ObjectScore], variant: ClickProtocol.Variant = .plain) throws(ModelError) {
    guard !scores.isEmpty else {
      throw ModelError(
        .invalidArgument,
        "There is no object to evaluate: no region has a mask and is large enough; choose a lower minimum, or data with masks."
      )
    }
    func mean(_ value: (ObjectScore) -> Double) -> Double {
      scores.reduce(0) { $0 + value($1) } / Double(scores.count)
    }
    objects = scores.count
    oracleMIoU = mean(\.oracle)
    maxMIoU = mean(\.max)
    let boxes = scores.compactMap(\.box)
    if boxes.count == scores.count { boxMIoU = mean { $0.box ?? 0 } }
    floor = Floor(
      bestOfSixDiscs: mean(\.floor.bestDisc),
      bestSingleDisc: ObjectScore.Floor.radii.indices.map { radius in mean { $0.floor.discs[radius] } }.max() ?? 0,
      ellipseInBox: mean(\.floor.ellipse))
    if variant == .reference {
      let clicks = NumberOfClicks(overlaps: scores.map { [$0.max] })
      numberOfClicks = Dictionary(clicks.thresholds.map { ($0.name, $0.mean) }) { first, _ in first }
    }
  }

  /// Evaluates a model on a data set.
  /// - Parameters:
  ///   - progress: called after each photograph with the share that is done.
  ///   - answer: the model: one segmentation for each prompt of a task, masks of the task's size.
  /// - Throws: `cancelled`; `invalidArgument` where no region is an object; what data set and model throw.
  public init(
    _ dataset: some Dataset, _ rules: ClickProtocol, progress: ProgressHandler? = nil,
    answer: (InteractiveTask) throws(ModelError) -> [Segmentation]
  ) throws(ModelError) {
    var scores: [ObjectScore] = []
    try dataset.forEachTask(rules, progress: progress) { task throws(ModelError) in
      scores += try task.scores(of: try answer(task))
    }
    try self.init(scores, variant: rules.variant)
  }

  /// The numbers as lines for people.
  public var table: String {
    var rows = [
      ("objects", "\(objects)"),
      ("1-click mIoU, best of the answers (oracle)", Decimals.text(oracleMIoU)),
      ("1-click mIoU, highest predicted IoU (max)", Decimals.text(maxMIoU)),
    ]
    if let boxMIoU { rows.append(("box mIoU, best answer by the model", Decimals.text(boxMIoU))) }
    rows += [
      ("floor: best of six discs around the click", Decimals.text(floor.bestOfSixDiscs)),
      ("floor: discs of one radius", Decimals.text(floor.bestSingleDisc)),
      ("floor: ellipse in the true box", Decimals.text(floor.ellipseInBox)),
    ]
    for (threshold, clicks) in (numberOfClicks ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows.append(("noc@\(threshold)", Decimals.text(clicks)))
    }
    return Decimals.table(rows)
  }

  /// The result as one line of JSON with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }
}

extension Dataset {
  /// Calls `body` for each photograph that has objects.
  /// - Throws: `cancelled`; what data set and `body` throw.
  func forEachTask(
    _ rules: ClickProtocol, asksBoxes: Bool = true, progress: ProgressHandler?,
    _ body: (InteractiveTask) throws(ModelError) -> Void
  ) throws(ModelError) {
    for index in 0..<count {
      guard !Task.isCancelled else {
        throw ModelError(.cancelled, "The task was cancelled before the evaluation was complete; start it again.")
      }
      let task = try InteractiveTask(try sample(at: index), rules, asksBoxes: asksBoxes)
      if !task.objects.isEmpty { try body(task) }
      progress?(Double(index + 1) / Double(count))
    }
  }
}
