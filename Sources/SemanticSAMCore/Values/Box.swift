/// A rectangle in an image, by the edges of its pixels: the whole image is `Box(x0: 0, y0: 0, x1: width, y1: height)`, the
/// single pixel (x, y) is `Box(x0: x, y0: y, x1: x + 1, y1: y + 1)`.
public struct Box: Hashable, Sendable, Codable {
  public var x0: Double
  public var y0: Double
  public var x1: Double
  public var y1: Double

  public init(x0: Double, y0: Double, x1: Double, y1: Double) {
    self.x0 = x0
    self.y0 = y0
    self.x1 = x1
    self.y1 = y1
  }

  public var width: Double { x1 - x0 }
  public var height: Double { y1 - y0 }
  /// Zero where the box is empty or turned inside out.
  public var area: Double { max(width, 0) * max(height, 0) }

  /// Intersection over union, 0...1; 0 where both are empty.
  public func iou(_ other: Box) -> Double {
    let common = intersectionArea(other)
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }

  /// The area that both boxes have in common.
  public func intersectionArea(_ other: Box) -> Double {
    Box(x0: max(x0, other.x0), y0: max(y0, other.y0), x1: min(x1, other.x1), y1: min(y1, other.y1)).area
  }
}
