import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@Suite struct RefusalTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func aMissingFile() throws {
    let error = try failure { try Image(contentsOf: "/nowhere/photo.jpg") }
    #expect(error.code == .unreadableFile)
    #expect(error.message == "There is no file '/nowhere/photo.jpg'; check the path.")
  }

  @Test func aFolder() throws {
    let error = try failure { try Image(contentsOf: folder.path) }
    #expect(error.code == .unreadableFile)
    #expect(error.message == "'\(folder.path)' is a folder; give the path of a file.")
  }

  @Test func anEmptyPath() throws {
    #expect(try failure { try Image(contentsOf: "") }.code == .unreadableFile)
    #expect(try failure { try Image(contentsOf: "photo\0.jpg") }.code == .unreadableFile)
  }

  @Test func anEmptyFile() throws {
    let path = try folder.write([], "empty.png")
    let error = try failure { try Image(contentsOf: path) }
    #expect(error.code == .unreadableFile)
    #expect(error.message == "'\(path)' is empty (0 bytes); get a complete copy of the picture.")
    #expect(
      try failure { try Image(decoding: []) }.message
        == "The image data is empty (0 bytes); get a complete copy of the picture.")
  }

  @Test func textRenamed() throws {
    let path = try folder.write(Array("Some notes, für später: the first line\n".utf8), "notes.jpg")
    let error = try failure { try Image(contentsOf: path) }
    #expect(error.code == .malformedFile)
    #expect(
      error.message == "'\(path)' is not a JPEG, PNG or WebP image (it begins with text); convert it first.")
  }

  @Test(arguments: [
    (Array("GIF89a".utf8), "it looks like GIF"),
    (Array("\0\0\0\u{18}ftypheic".utf8), "it looks like HEIC"),
    (Array("II*\0".utf8), "it looks like TIFF or a camera's raw file"),
    ([0x7F, 0x45, 0x4C, 0x46, 0x02], "it begins with the bytes 7F 45 4C 46"),
    ([0x00], "it begins with the bytes 00"),
    (Array("RIFF\0\0\0\0WAVE".utf8), "it begins with the bytes 52 49 46 46"),
    // A character of two bytes across the end of what is looked at.
    (Array((String(repeating: "a", count: 63) + "é").utf8), "it begins with text"),
  ])
  func foreignBytes(bytes: [UInt8], description: String) throws {
    let error = try failure { try Image(decoding: bytes) }
    #expect(error.code == .malformedFile)
    #expect(
      error.message == "The image data is not a JPEG, PNG or WebP image (\(description)); convert it first.")
  }

  /// Not one byte may be missing: a cut file is never filled with grey.
  @Test(arguments: [
    "rgb-420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "restart.jpg", "rgb-8.png", "rgb-interlaced.png",
    "palette-4.png", "lossy.webp", "lossless.webp", "lossy-alpha.webp",
  ])
  func everyTruncation(name: String) throws {
    let bytes = try Fixture.bytes(name)
    for count in 12..<bytes.count {
      let error = try failure { try Image(decoding: Array(bytes[..<count])) }
      #expect(error.code == .unreadableFile, "\(name) cut to \(count) of \(bytes.count) bytes: \(error)")
    }
  }

  @Test func theSentenceOfATruncatedJPEG() throws {
    let bytes = try Fixture.bytes("rgb-420.jpg")
    let path = try folder.write(Array(bytes[..<(bytes.count / 2)]), "half.jpg")
    let error = try failure { try Image(contentsOf: path) }
    #expect(error.message == "The JPEG '\(path)' ends early (Premature end of input file); get a complete copy.")
  }

  @Test func theSentenceOfATruncatedStream() throws {
    let bytes = try Fixture.bytes("rgb-8.png")
    let path = try folder.write(Array(bytes[..<(bytes.count / 2)]), "half.png")
    let handle = try #require(FileHandle(forReadingAtPath: path))
    let error = try failure { try Image(readingFrom: handle.fileDescriptor) }
    #expect(error.code == .unreadableFile)
    #expect(error.message.hasPrefix("The PNG from standard input ends early ("))
  }

  @Test func damagedData() throws {
    var png = try Fixture.bytes("rgb-8.png")
    png[png.count / 2] ^= 0x10
    #expect(try failure { try Image(decoding: png) }.code == .malformedFile)
    var jpeg = try Fixture.bytes("gray.jpg")
    jpeg.replaceSubrange(jpeg.count - 60..<jpeg.count - 50, with: repeatElement(0xFF, count: 10))
    let error = try failure { try Image(decoding: jpeg) }
    #expect(error.code == .malformedFile)
    #expect(error.message.hasPrefix("The JPEG in the image data is damaged ("))
  }

  @Test func anAnimation() throws {
    let error = try failure { try Image(contentsOf: Fixture.path("animation.webp")) }
    #expect(error.code == .unsupported)
    #expect(error.message.contains("(it is an animation)"))
  }
}
