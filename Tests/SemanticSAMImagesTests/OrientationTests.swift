import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct OrientationTests {
  /// Exif 2.32, table "Orientation": which stored side is the visual top, and which the visual left.
  /// The picture is 3 x 2, stored as the rows 0 1 2 and 3 4 5.
  @Test(arguments: [
    (1, 3, [0, 1, 2, 3, 4, 5]),
    (2, 3, [2, 1, 0, 5, 4, 3]),
    (3, 3, [5, 4, 3, 2, 1, 0]),
    (4, 3, [3, 4, 5, 0, 1, 2]),
    (5, 2, [0, 3, 1, 4, 2, 5]),
    (6, 2, [3, 0, 4, 1, 5, 2]),
    (7, 2, [5, 2, 4, 1, 3, 0]),
    (8, 2, [2, 5, 1, 4, 0, 3]),
  ])
  func pixelsAreTurned(number: Int, width: Int, expected: [UInt8]) throws {
    let orientation = try #require(ImageOrientation(rawValue: number))
    let stored = (0..<6).flatMap { (index: UInt8) -> [UInt8] in [index, 100, index + 200] }
    let turned = orientation.apply(to: stored, width: 3, height: 2)
    #expect(turned == expected.flatMap { (index: UInt8) -> [UInt8] in [index, 100, index + 200] })
    #expect(orientation.swapsSides == (width == 2))
  }

  @Test(arguments: 1...8)
  func orientationIsIgnoredOnRequest(number: Int) throws {
    let name = "orientation-\(number).jpg"
    let stored = try Image(contentsOf: Fixture.path(name), ignoringOrientation: true)
    #expect(stored.width == 20 && stored.height == 11)
    let upright = try Image(contentsOf: Fixture.path(name))
    let orientation = try #require(ImageOrientation(rawValue: number))
    #expect(upright.pixels == orientation.apply(to: stored.pixels, width: 20, height: 11))
  }

  /// A damaged EXIF block costs the orientation, not the picture.
  @Test func damagedBlocksMeanUpright() throws {
    let bytes = try Fixture.bytes("orientation-6.jpg")
    let stored = try Image(decoding: bytes, ignoringOrientation: true)
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: "Exif".utf8) })
    // From the byte order to the end of the block: the first directory moved out of it, then each byte overwritten.
    var moved = bytes
    moved.replaceSubrange(start + 10..<start + 14, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try Image(decoding: moved) == stored)
    for offset in start + 6..<start + 44 {
      var damaged = bytes
      damaged[offset] = 0xFF
      let image = try Image(decoding: damaged)
      #expect(image.width * image.height == 20 * 11)
    }
  }
}
