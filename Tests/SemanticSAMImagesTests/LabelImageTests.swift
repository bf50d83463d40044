import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct LabelImageTests {
  @Test func greyIsNotScaled() throws {
    let png = try PNG.encode(pixels: [0, 1, 2, 150, 254, 255], width: 3, height: 2, format: .gray)
    #expect(try LabelImage(decoding: png).values == [0, 1, 2, 150, 254, 255])
  }

  @Test func threeBytesAreOneNumber() throws {
    let png = try PNG.encode(pixels: [1, 2, 3, 0, 0, 255], width: 2, height: 1, format: .rgb)
    #expect(try LabelImage(decoding: png).values == [0x030201, 0xFF0000])
  }

  @Test func alphaIsDropped() throws {
    let png = try PNG.encode(pixels: [1, 2, 3, 0, 4, 5, 6, 9], width: 2, height: 1, format: .rgba)
    #expect(try LabelImage(decoding: png).values == [0x030201, 0x060504])
  }

  @Test func otherFormatsAreRefused() throws {
    let error = try failure { try LabelImage(decoding: [0xFF, 0xD8, 0xFF, 0xE0]) }
    #expect(error.code == .malformedFile && error.message.contains("PNG"))
  }

  @Test func sizesOfHeaders() throws {
    for name in Fixture.names {
      let size = try ImageSize(contentsOf: Fixture.path(name))
      let image = try Image(contentsOf: Fixture.path(name))
      #expect(size.width == image.width && size.height == image.height, "\(name)")
    }
  }
}
