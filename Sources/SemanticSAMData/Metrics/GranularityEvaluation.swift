import SemanticSAMCore

/// Multi-granularity 1-click IoU of a model on a data set, and what discs around the clicks reach.
///
/// Each object is clicked once, on its interior point. The targets of a click are all objects that contain it.
public struct GranularityEvaluation: Codable, Hashable, Sendable {
  /// What needs no model.
  public struct Floor: Codable, Hashable, Sendable {
    /// Six discs around the click, of the radii `ObjectScore.Floor.radii`, in the place of the six masks.
    public var sixDiscs: GranularityScore

    enum CodingKeys: String, CodingKey {
      case sixDiscs = "six_discs"
    }
  }

  /// Photographs with objects.
  public var images: Int
  public var score: GranularityScore
  public var floor: Floor

  private enum CodingKeys: String, CodingKey {
    case images, floor
  }

  /// Evaluates a model on a data set.
  /// - Parameters:
  ///   - objects: which regions are clicked and are targets.
  ///   - progress: called after each photograph with the share that is done.
  ///   - answer: the model: one segmentation for each prompt of a task, a click each; masks of the task's size.
  /// - Throws: `cancelled`; `invalidArgument` where no region is an object, or answers are not as many as prompts; what
  ///   data set and model throw.
  public init(
    _ dataset: some Dataset, objects: ClickProtocol.ObjectRule = .all, progress: ProgressHandler? = nil,
    answer: (InteractiveTask) throws(ModelError) -> [Segmentation]
  ) throws(ModelError) {
    var images = 0
    var clicks: [GranularityScore.Click] = []
    var discClicks: [GranularityScore.Click] = []
    let rules = ClickProtocol(.plain, objects: objects)
    try dataset.forEachTask(rules, asksBoxes: false, progress: progress) { task throws(ModelError) in
      let answers = try answer(task)
      guard answers.count == task.prompts.count else {
        throw ModelError(
          .invalidArgument,
          "There are \(answers.count) answers to the \(task.prompts.count) clicks on image \(task.image.id); give one for "
            + "each.")
      }
      let pairs = try parallelMap(count: answers.count, progress: nil) { index throws(ModelError) in
        let click = task.objects[index].click
        let targets = task.objects.map(\.truth).filter { $0.contains(x: click.x, y: click.y) }
        let discs = try ObjectScore.Floor.radii.map { radius throws(ModelError) in
          try Mask(discAtX: click.x, y: click.y, radius: radius, width: task.width, height: task.height)
        }
        return (
          try GranularityScore.Click(predictions: answers[index].map(\.mask), targets: targets),
          try GranularityScore.Click(predictions: discs, targets: targets)
        )
      }
      images += 1
      clicks += pairs.map(\.0)
      discClicks += pairs.map(\.1)
    }
    self.images = images
    score = try GranularityScore(clicks)
    floor = Floor(sixDiscs: try GranularityScore(discClicks))
  }

  /// The score's fields stand beside those of this type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    images = try container.decode(Int.self, forKey: .images)
    floor = try container.decode(Floor.self, forKey: .floor)
    score = try GranularityScore(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try score.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(images, forKey: .images)
    try container.encode(floor, forKey: .floor)
  }

  /// The numbers as lines for people.
  public var table: String {
    Decimals.table([
      ("images", "\(images)"), ("clicks", "\(score.clicks)"), ("matched pairs", "\(score.matchedPairs)"),
      ("mean IoU over matched pairs", Decimals.text(score.meanOverMatchedPairs)),
      ("mean IoU over clicks, unmatched as 0", Decimals.text(score.meanOverClicks)),
      ("mean IoU of the best mask per target", Decimals.text(score.meanBestPerTarget)),
      ("floor: six discs, over matched pairs", Decimals.text(floor.sixDiscs.meanOverMatchedPairs)),
      ("floor: six discs, over clicks", Decimals.text(floor.sixDiscs.meanOverClicks)),
      ("floor: six discs, best per target", Decimals.text(floor.sixDiscs.meanBestPerTarget)),
    ])
  }

  /// The result as one line of JSON with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }
}
