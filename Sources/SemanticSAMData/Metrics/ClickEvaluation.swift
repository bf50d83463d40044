import SemanticSAMCore

/// Numbers of clicks that a model needs on the objects of a data set, and what discs around the clicks need.
public struct ClickEvaluation: Hashable, Sendable {
  public var model: NumberOfClicks
  /// What needs no model: each positive click paints a disc and each negative one erases it, in their order; the radius is
  /// the one of `ObjectScore.Floor.radii` that needs the fewest clicks for the object and threshold.
  public var discs: NumberOfClicks

  /// The objects that were clicked.
  public var objects: Int { model.thresholds.first?.perObject.count ?? 0 }

  /// Evaluates a model on a data set. An object is clicked, as ``ClickSequence`` says, until its mask reaches the highest
  /// threshold.
  /// - Parameters:
  ///   - thresholds: intersections over union, above 0 and at most 1.
  ///   - limit: clicks on an object at most, and as which one counts that does not reach a threshold.
  ///   - progress: called with the share that is done.
  ///   - begin: what the model keeps of a photograph; it may change with each answer.
  ///   - answer: the model: the mask for each list of clicks, an object each; of the task's size.
  /// - Throws: `cancelled`; `invalidArgument` where no region is an object, there is no threshold or limit, or answers are
  ///   not as many as asked for; what data set and model throw.
  public init<Photograph>(
    _ dataset: some Dataset, objects: ClickProtocol.ObjectRule, thresholds: [Double], limit: Int = 20,
    progress: ProgressHandler? = nil, begin: (InteractiveTask) throws(ModelError) -> Photograph,
    answer: (inout Photograph, [[Prompt.Click]]) throws(ModelError) -> [Mask]
  ) throws(ModelError) {
    guard let target = thresholds.max(), thresholds.allSatisfy({ $0 > 0 && $0 <= 1 }), limit > 0 else {
      throw ModelError(
        .invalidArgument,
        "Clicks cannot be counted for \(thresholds) and \(limit) clicks; give thresholds above 0 and "
          + "at most 1, and one click or more.")
    }
    var overlaps: [[Double]] = []
    var discOverlaps: [[[Double]]] = []
    let rules = ClickProtocol(.plain, objects: objects)
    try dataset.forEachTask(rules, asksBoxes: false, progress: progress) { task throws(ModelError) in
      var photograph = try begin(task)
      var sequences: [ClickSequence] = []
      for object in task.objects {
        sequences.append(try ClickSequence(truth: object.truth, limit: limit, target: target))
      }
      while true {
        let open = sequences.indices.filter { !sequences[$0].isComplete }
        if open.isEmpty { break }
        let masks = try answer(&photograph, open.map { sequences[$0].clicks })
        guard masks.count == open.count else {
          throw ModelError(
            .invalidArgument,
            "There are \(masks.count) answers to the clicks on \(open.count) objects of image \(task.image.id); give one "
              + "for each.")
        }
        for (index, mask) in zip(open, masks) { try sequences[index].take(mask) }
      }
      overlaps += sequences.map(\.overlaps)
      let radii = ObjectScore.Floor.radii
      let drawn = try parallelMap(count: task.objects.count * radii.count, progress: nil) { index throws(ModelError) in
        try Self.overlapsOfDiscs(
          radius: radii[index % radii.count], on: task.objects[index / radii.count].truth, limit: limit, target: target)
      }
      for index in task.objects.indices {
        discOverlaps.append(Array(drawn[index * radii.count..<(index + 1) * radii.count]))
      }
    }
    guard !overlaps.isEmpty else {
      throw ModelError(
        .invalidArgument,
        "There is no object to evaluate: no region has a mask and is large enough; choose a lower minimum, or data with "
          + "masks.")
    }
    model = NumberOfClicks(overlaps: overlaps, thresholds: thresholds, limit: limit)
    discs = NumberOfClicks(bestOf: discOverlaps, thresholds: thresholds, limit: limit)
  }

  /// What discs of one radius reach after each click.
  private static func overlapsOfDiscs(
    radius: Int, on truth: Mask, limit: Int, target: Double
  ) throws(ModelError) -> [Double] {
    var sequence = try ClickSequence(truth: truth, limit: limit, target: target)
    var painted = try truth.subtracting(truth)
    while !sequence.isComplete, let click = sequence.clicks.last {
      let disc = try Mask(
        discAtX: Int(click.point.x), y: Int(click.point.y), radius: radius, width: truth.width, height: truth.height)
      painted = click.isPositive ? try painted.union(disc) : try painted.subtracting(disc)
      try sequence.take(painted)
    }
    return sequence.overlaps
  }

  /// The numbers as lines for people.
  public var table: String {
    var rows = [("objects", "\(objects)")]
    if let first = model.meanOverlaps.first { rows.append(("mIoU after 1 click", Decimals.text(first))) }
    if model.meanOverlaps.count >= 5 { rows.append(("mIoU after 5 clicks", Decimals.text(model.meanOverlaps[4]))) }
    rows += model.thresholds.map { ("noc@\($0.name) (\($0.failures) not reached)", Decimals.text($0.mean)) }
    rows += discs.thresholds.map {
      ("floor: discs, noc@\($0.name) (\($0.failures) not reached)", Decimals.text($0.mean))
    }
    return Decimals.table(rows)
  }

  /// The result as one line of JSON with sorted keys and a newline at its end: see Docs/JSON.md.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(Document(self))
  }

  private struct Document: Encodable {
    struct Threshold: Encodable {
      var mean: Double
      var failures: Int
      var perObject: [Int]?

      enum CodingKeys: String, CodingKey {
        case mean, failures
        case perObject = "per_object"
      }
    }

    struct Floor: Encodable {
      var noc: [String: Threshold]
    }

    var objects: Int
    var limit: Int
    var noc: [String: Threshold]
    var meanOverlaps: [Double]
    var floor: Floor

    enum CodingKeys: String, CodingKey {
      case objects, limit, noc, floor
      case meanOverlaps = "miou_at_click"
    }

    init(_ evaluation: ClickEvaluation) {
      func thresholds(_ clicks: NumberOfClicks, withObjects: Bool) -> [String: Threshold] {
        let pairs = clicks.thresholds.map {
          ($0.name, Threshold(mean: $0.mean, failures: $0.failures, perObject: withObjects ? $0.perObject : nil))
        }
        return Dictionary(pairs) { first, _ in first }
      }
      objects = evaluation.objects
      limit = evaluation.model.limit
      noc = thresholds(evaluation.model, withObjects: true)
      meanOverlaps = evaluation.model.meanOverlaps
      floor = Floor(noc: thresholds(evaluation.discs, withObjects: false))
    }
  }
}

extension NumberOfClicks {
  /// The fewest clicks of several tries on each object.
  /// - Parameter tries: for each object and try the intersection over union after each click.
  init(bestOf tries: [[[Double]]], thresholds: [Double], limit: Int) {
    let count = tries.map(\.count).max() ?? 0
    let each = (0..<count).map { attempt in
      NumberOfClicks(
        overlaps: tries.map { $0.indices.contains(attempt) ? $0[attempt] : [] }, thresholds: thresholds, limit: limit)
    }
    self.init(overlaps: tries.map { $0.first ?? [] }, thresholds: thresholds, limit: limit)
    meanOverlaps = []
    for place in self.thresholds.indices {
      let best = tries.indices.map { object in each.map { $0.thresholds[place].perObject[object] }.min() ?? limit }
      // Whoever needs the limit may have reached the threshold with the last click.
      let failures = tries.indices.count { object in
        tries[object].allSatisfy { !$0.prefix(limit).contains { $0 >= thresholds[place] } }
      }
      self.thresholds[place].perObject = best
      self.thresholds[place].failures = failures
      self.thresholds[place].mean = best.isEmpty ? 0 : Double(best.reduce(0, +)) / Double(best.count)
    }
  }
}
