/// How large a photograph becomes on its way into the network.
struct SizeRule {
  private let rule: Configuration.ImageRule
  private let longEdgeLimit: Int?

  /// - Throws: `invalidArgument` for a limit below 32.
  init(_ rule: Configuration.ImageRule, longEdgeLimit: Int?) throws(ModelError) {
    guard (longEdgeLimit ?? 32) >= 32 else {
      throw ModelError(
        .invalidArgument, "A long edge of at most \(longEdgeLimit ?? 0) pixels is too small; give 32 or more.")
    }
    self.rule = rule
    self.longEdgeLimit = longEdgeLimit
  }

  /// One edge is scaled to the rule's length, the other in proportion, cut to an integer (reference: torchvision `Resize`).
  func size(width: Int, height: Int) -> (width: Int, height: Int) {
    let long = max(width, height)
    let short = min(width, height)
    var scaledLong = 0
    if let edge = rule.longEdge {
      scaledLong = edge
    } else if let edge = rule.shortEdge {
      scaledLong = edge * long / short
    }
    var scaledShort = rule.longEdge == nil ? rule.shortEdge ?? short : scaledLong * short / long
    if let longEdgeLimit, scaledLong > longEdgeLimit {
      scaledLong = longEdgeLimit
      scaledShort = longEdgeLimit * short / long
    }
    scaledShort = max(scaledShort, 1)
    return width >= height ? (scaledLong, scaledShort) : (scaledShort, scaledLong)
  }

  /// The most pixels that a network is given: beyond them its maps need more memory than machines have.
  private static let pixelLimit = 1 << 23

  /// `size`, where a network can be run on it: a rule for the short edge makes a long thin picture very large.
  /// - Throws: `limitExceeded`.
  func affordableSize(width: Int, height: Int) throws(ModelError) -> (width: Int, height: Int) {
    let scaled = size(width: width, height: height)
    guard scaled.width * scaled.height <= Self.pixelLimit else {
      throw ModelError(
        .limitExceeded,
        "An image of \(width) x \(height) pixels would become \(scaled.width) x \(scaled.height) for this network, more than "
          + "\(Self.pixelLimit) pixels; limit its long edge.")
    }
    return scaled
  }
}
