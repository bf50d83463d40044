import SemanticSAMCore
import Testing

/// Each against its definition on bitmaps, over random masks and sizes.
struct MaskGeometryTests {
  private static let caseCount = 10_000

  private static func bitmap(
    _ mask: Bitmap, width: Int, height: Int, _ source: (_ x: Int, _ y: Int) -> (x: Int, y: Int)
  ) throws -> Mask {
    var pixels = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        let place = source(x, y)
        guard (0..<mask.width).contains(place.x), (0..<mask.height).contains(place.y) else { continue }
        pixels[y * width + x] = mask.pixels[place.y * mask.width + place.x]
      }
    }
    return try Mask(width: width, height: height, bitmap: pixels)
  }

  @Test func flipMirrorsPixelsAndBoxes() throws {
    var generator = SeededGenerator(seed: 71)
    for _ in 0..<Self.caseCount {
      let original = Bitmap.random(using: &generator)
      let mask = try original.mask()
      let flipped = mask.flippedHorizontally()
      #expect(
        try flipped
          == Self.bitmap(original, width: mask.width, height: mask.height) { (original.width - 1 - $0, $1) })
      #expect(flipped.flippedHorizontally() == mask)
      guard !mask.isEmpty else { continue }
      let width = Double(mask.width)
      #expect(
        flipped.box == Box(x0: width - mask.box.x1, y0: mask.box.y0, x1: width - mask.box.x0, y1: mask.box.y1))
    }
  }

  @Test func cropsTakeWhatLiesInTheirRectangle() throws {
    var generator = SeededGenerator(seed: 72)
    for _ in 0..<Self.caseCount {
      let original = Bitmap.random(using: &generator)
      let mask = try original.mask()
      let (x, y) = (Int.random(in: -8...28, using: &generator), Int.random(in: -8...28, using: &generator))
      let (width, height) = (Int.random(in: 1...32, using: &generator), Int.random(in: 1...32, using: &generator))
      let cropped = try mask.cropped(x: x, y: y, width: width, height: height)
      #expect(try cropped == Self.bitmap(original, width: width, height: height) { ($0 + x, $1 + y) })
      // Cropping and mirroring commute, with the corner mirrored.
      let mirrored = try mask.flippedHorizontally().cropped(
        x: mask.width - x - width, y: y, width: width, height: height)
      #expect(mirrored == cropped.flippedHorizontally())
    }
  }

  @Test func resizingTakesWhatLiesAtTheCentres() throws {
    var generator = SeededGenerator(seed: 73)
    for _ in 0..<Self.caseCount {
      let original = Bitmap.random(using: &generator)
      let mask = try original.mask()
      let (width, height) = (Int.random(in: 1...60, using: &generator), Int.random(in: 1...60, using: &generator))
      let resized = try mask.resized(width: width, height: height)
      func source(_ place: Int, _ size: Int, _ newSize: Int) -> Int {
        Int(((Double(place) + 0.5) * Double(size) / Double(newSize) + 1e-9).rounded(.down))
      }
      #expect(
        try resized
          == Self.bitmap(original, width: width, height: height) {
            (source($0, original.width, width), source($1, original.height, height))
          })
      guard !resized.isEmpty else { continue }
      // Edges move with the scale, to the nearest pixel; only shrinking can lose rows and columns at a mask's edge. In
      // whole numbers, because halves occur: |new - old * newSize / size| <= 1/2.
      let (box, moved) = (resized.box, mask.box)
      func twiceTheDifference(_ new: Double, _ old: Double, _ size: Int, _ newSize: Int) -> Int {
        2 * Int(new) * size - 2 * Int(old) * newSize
      }
      for (lower, upper, size, newSize) in [
        ((box.x0, moved.x0), (box.x1, moved.x1), mask.width, width),
        ((box.y0, moved.y0), (box.y1, moved.y1), mask.height, height),
      ] {
        let first = twiceTheDifference(lower.0, lower.1, size, newSize)
        let last = twiceTheDifference(upper.0, upper.1, size, newSize)
        #expect(first >= -size && last <= size)
        if width >= mask.width && height >= mask.height { #expect(first <= size && last >= -size) }
      }
    }
  }

  @Test func badSizesAreErrors() throws {
    let mask = try Mask(width: 2, height: 2, bitmap: [1, 0, 0, 1])
    #expect(throws: ModelError.self) { try mask.resized(width: 0, height: 3) }
    #expect(throws: ModelError.self) { try mask.resized(width: 1 << 40, height: 1 << 40) }
    #expect(throws: ModelError.self) { try mask.cropped(x: 0, y: 0, width: 3, height: -1) }
    #expect(throws: ModelError.self) { try mask.cropped(x: .min, y: .max, width: 3, height: 1) }
    #expect(try mask.cropped(x: 4_000_000_000, y: 0, width: 3, height: 1).isEmpty)
  }
}
