import SemanticSAMCore
import Testing

struct PolygonTests {
  @Test func outlinesOfEverySmallMaskGiveItBack() throws {
    for (width, height) in [(1, 1), (2, 1), (1, 3), (2, 2), (3, 2), (3, 3), (3, 4), (4, 3)] {
      for bitmap in Bitmap.all(width: width, height: height) { try check(bitmap) }
    }
  }

  @Test func outlinesOfRandomMasksGiveThemBack() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2_500 { try check(Bitmap.random(using: &generator)) }
  }

  @Test func aRingHasAnOutlineAndAHole() throws {
    let ring = try Mask(width: 5, height: 4, bitmap: [0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    #expect(
      ring.polygons == [
        Polygon(vertices: [1, 0, 4, 0, 4, 3, 1, 3], isHole: false),
        Polygon(vertices: [2, 2, 3, 2, 3, 1, 2, 1], isHole: true),
      ])
  }

  @Test func pixelsThatMeetAtACornerAreOutlinedApart() throws {
    let diagonal = try Mask(width: 2, height: 2, bitmap: [1, 0, 0, 1])
    #expect(
      diagonal.polygons == [
        Polygon(vertices: [0, 0, 1, 0, 1, 1, 0, 1], isHole: false),
        Polygon(vertices: [1, 1, 2, 1, 2, 2, 1, 2], isHole: false),
      ])
  }

  @Test func emptyAndFullMasks() throws {
    #expect(try Mask(width: 3, height: 2, bitmap: [UInt8](repeating: 0, count: 6)).polygons.isEmpty)
    #expect(
      try Mask(width: 3, height: 2, bitmap: [UInt8](repeating: 1, count: 6)).polygons == [
        Polygon(vertices: [0, 0, 3, 0, 3, 2, 0, 2], isHole: false)
      ])
  }

  /// Holds the outlines of a bitmap against what they must be.
  private func check(_ bitmap: Bitmap) throws {
    let polygons = try bitmap.mask().polygons
    #expect(evenOddFill(polygons, width: bitmap.width, height: bitmap.height) == bitmap.pixels)
    #expect(polygons.count { !$0.isHole } == regionCount(bitmap))
    var area = 0.0
    for polygon in polygons {
      let signedArea = signedArea(polygon)
      #expect(polygon.isHole == (signedArea < 0))
      area += signedArea
      #expect(polygon.vertices.count >= 8)
      #expect(hasOnlyCorners(polygon))
    }
    #expect(area == Double(bitmap.pixels.reduce(0) { $0 + Int($1) }))
  }

  /// Fills by the even-odd rule: a pixel is inside when a ray from its centre to the left crosses an odd number of edges.
  private func evenOddFill(_ polygons: [Polygon], width: Int, height: Int) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: width * height)
    for polygon in polygons {
      forEachEdge(of: polygon) { x0, y0, x1, y1 in
        guard y0 != y1 else { return }
        for y in 0..<height {
          let centre = Double(y) + 0.5
          guard min(y0, y1) < centre, centre < max(y0, y1) else { continue }
          let crossing = x0 + (centre - y0) / (y1 - y0) * (x1 - x0)
          for x in 0..<width where crossing < Double(x) + 0.5 { pixels[y * width + x] ^= 1 }
        }
      }
    }
    return pixels
  }

  /// Positive when clockwise, y pointing down.
  private func signedArea(_ polygon: Polygon) -> Double {
    var doubled = 0.0
    forEachEdge(of: polygon) { x0, y0, x1, y1 in doubled += x0 * y1 - x1 * y0 }
    return doubled / 2
  }

  /// Whether each edge runs along the pixels and turns from the one before.
  private func hasOnlyCorners(_ polygon: Polygon) -> Bool {
    var isHorizontal: [Bool] = []
    var isStraight = true
    forEachEdge(of: polygon) { x0, y0, x1, y1 in
      isHorizontal.append(y0 == y1)
      isStraight = isStraight && (x0 == x1) != (y0 == y1)
    }
    return isStraight
      && isHorizontal.indices.allSatisfy { isHorizontal[$0] != isHorizontal[($0 + 1) % isHorizontal.count] }
  }

  private func forEachEdge(
    of polygon: Polygon, _ body: (_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) -> Void
  ) {
    let vertices = polygon.vertices
    for index in stride(from: 0, to: vertices.count, by: 2) {
      let next = (index + 2) % vertices.count
      body(vertices[index], vertices[index + 1], vertices[next], vertices[next + 1])
    }
  }

  /// The number of 4-connected regions, by flooding.
  private func regionCount(_ bitmap: Bitmap) -> Int {
    var rest = bitmap.pixels
    var count = 0
    for start in rest.indices where rest[start] == 1 {
      count += 1
      rest[start] = 0
      var border = [start]
      while let place = border.popLast() {
        let (y, x) = place.quotientAndRemainder(dividingBy: bitmap.width)
        var neighbours: [Int] = []
        if x > 0 { neighbours.append(place - 1) }
        if x + 1 < bitmap.width { neighbours.append(place + 1) }
        if y > 0 { neighbours.append(place - bitmap.width) }
        if y + 1 < bitmap.height { neighbours.append(place + bitmap.width) }
        for neighbour in neighbours where rest[neighbour] == 1 {
          rest[neighbour] = 0
          border.append(neighbour)
        }
      }
    }
    return count
  }
}
