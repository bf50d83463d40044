/// A thing that was found, with its name.
public struct Detection: Hashable, Sendable {
  public var mask: Mask
  /// As the network predicts it, by pixel edges of the image; it can reach beyond it and differ from the mask's.
  public var box: Box
  /// The place of its name in the vocabulary.
  public var category: Int
  public var name: String
  /// 0...1.
  public var score: Float

  public init(mask: Mask, box: Box, category: Int, name: String, score: Float) {
    self.mask = mask
    self.box = box
    self.category = category
    self.name = name
    self.score = score
  }
}
