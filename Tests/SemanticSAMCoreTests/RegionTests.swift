import SemanticSAMCore
import Testing

struct RegionTests {
  @Test(arguments: Connectivity.allCases)
  func regionsAreThoseThatFloodingFinds(connectivity: Connectivity) throws {
    var generator = SeededGenerator(seed: 31)
    for _ in 0..<2_500 {
      let bitmap = Bitmap.random(using: &generator)
      let regions = try bitmap.mask().connectedRegions(connectivity)
      #expect(regions == (try bitmap.flooded(connectivity).map { try $0.mask() }))
    }
    for bitmap in Bitmap.all(width: 3, height: 4) {
      let regions = try bitmap.mask().connectedRegions(connectivity)
      #expect(regions == (try bitmap.flooded(connectivity).map { try $0.mask() }))
    }
  }

  @Test func theInverseIsEverythingElse() throws {
    var generator = SeededGenerator(seed: 32)
    for _ in 0..<500 {
      let bitmap = Bitmap.random(using: &generator)
      let inverse = try bitmap.mask().inverted
      #expect(inverse.bitmap == bitmap.pixels.map { 1 - $0 })
      #expect(inverse.inverted == (try bitmap.mask()))
    }
  }

  /// The rule of the reference, on flooded regions.
  @Test func smallRegionsAreRemovedAsTheReferenceDoes() throws {
    var generator = SeededGenerator(seed: 33)
    for _ in 0..<2_500 {
      let bitmap = Bitmap.random(using: &generator)
      let area = Int.random(in: 0...20, using: &generator)
      let mask = try bitmap.mask()

      var filled = bitmap.pixels
      let outside = Bitmap(width: bitmap.width, height: bitmap.height, pixels: filled.map { 1 - $0 })
      for region in outside.flooded(.eight) where region.area < area {
        for index in filled.indices where region.pixels[index] == 1 { filled[index] = 1 }
      }
      #expect(mask.removingHoles(smallerThan: area).bitmap == filled)

      let islands = bitmap.flooded(.eight)
      var kept = islands.filter { $0.area >= area }
      if kept.isEmpty, let largest = islands.map(\.area).max() {
        kept = Array(islands.filter { $0.area == largest }.prefix(1))
      }
      let pixels = filled.indices.map { index in kept.contains { $0.pixels[index] == 1 } ? UInt8(1) : 0 }
      #expect(mask.removingIslands(smallerThan: area).bitmap == pixels)
    }
  }

  @Test func manyMasksAtOnce() throws {
    var generator = SeededGenerator(seed: 34)
    for _ in 0..<1_000 {
      let first = Bitmap.random(using: &generator)
      let (width, height) = (first.width, first.height)
      let bitmaps =
        [first]
        + (0..<Int.random(in: 0...4, using: &generator)).map { _ in
          Bitmap.random(width: width, height: height, using: &generator)
        }
      let masks = try bitmaps.map { try $0.mask() }
      let sums = first.pixels.indices.map { index in bitmaps.reduce(0) { $0 + Int($1.pixels[index]) } }
      let union = try Mask.union(of: masks, width: width, height: height)
      #expect(union.bitmap == sums.map { $0 > 0 ? 1 : 0 })
      #expect(union == (try Mask(width: width, height: height, bitmap: union.bitmap)))
      let common = try Mask.intersection(of: masks, width: width, height: height)
      #expect(common.bitmap == sums.map { $0 == masks.count ? 1 : 0 })
      #expect(common == (try Mask(width: width, height: height, bitmap: common.bitmap)))
    }
    #expect(try Mask.union(of: [], width: 3, height: 2).isEmpty)
    #expect(try Mask.intersection(of: [], width: 3, height: 2).area == 6)
    let mask = try Bitmap(width: 1, height: 2, pixels: [1, 0]).mask()
    #expect(throws: ModelError.self) { try Mask.union(of: [mask], width: 2, height: 1) }
  }

  @Test func overlapsOfManyEqualThoseOfCOCO() throws {
    for group in try COCOCodes.load().iouGroups ?? [] {
      let (height, width) = (group.size[0], group.size[1])
      func masks(_ codes: [String]) throws -> [Mask] {
        try codes.map { Mask(try RunLengths(height: height, width: width, compressed: $0)) }
      }
      func boxes(_ list: [[Double]]) -> [Box] {
        list.map { Box(x0: $0[0], y0: $0[1], x1: $0[0] + $0[2], y1: $0[1] + $0[3]) }
      }
      let isCrowd = group.iscrowd.map { $0 == 1 }
      let (detections, truth) = (try masks(group.detections), try masks(group.truth))
      let overlaps = try Mask.iou(detections: detections, truth: truth, isCrowd: isCrowd)
      let boxOverlaps = try Box.iou(
        detections: boxes(group.boxDetections), truth: boxes(group.boxTruth), isCrowd: isCrowd)
      for d in detections.indices {
        for g in truth.indices {
          #expect(abs(overlaps[d][g] - group.iou[d][g]) <= 1e-9)
          #expect(abs(boxOverlaps[d][g] - group.boxIou[d][g]) <= 1e-9)
        }
      }
      let union = try Mask.union(of: truth, width: width, height: height)
      #expect(union.runLengths.compressed == group.unionCounts)
      let common = try Mask.intersection(of: [truth[0], detections[0]], width: width, height: height)
      #expect(common.runLengths.compressed == group.intersectionCounts)
      #expect(throws: ModelError.self) { try Mask.iou(detections: detections, truth: truth, isCrowd: []) }
    }
  }

  @Test func crowdsCountTheDetectionAlone() throws {
    let small = try Bitmap(width: 4, height: 1, pixels: [1, 1, 0, 0]).mask()
    let large = try Bitmap(width: 4, height: 1, pixels: [0, 1, 1, 1]).mask()
    let none = try Bitmap(width: 4, height: 1, pixels: [0, 0, 0, 0]).mask()
    #expect(
      try Mask.iou(detections: [small, none], truth: [large, large, none], isCrowd: [false, true, true])
        == [[0.25, 0.5, 0], [0, 0, 0]])
    let box = Box(x0: 0, y0: 0, x1: 2, y1: 1)
    let other = Box(x0: 1, y0: 0, x1: 4, y1: 1)
    #expect(try Box.iou(detections: [box], truth: [other, other], isCrowd: [false, true]) == [[0.25, 0.5]])
  }
}

extension Bitmap {
  var area: Int { pixels.reduce(0) { $0 + Int($1) } }

  /// Its connected regions by flooding, in the order of their first pixels.
  func flooded(_ connectivity: Connectivity) -> [Bitmap] {
    var rest = pixels
    var regions: [Bitmap] = []
    for start in rest.indices where rest[start] == 1 {
      var region = Bitmap(width: width, height: height, pixels: [UInt8](repeating: 0, count: pixels.count))
      var border = [start]
      rest[start] = 0
      while let place = border.popLast() {
        region.pixels[place] = 1
        let (y, x) = place.quotientAndRemainder(dividingBy: width)
        for row in max(y - 1, 0)...min(y + 1, height - 1) {
          for column in max(x - 1, 0)...min(x + 1, width - 1)
          where rest[row * width + column] == 1 && (connectivity == .eight || row == y || column == x) {
            rest[row * width + column] = 0
            border.append(row * width + column)
          }
        }
      }
      regions.append(region)
    }
    return regions
  }
}
