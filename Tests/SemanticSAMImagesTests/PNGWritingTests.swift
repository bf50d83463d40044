import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct PNGWritingTests {
  @Test(arguments: [(1, 1), (37, 29), (1, 500), (500, 1)])
  func picturesSurviveTheRoundTrip(width: Int, height: Int) throws {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let image = try Image(width: width, height: height, pixels: pixels)
    #expect(try Image(decoding: image.encodePNG()) == image)
    let folder = try TemporaryFolder()
    try image.writePNG(to: folder.path + "/out.png")
    #expect(try Image(contentsOf: folder.path + "/out.png") == image)
    #expect(try folder.contents == ["out.png"])
  }

  @Test func masksAreGray() throws {
    let mask: [UInt8] = [0, 255, 128, 7, 0, 255]
    let file = try PNG.encode(pixels: mask, width: 3, height: 2, format: .gray)
    // Bit depth and colour type of the header.
    #expect(file[24...25] == [8, 0])
    #expect(try Image(decoding: file).pixels == mask.flatMap { [$0, $0, $0] })
  }

  @Test func cutOutsKeepColourUnderTransparency() throws {
    let file = try PNG.encode(pixels: [1, 2, 3, 0, 4, 5, 6, 255], width: 2, height: 1, format: .rgba)
    #expect(file[24...25] == [8, 6])
    #expect(try Image(decoding: file).pixels == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [(0, 1), (1, 0), (-1, -1), (2, 2), (Int.max, 3)])
  func sizesMustFit(width: Int, height: Int) throws {
    let error = try failure { try PNG.encode(pixels: [1, 2, 3], width: width, height: height, format: .rgb) }
    #expect(error.code == .invalidArgument)
  }
}
