import SemanticSAMCore
import Testing

struct MaskTests {
  @Test func areasBoxesAndBitmapsEqualThoseOfCOCO() throws {
    for code in try COCOCodes.load().masks {
      let mask = Mask(try RunLengths(height: code.size[0], width: code.size[1], compressed: code.counts))
      #expect(mask.area == code.area)
      let box = mask.box
      #expect([box.x0, box.y0, box.width, box.height] == code.bbox)
      #expect(try Mask(width: mask.width, height: mask.height, bitmap: mask.bitmap) == mask)
    }
  }

  @Test func unionsAndOverlapsEqualThoseOfCOCO() throws {
    for group in try COCOCodes.load().iouGroups ?? [] {
      func masks(_ codes: [String]) throws -> [Mask] {
        try codes.map { Mask(try RunLengths(height: group.size[0], width: group.size[1], compressed: $0)) }
      }
      let truth = try masks(group.truth)
      let detections = try masks(group.detections)
      for (d, detection) in detections.enumerated() {
        for (g, target) in truth.enumerated() {
          let overlap =
            group.iscrowd[g] == 0
            ? try detection.iou(target)
            : detection.isEmpty ? 0 : Double(try detection.intersectionArea(target)) / Double(detection.area)
          #expect(abs(overlap - group.iou[d][g]) <= 1e-9)
        }
      }
      let union = try truth.dropFirst().reduce(truth[0]) { try $0.union($1) }
      #expect(union.runLengths.compressed == group.unionCounts)
      #expect(try truth[0].intersection(detections[0]).runLengths.compressed == group.intersectionCounts)
    }
  }

  @Test func setsOfPixelsFollowTheirBitmaps() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2_000 {
      let first = Bitmap.random(using: &generator)
      let second = Bitmap.random(width: first.width, height: first.height, using: &generator)
      let (a, b) = (try first.mask(), try second.mask())
      func expected(_ rule: (Bool, Bool) -> Bool) throws -> Mask {
        let pixels = zip(first.pixels, second.pixels).map { rule($0 != 0, $1 != 0) ? UInt8(1) : 0 }
        return try Mask(width: first.width, height: first.height, bitmap: pixels)
      }
      let (union, common) = (try expected { $0 || $1 }, try expected { $0 && $1 })
      #expect(try a.union(b) == union)
      #expect(try a.intersection(b) == common)
      #expect(try a.subtracting(b) == expected { $0 && !$1 })
      #expect(try a.intersectionArea(b) == common.area)
      #expect(try a.iou(b) == (union.isEmpty ? 0 : Double(common.area) / Double(union.area)))
      #expect(a.area == first.pixels.reduce(0) { $0 + Int($1) })
      #expect(a.bitmap == first.pixels)
    }
  }

  @Test func boxesAndPixelsFollowTheBitmap() throws {
    for width in 1...3 {
      for height in 1...3 {
        for bitmap in Bitmap.all(width: width, height: height) {
          let mask = try bitmap.mask()
          var (left, top, right, bottom) = (width, height, 0, 0)
          for y in 0..<height {
            for x in 0..<width {
              let isSet = bitmap.pixels[y * width + x] == 1
              #expect(mask.contains(x: x, y: y) == isSet)
              if isSet {
                (left, top, right, bottom) = (min(left, x), min(top, y), max(right, x + 1), max(bottom, y + 1))
              }
            }
          }
          let tight = Box(x0: Double(left), y0: Double(top), x1: Double(right), y1: Double(bottom))
          #expect(mask.box == (mask.isEmpty ? Box(x0: 0, y0: 0, x1: 0, y1: 0) : tight))
          #expect(!mask.contains(x: -1, y: 0) && !mask.contains(x: 0, y: -1))
          #expect(!mask.contains(x: width, y: 0) && !mask.contains(x: 0, y: height))
        }
      }
    }
  }

  @Test func anyValueButZeroIsInside() throws {
    let mask = try Mask(width: 2, height: 2, bitmap: [255, 0, 7, 0])
    #expect(mask.bitmap == [1, 0, 1, 0])
    #expect(mask.runLengths.counts == [0, 2, 2])
  }

  @Test func masksWithMoreRunsThanUsualAreWhole() throws {
    // A checkerboard, the densest code there is.
    let pixels: [UInt8] = (0..<(64 * 65)).map { ($0 % 64 + $0 / 64).isMultiple(of: 2) ? 0 : 1 }
    let mask = try Mask(width: 64, height: 65, bitmap: pixels)
    #expect(mask.area == 64 * 65 / 2)
    #expect(mask.bitmap == pixels)
  }

  @Test func sizesAreChecked() throws {
    #expect(throws: ModelError.self) { try Mask(width: 2, height: 2, bitmap: [1, 1, 1]) }
    #expect(throws: ModelError.self) { try Mask(width: 0, height: 0, bitmap: []) }
    #expect(throws: ModelError.self) { try Mask(width: Int.max, height: Int.max, bitmap: [1]) }
    let (wide, high) = (
      try Mask(width: 3, height: 1, bitmap: [1, 1, 0]), try Mask(width: 1, height: 3, bitmap: [1, 1, 0])
    )
    #expect(throws: ModelError.self) { try wide.union(high) }
    #expect(throws: ModelError.self) { try wide.iou(high) }
  }
}
