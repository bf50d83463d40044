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

  /// The names that were looked for in a photograph: only they are told apart in it. Places in the vocabulary.
  public struct Names: Hashable, Sendable {
    public var objects: [Int]
    public var parts: [Int]
    /// Those of which the photograph may have more than is annotated.
    public var incompleteObjects: Set<Int>
    public var incompleteParts: Set<Int>

    public init(
      objects: [Int], parts: [Int] = [], incompleteObjects: Set<Int> = [], incompleteParts: Set<Int> = []
    ) {
      self.objects = objects
      self.parts = parts
      self.incompleteObjects = incompleteObjects
      self.incompleteParts = incompleteParts
    }
  }

  public var image: Image
  public var targets: [Target]
  /// `nil` for data without names, as SA-1B.
  public var names: Names?

  public init(image: Image, targets: [Target], names: Names? = nil) {
    self.image = image
    self.targets = targets
    self.names = names
  }
}
