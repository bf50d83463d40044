/// A position in an image, in pixels: `(0, 0)` is the centre of the top left pixel, `(width - 1, height - 1)` that of the
/// bottom right one.
public struct Point: Hashable, Sendable, Codable {
  public var x: Double
  public var y: Double

  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}
