import SemanticSAMCore
import Testing

@testable import SemanticSAMDrawing

struct NamedOverlayTests {
  private static func regions(_ count: Int, width: Int, height: Int) throws -> [NamedRegion] {
    try (0..<count).map { index in
      let bitmap = (0..<width * height).map { UInt8($0 % width * count / width == index ? 1 : 0) }
      return NamedRegion(
        mask: try Mask(width: width, height: height, bitmap: bitmap), name: "name \(index)", category: index,
        isThing: true, score: 0.5)
    }
  }

  private static func image(width: Int, height: Int) throws -> Image {
    try Image(width: width, height: height, pixels: [UInt8](repeating: 128, count: width * height * 3))
  }

  @Test func legendStandsBesideThePhotograph() throws {
    let image = try Self.image(width: 300, height: 200)
    let regions = try Self.regions(4, width: 300, height: 200)
    var overlay = NamedOverlay()
    let picture = try overlay.draw(image, regions: regions)
    #expect(picture.width > 340 && picture.height == 200)
    #expect(try overlay.draw(image, regions: regions) == picture)
    overlay.hasLegend = false
    #expect(try overlay.draw(image, regions: regions).width == 300)
    #expect(try NamedOverlay().draw(image, regions: []).width == 300)
  }

  @Test func everyNameHasAColourOfItsOwn() throws {
    let regions = try Self.regions(20, width: 200, height: 20)
    let entries = NamedOverlay.entries(of: regions + regions.prefix(3))
    #expect(entries.count == 20)
    #expect(Set(entries.map(\.color)).count == 20)
    #expect(entries.prefix(3).allSatisfy { $0.count == 2 })
  }

  @Test func masksOfAnotherSizeAreRefused() throws {
    let image = try Self.image(width: 30, height: 20)
    #expect(throws: ModelError.self) {
      try NamedOverlay().draw(image, regions: try Self.regions(2, width: 20, height: 20))
    }
  }

  /// A long list ends in a row that counts the rest.
  @Test func longListsFitTheirPicture() throws {
    let image = try Self.image(width: 240, height: 40)
    let picture = try NamedOverlay().draw(image, regions: try Self.regions(30, width: 240, height: 40))
    #expect(picture.height == 40 && picture.width > 240)
  }
}
