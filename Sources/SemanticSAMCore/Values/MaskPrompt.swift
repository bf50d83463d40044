/// A mask that a prompt starts from: one that somebody drew, or what was answered before.
public enum MaskPrompt: Hashable, Sendable {
  /// Of the size of the image.
  case mask(Mask)
  /// Above 0 is inside; what lies outside of the map's region is outside of the mask.
  case logits(LogitMap)

  /// The mask at the size of an image; logits are read between their cells (bilinear).
  /// - Throws: `invalidArgument` where a mask has another size.
  func mask(width: Int, height: Int) throws(ModelError) -> Mask {
    switch self {
    case .mask(let mask):
      guard mask.width == width, mask.height == height else {
        throw ModelError(
          .invalidArgument,
          "The mask of the prompt has \(mask.width) x \(mask.height) pixels and the image \(width) x \(height); scale it."
        )
      }
      return mask
    case .logits(let map):
      var bitmap = [UInt8](repeating: 0, count: width * height)
      let columns = Self.range(map.region.x0, map.region.x1, size: width)
      for y in Self.range(map.region.y0, map.region.y1, size: height) {
        for x in columns where map.logit(x: Double(x) + 0.5, y: Double(y) + 0.5) ?? -1 > 0 {
          bitmap[y * width + x] = 1
        }
      }
      return try Mask(width: width, height: height, bitmap: bitmap)
    }
  }

  /// The pixels between two edges.
  private static func range(_ start: Double, _ end: Double, size: Int) -> Range<Int> {
    let first = Int(min(max(start, 0), Double(size)))
    return first..<max(first, Int(min(max(end.rounded(.up), 0), Double(size))))
  }

  /// Refuses what is no mask of an image of this size.
  func validate(width: Int, height: Int) throws(ModelError) {
    switch self {
    case .mask: _ = try mask(width: width, height: height)
    case .logits(let map):
      let region = map.region
      guard
        [region.x0, region.y0, region.x1, region.y1].allSatisfy(\.isFinite), region.x0 < region.x1,
        region.y0 < region.y1, map.values.allSatisfy(\.isFinite)
      else {
        throw ModelError(
          .invalidArgument,
          "The logits of the prompt's mask, or the edges of their region, are not finite numbers in order; give those of "
            + "an answer.")
      }
    }
  }

  /// Whether anything lies inside, whatever the size of the image.
  var isEmpty: Bool {
    switch self {
    case .mask(let mask): mask.isEmpty
    case .logits(let map): !map.values.contains { $0 > 0 }
    }
  }
}

extension LogitMap {
  /// The logit at a position of the image by pixel edges, between the cells bilinear, at the margin that of the nearest
  /// cell; `nil` outside of the region.
  func logit(x: Double, y: Double) -> Float? {
    guard x >= region.x0, x <= region.x1, y >= region.y0, y <= region.y1 else { return nil }
    let column = min(max((x - region.x0) / region.width * Double(width) - 0.5, 0), Double(width - 1))
    let row = min(max((y - region.y0) / region.height * Double(height) - 0.5, 0), Double(height - 1))
    let (left, top) = (Int(column), Int(row))
    let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
    let (across, down) = (Float(column - Double(left)), Float(row - Double(top)))
    let above = values[top * width + left] * (1 - across) + values[top * width + right] * across
    let below = values[bottom * width + left] * (1 - across) + values[bottom * width + right] * across
    return above * (1 - down) + below * down
  }
}
