extension Mask {
  /// The outlines of the mask, traced along the edges of its pixels.
  ///
  /// Regions are 4-connected: pixels that meet only at a corner are outlined apart. Each region gives one outer outline and
  /// one for each of its holes; filling all outlines by the even-odd rule gives the mask back. Vertices are the corners
  /// only, outlines come in the order of their first pixel, rows from the top. COCO's polygons know no holes: where they
  /// matter, write the run-length code.
  public var polygons: [Polygon] {
    guard !isEmpty else { return [] }
    var tracer = OutlineTracer(bitmap: bitmap, width: width, height: height)
    return tracer.trace()
  }
}

/// Follows the cracks between set and unset pixels with the set ones on the right hand.
private struct OutlineTracer {
  /// Bit of a set pixel.
  private static let inside: UInt8 = 1
  /// Bit of a set pixel below an unset one while no outline has passed between the two.
  private static let openTop: UInt8 = 2

  /// The bitmap inside a border of unset pixels, so that no step needs to ask for the edge of the image.
  private var cells: [UInt8]
  private let stride: Int
  private let rows: Int

  init(bitmap: [UInt8], width: Int, height: Int) {
    stride = width + 2
    rows = height + 2
    cells = [UInt8](unsafeUninitializedCapacity: stride * rows) { [stride, rows] cells, count in
      cells.initialize(repeating: 0)
      bitmap.withUnsafeBufferPointer { bitmap in
        for y in 0..<height {
          let target = (y + 1) * stride + 1
          let source = y * width
          for x in 0..<width {
            let pixel = bitmap[source + x]
            let above = cells[target - stride + x] & Self.inside
            cells[target + x] = pixel | (pixel & ~above) << 1
          }
        }
      }
      count = stride * rows
    }
  }

  mutating func trace() -> [Polygon] {
    var polygons: [Polygon] = []
    let (stride, rows) = (stride, rows)
    cells.withUnsafeMutableBufferPointer { cells in
      let raw = UnsafeRawBufferPointer(cells)
      let open = UInt64(Self.openTop) * 0x0101_0101_0101_0101
      var place = stride
      let end = stride * (rows - 1)
      while place < end {
        // Eight cells at once, while none of them begins an outline.
        if place + 8 <= end, raw.loadUnaligned(fromByteOffset: place, as: UInt64.self) & open == 0 {
          place += 8
          continue
        }
        if cells[place] & Self.openTop != 0 {
          polygons.append(Self.follow(from: place, in: cells, stride: stride))
        }
        place += 1
      }
    }
    return polygons
  }

  /// The outline that leaves the top left corner of the cell `start` to the right.
  ///
  /// The first crack of an outline in row order begins at a corner: had the outline come straight, the crack before would be
  /// the first.
  private static func follow(from start: Int, in cells: UnsafeMutableBufferPointer<UInt8>, stride: Int) -> Polygon {
    var vertices: [Double] = []
    // Twice the enclosed area, positive when clockwise.
    var doubledArea = 0
    var (lastX, lastY) = (0, 0)
    var corner = start
    var direction = Direction.right
    repeat {
      let (row, column) = corner.quotientAndRemainder(dividingBy: stride)
      let (x, y) = (column - 1, row - 1)
      doubledArea += lastX * y - x * lastY
      (lastX, lastY) = (x, y)
      vertices.append(Double(x))
      vertices.append(Double(y))
      let (step, right, left) = direction.offsets(stride: stride)
      while true {
        if direction == .right { cells[corner] &= ~openTop }
        corner += step
        if cells[corner + right] & inside == 0 {
          direction = direction.turnedRight
          break
        }
        if cells[corner + left] & inside != 0 {
          direction = direction.turnedLeft
          break
        }
      }
    } while corner != start || direction != .right
    doubledArea += lastX * Int(vertices[1]) - Int(vertices[0]) * lastY
    return Polygon(vertices: vertices, isHole: doubledArea < 0)
  }
}

/// Where an outline heads, y pointing down.
private enum Direction {
  case right, down, left, up

  var turnedRight: Direction {
    switch self {
    case .right: .down
    case .down: .left
    case .left: .up
    case .up: .right
    }
  }

  var turnedLeft: Direction {
    switch self {
    case .right: .up
    case .down: .right
    case .left: .down
    case .up: .left
    }
  }

  /// The way to the next corner, and from a corner to the two cells ahead of it. A corner has the number of the cell to its
  /// lower right.
  func offsets(stride: Int) -> (step: Int, aheadRight: Int, aheadLeft: Int) {
    switch self {
    case .right: (1, 0, -stride)
    case .down: (stride, -1, 0)
    case .left: (-1, -stride - 1, -1)
    case .up: (-stride, -stride, -stride - 1)
    }
  }
}
