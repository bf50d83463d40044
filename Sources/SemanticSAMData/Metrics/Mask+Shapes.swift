import SemanticSAMCore

/// Masks of shapes, exact in integers.
extension Mask {
  /// The pixels (x, y) with (x - centre x)² + (y - centre y)² <= radius², cut at the image's edges.
  /// - Throws: `invalidArgument` where the size is not positive; `limitExceeded` above `UInt32.max` pixels.
  init(discAtX centreX: Int, y centreY: Int, radius: Int, width: Int, height: Int) throws(ModelError) {
    try self.init(width: width, height: height) { x in
      let rest = radius * radius - (x - centreX) * (x - centreX)
      guard rest >= 0 else { return 0..<0 }
      let reach = Self.root(rest)
      return centreY - reach..<centreY + reach + 1
    }
  }

  /// The pixels whose centres lie in or on the ellipse inscribed in a box with whole edges, cut at the image's edges.
  /// - Throws: as ``init(discAtX:y:radius:width:height:)``.
  init(ellipseIn box: Box, width: Int, height: Int) throws(ModelError) {
    let limit = Double(1 << 30)
    guard box.width > 0, box.height > 0, [box.x0, box.y0, box.x1, box.y1].allSatisfy({ abs($0) < limit }) else {
      try self.init(width: width, height: height) { _ in 0..<0 }
      return
    }
    let (left, top, right, bottom) = (Int(box.x0), Int(box.y0), Int(box.x1), Int(box.y1))
    let (boxWidth, boxHeight) = (right - left, bottom - top)
    try self.init(width: width, height: height) { x in
      // In half pixels from the centre: dx² boxHeight² + dy² boxWidth² <= boxWidth² boxHeight².
      let dx = 2 * x + 1 - left - right
      let rest = boxWidth * boxWidth - dx * dx
      guard rest >= 0 else { return 0..<0 }
      let reach = Self.root(Int(Double(boxHeight) * Double(boxHeight) * Double(rest) / Double(boxWidth * boxWidth)))
      // Of dy = 2 y + 1 - top - bottom those within reach, which has to be tested at its end for its rounding.
      func isInside(_ dy: Int) -> Bool {
        (dy * dy).multipliedFullWidth(by: boxWidth * boxWidth)
          <= (boxHeight * boxHeight).multipliedFullWidth(by: rest)
      }
      var dy = reach + 2
      while dy >= 0, !isInside(dy) || !(dy + top + bottom - 1).isMultiple(of: 2) { dy -= 1 }
      guard dy >= 0 else { return 0..<0 }
      return (top + bottom - dy - 1) / 2..<(top + bottom + dy - 1) / 2 + 1
    }
  }

  /// A mask that has one run of rows in each column.
  private init(width: Int, height: Int, rows: (_ column: Int) -> Range<Int>) throws(ModelError) {
    var counts: [UInt32] = []
    var place = 0
    if height > 0, width > 0, width <= Int(UInt32.max) / height {
      for x in 0..<width {
        let inside = rows(x).clamped(to: 0..<height)
        guard !inside.isEmpty else { continue }
        counts.append(UInt32(x * height + inside.lowerBound - place))
        counts.append(UInt32(inside.count))
        place = x * height + inside.upperBound
      }
      counts.append(UInt32(width * height - place))
    }
    self.init(try RunLengths(height: height, width: width, counts: counts))
  }

  /// The largest integer whose square is not above `value`.
  private static func root(_ value: Int) -> Int {
    var root = Int(Double(value).squareRoot())
    while root * root > value { root -= 1 }
    while (root + 1) * (root + 1) <= value { root += 1 }
    return root
  }
}
