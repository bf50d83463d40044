/// What shall be segmented: clicks, a box, an earlier mask, or these together; or what a text names. One prompt means one
/// object, a text all that fits.
///
/// Coordinates are pixels of the original image: see `Point` and `Box`.
///
/// A checkpoint answers a click with a mask for each level, and a box with as many masks as it was trained for. More than
/// one click, or clicks and a box, are put together as `PromptAgreement` describes: the masks that agree with all of the
/// prompt come first, and what contains a negative click is cut. An earlier mask goes to the network where the checkpoint
/// takes masks (`SemanticSAM.takesMasks`); elsewhere its box and the pixels deep inside it are asked, and answers like it
/// come first (Docs/Prompts.md).
public struct Prompt: Hashable, Sendable {
  /// A click, on the object or on what does not belong to it.
  public struct Click: Hashable, Sendable {
    public var point: Point
    public var isPositive: Bool

    public init(_ point: Point, isPositive: Bool = true) {
      self.point = point
      self.isPositive = isPositive
    }
  }

  public var clicks: [Click]
  public var box: Box?
  /// A mask to start from: roughly the object, as somebody drew it or as it was answered before.
  public var mask: MaskPrompt?
  /// The name of a thing or part, as in "dog", "wheel of the car" or "the dog's ear"; without clicks, box and mask.
  public var text: String?

  public init(clicks: [Click] = [], box: Box? = nil, mask: MaskPrompt? = nil) {
    self.clicks = clicks
    self.box = box
    self.mask = mask
  }

  /// Everything that a text names.
  public static func text(_ text: String) -> Prompt {
    var prompt = Prompt()
    prompt.text = text
    return prompt
  }

  /// A click on the pixel (x, y).
  public static func point(_ x: Double, _ y: Double) -> Prompt {
    Prompt(clicks: [Click(Point(x: x, y: y))])
  }

  /// Clicks on one object, and on what does not belong to it.
  public static func points(_ positive: [Point], negative: [Point] = []) -> Prompt {
    Prompt(clicks: positive.map { Click($0) } + negative.map { Click($0, isPositive: false) })
  }

  /// A box around one object.
  public static func box(_ box: Box) -> Prompt {
    Prompt(box: box)
  }

  /// A mask of the image's size that is roughly the object's.
  public static func mask(_ mask: Mask) -> Prompt {
    Prompt(mask: .mask(mask))
  }

  /// A mask that was answered before, by its logits.
  public static func mask(_ logits: LogitMap) -> Prompt {
    Prompt(mask: .logits(logits))
  }

  /// The prompt with one more click.
  public func adding(_ point: Point, isPositive: Bool = true) -> Prompt {
    Prompt(clicks: clicks + [Click(point, isPositive: isPositive)], box: box, mask: mask)
  }

  /// What the masks of a text are called: "wheel of car"; `nil` for other prompts.
  /// - Throws: `emptyPrompt` for a text without a word.
  package func textName() throws(ModelError) -> String? {
    guard let text else { return nil }
    return try TextPhrase(text).description
  }

  /// Refuses prompts that no image, or not this one, can answer.
  package func validate(width: Int, height: Int) throws(ModelError) {
    if let text {
      guard clicks.isEmpty, box == nil, mask == nil else {
        throw ModelError(
          .invalidArgument,
          "A prompt has a text beside clicks, a box or a mask, which no rule puts together; give one of them."
        )
      }
      _ = try TextPhrase(text)
      return
    }
    let size = "\(width) x \(height)"
    try validate(clicksIn: width, height)
    if let box {
      let name = "(\(box.x0), \(box.y0), \(box.x1), \(box.y1))"
      guard [box.x0, box.y0, box.x1, box.y1].allSatisfy(\.isFinite) else {
        throw ModelError(.invalidArgument, "The box \(name) is not a rectangle; give four finite numbers.")
      }
      guard box.x0 < box.x1, box.y0 < box.y1 else {
        throw ModelError(.invalidArgument, "The box \(name) is empty; give x0 < x1 and y0 < y1.")
      }
      guard box.x0 >= 0, box.y0 >= 0, box.x1 <= Double(width), box.y1 <= Double(height) else {
        throw ModelError(
          .promptOutsideImage,
          "The box \(name) reaches outside the image of \(size) pixels; give x in 0...\(width) and y in 0...\(height).")
      }
    }
    if let mask { try mask.validate(width: width, height: height) }
    guard box != nil || clicks.contains(where: \.isPositive) || mask.map({ !$0.isEmpty }) ?? false else {
      throw ModelError(
        .emptyPrompt,
        mask == nil
          ? "The prompt has neither a positive point nor a box; say where the object is with one of them."
          : "The mask of the prompt is empty; give one with something inside, a positive point or a box.")
    }
  }

  /// Refuses clicks that do not lie in an image.
  func validate(clicksIn width: Int, _ height: Int) throws(ModelError) {
    for click in clicks {
      let point = click.point
      guard point.x.isFinite, point.y.isFinite else {
        throw ModelError(
          .invalidArgument, "The point (\(point.x), \(point.y)) is not a position; give two finite numbers.")
      }
      guard point.x >= 0, point.y >= 0, point.x < Double(width), point.y < Double(height) else {
        throw ModelError(
          .promptOutsideImage,
          "The point (\(point.x), \(point.y)) lies outside the image of \(width) x \(height) pixels; give x in "
            + "0..<\(width) and y in 0..<\(height).")
      }
    }
  }
}
