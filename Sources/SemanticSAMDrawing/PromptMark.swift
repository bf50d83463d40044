import SemanticSAMCore

/// Something of a prompt that a picture shows.
public enum PromptMark: Hashable, Sendable {
  /// A click, in pixels: `(0, 0)` is the centre of the top left pixel. A positive one is drawn as a green dot with a plus, a
  /// negative one as a red dot with a minus.
  case click(Point, isPositive: Bool)
  /// A box, by pixel edges, drawn as a dashed rectangle.
  case box(Box)
}
