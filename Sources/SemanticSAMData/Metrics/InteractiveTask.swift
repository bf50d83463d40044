import SemanticSAMCore

/// What an interactive evaluation asks of a model about one photograph.
public struct InteractiveTask: Sendable {
  /// An object and the prompts for it.
  public struct Object: Sendable {
    /// The id of the annotation.
    public var region: Int64
    /// At the task's size.
    public var truth: Mask
    public var click: InteriorPoint
    /// The tight box of the truth, by pixel edges.
    public var box: Box

    public init(region: Int64, truth: Mask, click: InteriorPoint, box: Box) {
      self.region = region
      self.truth = truth
      self.click = click
      self.box = box
    }
  }

  public let image: ImageReference
  /// The size, in pixels, at which the photograph is to be shown to the model; prompts and answers have it.
  public let width: Int
  public let height: Int
  public let objects: [Object]
  public let variant: ClickProtocol.Variant
  public let boxRanking: ClickProtocol.BoxRanking
  /// One click for each object and, where boxes are asked, one box for each after that.
  public let prompts: [Prompt]

  /// - Parameter asksBoxes: whether boxes are asked too; the reference's protocol never asks them.
  /// - Throws: `outOfMemory`.
  public init(_ sample: Sample, _ rules: ClickProtocol, asksBoxes: Bool = true) throws(ModelError) {
    image = sample.image
    variant = rules.variant
    boxRanking = rules.boxRanking
    (width, height) = rules.size(width: sample.image.width, height: sample.image.height)
    var objects: [Object] = []
    for region in sample.regions where rules.includes(region) {
      guard let truth = try region.mask?.resized(width: width, height: height), let click = try truth.interiorPoint()
      else { continue }
      objects.append(Object(region: region.id, truth: truth, click: click, box: truth.box))
    }
    self.objects = objects
    let boxes = variant == .plain && asksBoxes ? objects.map { Prompt.box($0.box) } : []
    prompts = objects.map { rules.prompt(at: $0.click) } + boxes
  }

  /// How good answers are.
  /// - Parameter answers: one segmentation for each of `prompts`, in order.
  /// - Throws: `invalidArgument` where the answers are not as many as the prompts or a mask has another size.
  public func scores(of answers: [Segmentation]) throws(ModelError) -> [ObjectScore] {
    guard answers.count == prompts.count else {
      throw ModelError(
        .invalidArgument,
        "There are \(answers.count) answers to the \(prompts.count) prompts on image \(image.id); give one for each.")
    }
    var scores: [ObjectScore] = []
    for (index, object) in objects.enumerated() {
      let boxIndex = objects.count + index
      scores.append(
        try ObjectScore(
          object, image: image.id, clickAnswer: answers[index],
          boxAnswer: boxIndex < answers.count ? answers[boxIndex] : nil, boxRanking))
    }
    return scores
  }
}
