import SemanticSAMCore
import Testing

struct RasterisingTests {
  @Test func codesEqualThoseOfCOCO() throws {
    for code in try COCOCodes.load().masks {
      let (height, width) = (code.size[0], code.size[1])
      if let polygons = code.polygons {
        #expect(try Mask(polygons: polygons, width: width, height: height).runLengths.compressed == code.counts)
        for (polygon, counts) in zip(polygons, code.partCounts ?? []) {
          #expect(try Mask(polygons: [polygon], width: width, height: height).runLengths.compressed == counts)
        }
      }
      if let box = code.inputBox {
        let edges = Box(x0: box[0], y0: box[1], x1: box[0] + box[2], y1: box[1] + box[3])
        #expect(try Mask(box: edges, width: width, height: height).runLengths.compressed == code.counts)
      }
      if let runs = code.inputRuns {
        #expect(try RunLengths(height: height, width: width, counts: runs).compressed == code.counts)
      }
    }
  }

  /// Against the rule itself, step by step, on polygons of every size and place.
  @Test func edgesEqualThoseThatAreWalked() throws {
    var generator = SeededGenerator(seed: 21)
    for round in 0..<6_000 {
      let width = Int.random(in: 1...40, using: &generator)
      let height = Int.random(in: 1...40, using: &generator)
      let reach = [0.6, 2, 15, 1_000][round % 4]
      let isWhole = round % 3 == 0
      let vertices = (0..<2 * Int.random(in: 0...7, using: &generator)).map { index in
        let size = Double(index.isMultiple(of: 2) ? width : height)
        let value = Double.random(in: -reach * size...(1 + reach) * size, using: &generator)
        return isWhole ? value.rounded() : value
      }
      let walked = try WalkedPolygon.mask(vertices, width: width, height: height)
      #expect(
        try Mask(polygons: [vertices], width: width, height: height) == walked, "\(vertices) \(width) x \(height)")
    }
  }

  @Test func hugePolygonsCostNoMoreThanTheyShow() throws {
    let full = try Mask(polygons: [[-4e8, -4e8, 4e8, -4e8, 4e8, 4e8, -4e8, 4e8]], width: 640, height: 480)
    #expect(full.area == 640 * 480)
    let half = try Mask(polygons: [[-4e8, -4e8, 4e8, 4e8, -4e8, 4e8]], width: 500, height: 500)
    #expect(abs(half.area - 500 * 500 / 2) <= 500)
    // A star of 20,000 edges that all cross the picture.
    let star = (0..<20_000).flatMap { [$0.isMultiple(of: 2) ? -1e8 : 1e8, Double($0)] }
    _ = try Mask(polygons: [star], width: 2_000, height: 3)
  }

  @Test(arguments: [
    [Double.nan, 0, 5, 0, 5, 5], [0, Double.infinity, 5, 0, 5, 5], [0, 0, 5, 0, 5, -Double.infinity],
    [1e300, 0, 5, 0, 5, 5], [0, 0, 5, 0, 5, 4.1e8], [0, 0, 5, 0, 5],
  ])
  func hostilePolygonsAreRefused(vertices: [Double]) {
    #expect(throws: ModelError.self) { try Mask(polygons: [vertices], width: 10, height: 10) }
  }

  @Test func emptyPolygonsAndSizes() throws {
    #expect(try Mask(polygons: [], width: 3, height: 2).isEmpty)
    #expect(try Mask(polygons: [[], [1, 1], [0, 0, 3, 2]], width: 3, height: 2).isEmpty)
    #expect(throws: ModelError.self) { try Mask(polygons: [], width: 0, height: 2) }
    #expect(throws: ModelError.self) { try Mask(polygons: [[0, 0, 1, 0, 1, 1]], width: 1 << 40, height: 1 << 40) }
    let box = Box(x0: 0, y0: 0, x1: .nan, y1: 2)
    #expect(throws: ModelError.self) { try Mask(box: box, width: 3, height: 2) }
  }

  /// Mask to outlines to mask. Filled by the even-odd rule, the outlines give the mask within one pixel of its outline.
  @Test func outlinesGiveTheMaskBack() throws {
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<10_000 {
      let bitmap = Bitmap.random(using: &generator)
      var pixels = [UInt8](repeating: 0, count: bitmap.pixels.count)
      for polygon in try bitmap.mask().polygons {
        let mask = try Mask(polygons: [polygon.vertices], width: bitmap.width, height: bitmap.height)
        for (index, pixel) in mask.bitmap.enumerated() { pixels[index] ^= pixel }
      }
      for index in pixels.indices where pixels[index] != bitmap.pixels[index] {
        #expect(bitmap.isNearOutline(index))
      }
    }
  }

  /// Mask to runs, string and bitmap and back.
  @Test func codesGiveTheMaskBack() throws {
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<10_000 {
      let bitmap = Bitmap.random(using: &generator)
      let mask = try bitmap.mask()
      let (height, width) = (bitmap.height, bitmap.width)
      #expect(mask.bitmap == bitmap.pixels)
      let fromString = try RunLengths(height: height, width: width, compressed: mask.runLengths.compressed)
      #expect(Mask(fromString).bitmap == bitmap.pixels)
      #expect(Mask(try RunLengths(height: height, width: width, counts: mask.runLengths.counts)) == mask)
    }
  }
}

extension Bitmap {
  /// Whether a pixel of another value lies within one pixel.
  func isNearOutline(_ index: Int) -> Bool {
    let (y, x) = index.quotientAndRemainder(dividingBy: width)
    for row in max(y - 1, 0)...min(y + 1, height - 1) {
      for column in max(x - 1, 0)...min(x + 1, width - 1) where pixels[row * width + column] != pixels[index] {
        return true
      }
    }
    // The image's edge is an outline too.
    return pixels[index] == 1 && (x == 0 || y == 0 || x == width - 1 || y == height - 1)
  }
}

/// COCO's rasterisation as its rule is written: every edge walked in fifths of a pixel.
enum WalkedPolygon {
  private struct Corner {
    var x: Int
    var y: Int
  }

  static func mask(_ vertices: [Double], width: Int, height: Int) throws -> Mask {
    let fifths = vertices.map { Int(5 * $0 + 0.5) }
    let corners = stride(from: 0, to: fifths.count, by: 2).map { Corner(x: fifths[$0], y: fifths[$0 + 1]) }
    var points: [(u: Int, v: Int)] = []
    for (start, end) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
      let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
      guard dx > 0 || dy > 0 else { continue }
      let isFlat = dx >= dy
      let length = isFlat ? dx : dy
      let isFlipped = isFlat ? start.x > end.x : start.y > end.y
      let (first, last) = isFlipped ? (end, start) : (start, end)
      let rise = isFlat ? last.y - first.y : last.x - first.x
      let slope = Double(rise) / Double(length)
      let origin = Double(isFlat ? first.y : first.x)
      for step in 0...length {
        let t = isFlipped ? length - step : step
        let other = Int(origin + slope * Double(t) + 0.5)
        points.append(isFlat ? (first.x + t, other) : (other, first.y + t))
      }
    }
    var positions: [Int] = []
    for (before, here) in zip(points, points.dropFirst()) where here.u != before.u {
      let x = (Double(here.u < before.u ? here.u : here.u - 1) + 0.5) / 5 - 0.5
      guard x.rounded(.down) == x, x >= 0, x <= Double(width - 1) else { continue }
      let y = ((Double(min(here.v, before.v)) + 0.5) / 5 - 0.5)
      positions.append(Int(x) * height + Int(max(0, min(y, Double(height))).rounded(.up)))
    }
    positions.append(width * height)
    var runs: [UInt32] = []
    var place = 0
    for position in positions.sorted() {
      runs.append(UInt32(position - place))
      place = position
    }
    return Mask(try RunLengths(height: height, width: width, counts: runs))
  }
}
