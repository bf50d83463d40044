import Foundation
import SemanticSAMCore
import Testing

struct SegmentationTests {
  @Test func granularitiesRunFromTheWholeToTheSmallestPart() throws {
    #expect(Granularity.allCases.map(\.level) == [1, 2, 3, 4, 5, 6])
    #expect(Granularity.allCases.first == .whole && Granularity.allCases.last == .smallestPart)
    #expect(Granularity.whole < .smallestPart)
    #expect(try Granularity(level: 3).description == "level 3")
    for level in [0, 7, 9, -1, Int.max] {
      #expect(throws: ModelError.self) { try Granularity(level: level) }
    }
  }

  @Test func granularitiesAreCodedAsTheirLevel() throws {
    let data = try JSONEncoder().encode(Granularity.allCases)
    #expect(String(decoding: data, as: UTF8.self) == "[1,2,3,4,5,6]")
    #expect(try JSONDecoder().decode([Granularity].self, from: data) == Granularity.allCases)
    #expect(throws: (any Error).self) { try JSONDecoder().decode([Granularity].self, from: Data("[7]".utf8)) }
  }

  @Test func candidatesKeepTheirOrderAndAreFoundByLevel() throws {
    let mask = try Mask(width: 3, height: 2, bitmap: [0, 1, 0, 0, 1, 0])
    let candidates = try [2, 1, 2].enumerated().map { rank, level in
      Candidate(mask: mask, granularity: try Granularity(level: level), predictedIoU: 0.9 - Float(rank) / 10)
    }
    let segmentation = Segmentation(imageWidth: 3, imageHeight: 2, candidates: candidates)
    #expect(segmentation.count == 3)
    #expect(segmentation.best?.predictedIoU == 0.9)
    #expect(segmentation[try Granularity(level: 2)]?.predictedIoU == 0.9)
    #expect(segmentation[.whole]?.granularity == .whole)
    #expect(segmentation[.smallestPart] == nil)
    #expect(segmentation[2].area == 2)
    #expect(segmentation[0].box == Box(x0: 1, y0: 0, x1: 2, y1: 2))
    #expect(Segmentation(imageWidth: 3, imageHeight: 2, candidates: []).best == nil)
  }

  @Test func logitMapsCheckTheirSize() throws {
    let region = Box(x0: -1, y0: 0, x1: 5, y1: 4)
    #expect(try LogitMap(width: 2, height: 1, values: [0, 1], region: region).values == [0, 1])
    #expect(throws: ModelError.self) { try LogitMap(width: 2, height: 2, values: [0, 1], region: region) }
    #expect(throws: ModelError.self) { try LogitMap(width: 0, height: 2, values: [], region: region) }
    #expect(throws: ModelError.self) { try LogitMap(width: Int.max, height: 2, values: [0], region: region) }
  }
}
