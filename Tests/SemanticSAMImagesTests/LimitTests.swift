import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct LimitTests {
  @Test func aSizeBombIsRefusedByItsHeader() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(PNGBytes.header(width: 60_000, height: 60_000), "bomb.png")
    let error = try failure { try Image(contentsOf: path) }
    #expect(error.code == .limitExceeded)
    #expect(
      error.message == "The PNG '\(path)' says that it has 60000 x 60000 pixels, more than the limit of 100000000; "
        + "use a smaller picture or raise the limit.")
  }

  @Test(arguments: [(100_000_000, 1), (1, 100_000_000), (0x7FFF_FFFF, 0x7FFF_FFFF)])
  func sidesAreLimited(width: UInt32, height: UInt32) throws {
    let error = try failure { try Image(decoding: PNGBytes.header(width: width, height: height)) }
    #expect(error.code == .limitExceeded)
  }

  @Test(arguments: ["rgb-420.jpg", "rgb-8.png", "lossy.webp", "lossless.webp"])
  func theLimitOfPixelsIsExact(name: String) throws {
    let expected = try Fixture.expected(name)
    let count = expected.width * expected.height
    #expect(try Image(contentsOf: Fixture.path(name), limits: DecodingLimits(maximumPixels: count)) == expected)
    let error = try failure {
      try Image(contentsOf: Fixture.path(name), limits: DecodingLimits(maximumPixels: count - 1))
    }
    #expect(error.code == .limitExceeded)
  }

  @Test func theLimitOfBytesIsExact() throws {
    let path = Fixture.path("rgb-8.png")
    let bytes = try Fixture.bytes("rgb-8.png")
    let enough = DecodingLimits(maximumBytes: bytes.count)
    let tooFew = DecodingLimits(maximumBytes: bytes.count - 1)
    #expect(try Image(contentsOf: path, limits: enough) == Image(decoding: bytes, limits: enough))
    #expect(try failure { try Image(contentsOf: path, limits: tooFew) }.code == .limitExceeded)
    #expect(try failure { try Image(decoding: bytes, limits: tooFew) }.code == .limitExceeded)
  }

  #if os(Linux)
    @Test func anEndlessDeviceStopsAtTheLimit() throws {
      let error = try failure {
        try Image(contentsOf: "/dev/zero", limits: DecodingLimits(maximumBytes: 1 << 20))
      }
      #expect(error.code == .limitExceeded)
    }
  #endif

  /// The first scan of a progressive JPEG, repeated: each copy costs a pass over the picture.
  @Test func endlessScansAreRefused() throws {
    let bytes = try Fixture.bytes("progressive.jpg")
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    // The next marker: 0xFF00 is a byte of the data.
    let end = try #require(bytes.indices.first { $0 > start + 1 && bytes[$0] == 0xFF && bytes[$0 + 1] != 0 })
    func repeating(_ count: Int) -> [UInt8] {
      let copies = repeatElement(bytes[start..<end], count: count).joined()
      return Array(bytes[..<end]) + Array(copies) + Array(bytes[end...])
    }
    #expect(try Image(decoding: repeating(20)) == Fixture.expected("progressive.jpg"))
    let error = try failure { try Image(decoding: repeating(5000)) }
    #expect(error.code == .limitExceeded)
    #expect(error.message.contains("more than 100 scans"))
  }
}
