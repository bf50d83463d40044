import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct DecodingTests {
  @Test func thereAreFixtures() {
    #expect(Fixture.names.count >= 45)
  }

  /// Pillow's numbers, byte for byte.
  @Test(arguments: Fixture.names)
  func pixelsEqualThoseOfPillow(name: String) throws {
    let image = try Image(contentsOf: Fixture.path(name))
    let expected = try Fixture.expected(name)
    #expect(image.width == expected.width && image.height == expected.height)
    let difference = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect(difference == 0)
    #expect(image == expected)
  }

  @Test(arguments: ["rgb-420.jpg", "rgb-8.png", "lossy.webp"])
  func bytesAndDescriptorsGiveTheSameAsFiles(name: String) throws {
    let expected = try Fixture.expected(name)
    let bytes = try Fixture.bytes(name)
    #expect(try Image(decoding: bytes) == expected)
    #expect(try bytes.withUnsafeBytes { try Image(decoding: $0) } == expected)
    let handle = try #require(FileHandle(forReadingAtPath: Fixture.path(name)))
    #expect(try Image(readingFrom: handle.fileDescriptor) == expected)
  }

  @Test func aPipeIsReadToItsEnd() throws {
    let pipe = Pipe()
    let bytes = try Fixture.bytes("rgb-8.png")
    let writer = Thread {
      // In two parts, so that one read is not enough.
      pipe.fileHandleForWriting.write(Data(bytes[..<100]))
      Thread.sleep(forTimeInterval: 0.05)
      pipe.fileHandleForWriting.write(Data(bytes[100...]))
      try? pipe.fileHandleForWriting.close()
    }
    writer.start()
    let image = try Image(readingFrom: pipe.fileHandleForReading.fileDescriptor)
    #expect(try image == Fixture.expected("rgb-8.png"))
  }

  @Test func theNameOfAFileDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Fixture.bytes("rgb-8.png"), "misnamed.jpg")
    #expect(try Image(contentsOf: path) == Fixture.expected("rgb-8.png"))
  }

  @Test func manyTasksDecodeAtOnce() async throws {
    let names = Fixture.names
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        for name in names {
          group.addTask { try Image(contentsOf: Fixture.path(name)) == Fixture.expected(name) }
        }
      }
      for try await equal in group {
        #expect(equal)
      }
    }
  }
}
