/// A photograph to learn from, as the network shall see it, and what is true of it.
public struct TrainingSample: Sendable {
  /// A region of the photograph.
  public struct Target: Sendable {
    /// Of the photograph's size; `nil` where only a box is known.
    public var mask: Mask?
    /// By pixel edges.
    public var box: Box
    /// The place of its name in the vocabulary's objects, and in its parts; `nil` where the data say nothing.
    public var object: Int?
    public var part: Int?

    public init(mask: Mask?, box: Box, object: Int? = nil, part: Int? = nil) {
      self.mask = mask
      self.box = box
      self.object = object
      self.part = part
    }
  }

  public var image: Image
  public var targets: [Target]

  public init(image: Image, targets: [Target]) {
    self.image = image
    self.targets = targets
  }
}
