import Testing

@testable import SemanticSAMCore

struct SizeRuleTests {
  private func rule(longEdge: Int?, shortEdge: Int? = nil, limit: Int? = nil) throws -> SizeRule {
    var image = try TestModels.configuration().image
    image.longEdge = longEdge
    image.shortEdge = shortEdge
    return try SizeRule(image, longEdgeLimit: limit)
  }

  /// Width, height, and what they become; the short edge is Int(384 * short / long), at least 1.
  @Test(arguments: [
    (384, 288, 384, 288), (640, 480, 384, 288), (480, 640, 288, 384), (451, 300, 384, 255), (300, 451, 255, 384),
    (1, 1, 384, 384), (1, 2, 192, 384), (100, 100, 384, 384), (385, 384, 384, 383), (384, 385, 383, 384),
    (60000, 1, 384, 1), (1, 60000, 1, 384), (60000, 156, 384, 1), (60000, 313, 384, 2), (10_000, 10_000, 384, 384),
    (768, 511, 384, 255),
  ])
  func theLongEdgeBecomes384(width: Int, height: Int, newWidth: Int, newHeight: Int) throws {
    let size = try rule(longEdge: 384).size(width: width, height: height)
    #expect(size == (newWidth, newHeight))
  }

  @Test func theShortEdgeRule() throws {
    let rule = try rule(longEdge: nil, shortEdge: 640)
    #expect(rule.size(width: 1280, height: 640) == (1280, 640))
    #expect(rule.size(width: 451, height: 300) == (962, 640))
    #expect(rule.size(width: 300, height: 451) == (640, 962))
    #expect(rule.size(width: 1, height: 1) == (640, 640))
  }

  @Test func aLimitCapsTheLongEdgeOnly() throws {
    #expect(try rule(longEdge: 384, limit: 384).size(width: 640, height: 480) == (384, 288))
    #expect(try rule(longEdge: 384, limit: 4000).size(width: 640, height: 480) == (384, 288))
    #expect(try rule(longEdge: 384, limit: 200).size(width: 640, height: 480) == (200, 150))
    #expect(try rule(longEdge: 384, limit: 32).size(width: 1, height: 60000) == (1, 32))
    #expect(try rule(longEdge: nil, shortEdge: 640, limit: 1333).size(width: 60000, height: 1) == (1333, 1))
    for limit in [31, 0, -1, Int.min] {
      expectRefusal(.invalidArgument, containing: "\(limit) pixels") { try rule(longEdge: 384, limit: limit) }
    }
  }

  @Test func longThinPicturesAreRefusedWhereTheRuleMakesThemHuge() throws {
    let shortEdge = try rule(longEdge: nil, shortEdge: 640)
    #expect(try shortEdge.affordableSize(width: 6400, height: 640) == (6400, 640))
    #expect(throws: ModelError.self) { try shortEdge.affordableSize(width: 10_000, height: 10) }
    let limited = try rule(longEdge: nil, shortEdge: 640, limit: 1333)
    #expect(try limited.affordableSize(width: 10_000, height: 10) == (1333, 1))
  }

  @Test func paddingReachesTheNextMultiple() {
    let size = InputSize(width: 384, height: 255, divisibility: 32)
    #expect(size.paddedWidth == 384 && size.paddedHeight == 256)
    #expect(InputSize(width: 1, height: 33, divisibility: 32).paddedWidth == 32)
    #expect(InputSize(width: 1, height: 33, divisibility: 32).paddedHeight == 64)
  }

  /// Pictures of a pixel and of extreme shapes are answered at their size.
  @Test(arguments: [(1, 1), (2, 1), (1, 3), (60000, 1), (1, 60000), (5000, 3)])
  func extremePicturesAreAnswered(width: Int, height: Int) throws {
    let image = try Image(
      width: width, height: height, pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * 7) })
    let model = try TestModels.model()
    let prompt = Prompt.points(
      [Point(x: 0, y: 0)], negative: [Point(x: Double(width - 1), y: Double(height - 1))])
    for prompt in [.point(0, 0), .box(Box(x0: 0, y0: 0, x1: Double(width), y1: Double(height))), prompt] {
      let segmentation = try model.segment(image: image, prompt: prompt)
      #expect(segmentation.imageWidth == width && segmentation.imageHeight == height)
      #expect(segmentation.allSatisfy { $0.mask.width == width && $0.mask.height == height })
    }
  }
}
