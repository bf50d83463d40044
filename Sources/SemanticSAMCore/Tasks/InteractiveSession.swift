/// One object under work: clicks that come and go, what the model answers, and the way back.
///
/// The image is encoded once, before. Each change asks the decoder alone; going back asks nothing. It is a value: a copy
/// goes its own way.
///
/// ```swift
/// var session = InteractiveSession(model: model, embedding: try model.encode(image))
/// try session.add(Point(x: 320, y: 240))
/// try session.add(Point(x: 10, y: 12), isPositive: false)
/// session.undo()
/// let mask = session.segmentation?.best?.mask
/// ```
public struct InteractiveSession: Sendable {
  public let model: SemanticSAM
  public let embedding: ImageEmbedding
  private let options: SegmentOptions
  /// The states from the first, which is empty, to the present one.
  private var states = [State()]

  private struct State: Sendable {
    var prompt = Prompt()
    var segmentation: Segmentation?
    /// Of the best mask of the state before.
    var previousLogits: LogitMap?
  }

  /// - Parameter options: of each answer; logits are always included.
  public init(model: SemanticSAM, embedding: ImageEmbedding, options: SegmentOptions = SegmentOptions()) {
    self.model = model
    self.embedding = embedding
    var options = options
    options.includesLogits = true
    self.options = options
  }

  private var present: State { states.last ?? State() }

  /// The clicks and the box so far.
  public var prompt: Prompt { present.prompt }

  /// The answer to `prompt`, with logits; `nil` where it has neither a positive click nor a box.
  public var segmentation: Segmentation? { present.segmentation }

  /// The logits of the mask that was best before the last change, to show what the change did; `nil` at the beginning.
  ///
  /// Where the checkpoint takes masks (`SemanticSAM.takesMasks`), a click that is added goes to the network with them and
  /// with all clicks before, as in training with corrections. Elsewhere, and after a click was removed or the box was
  /// changed, each answer is that of all clicks together, by the rule of Docs/Prompts.md.
  public var previousLogits: LogitMap? { present.previousLogits }

  /// Whether there is a change to take back.
  public var canUndo: Bool { states.count > 1 }

  /// Adds a click and answers anew. After an error nothing has changed.
  /// - Throws: as `SemanticSAM.segment`.
  public mutating func add(_ point: Point, isPositive: Bool = true) throws(ModelError) {
    try change(carryingMask: true) { $0.clicks.append(Prompt.Click(point, isPositive: isPositive)) }
  }

  /// Takes a click away and answers anew.
  /// - Throws: `invalidArgument` where there is no click of that number.
  public mutating func removeClick(at index: Int) throws(ModelError) {
    guard prompt.clicks.indices.contains(index) else {
      throw ModelError(
        .invalidArgument,
        "There is no click \(index) to remove, the session has \(prompt.clicks.count); give a number from 0.")
    }
    try change { $0.clicks.remove(at: index) }
  }

  /// Sets the box around the object, or takes it away, and answers anew.
  /// - Throws: as `SemanticSAM.segment`.
  public mutating func setBox(_ box: Box?) throws(ModelError) {
    try change { $0.box = box }
  }

  /// Takes the last change back: prompt, answer and previous logits are those before it. Nothing happens at the beginning.
  public mutating func undo() {
    if canUndo { states.removeLast() }
  }

  /// Forgets all clicks, the box and the way back.
  public mutating func reset() {
    states = [State()]
  }

  private mutating func change(
    carryingMask: Bool = false, _ edit: (inout Prompt) -> Void
  ) throws(ModelError) {
    var next = State(prompt: prompt)
    edit(&next.prompt)
    next.previousLogits = segmentation?.best?.logits
    if next.prompt.box != nil || next.prompt.clicks.contains(where: \.isPositive) {
      var prompt = next.prompt
      if carryingMask, model.takesMasks { prompt.mask = next.previousLogits.map(MaskPrompt.logits) }
      next.segmentation = try model.segment(embedding, prompt: prompt, options: options)
    } else {
      // What lies outside of the image is refused also where it gets no answer yet.
      try next.prompt.validate(clicksIn: embedding.imageWidth, embedding.imageHeight)
    }
    states.append(next)
  }
}
