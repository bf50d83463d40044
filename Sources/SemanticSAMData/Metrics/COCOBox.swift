import SemanticSAMCore

/// A box as COCO writes it: a corner, a width and a height, in pixels. Kept so because `left + width - left` is not always
/// `width`, and the official overlaps are computed from these four.
public struct COCOBox: Hashable, Sendable {
  public var left: Double
  public var top: Double
  public var width: Double
  public var height: Double

  public init(left: Double, top: Double, width: Double, height: Double) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  public init(_ box: Box) {
    self.init(left: box.x0, top: box.y0, width: box.width, height: box.height)
  }

  static let missing = COCOBox(left: .nan, top: .nan, width: .nan, height: .nan)

  var isMissing: Bool { width.isNaN }

  public var area: Double { width * height }

  func intersection(_ other: COCOBox) -> Double {
    let common = Swift.min(left + width, other.left + other.width) - Swift.max(left, other.left)
    guard common > 0 else { return 0 }
    let tall = Swift.min(top + height, other.top + other.height) - Swift.max(top, other.top)
    return tall > 0 ? common * tall : 0
  }

  /// Intersection over union of a detection's box with a true one, without the pixel that some add to a width.
  /// - Parameter isCrowd: the true box is a crowd's; then the intersection is divided by the detection's area, as in
  ///   `maskApi.c` (`bbIou`).
  func iou(truth: COCOBox, isCrowd: Bool) -> Double {
    let common = intersection(truth)
    guard common > 0 else { return 0 }
    return common / (isCrowd ? area : area + truth.area - common)
  }
}
