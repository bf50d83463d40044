import Foundation
import SemanticSAMCore
import Testing

/// The pictures that Tests/Fixtures/make_image_fixtures.py wrote, with the pixels that Pillow read.
enum Fixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/images")

  /// The names of all pictures that have expected pixels.
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".ppm") }.map { String($0.dropLast(4)) }.sorted()
  }()

  static func path(_ name: String) -> String {
    folder.appending(path: name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// The expected pixels, from a binary PPM.
  static func expected(_ name: String) throws -> Image {
    let bytes = try bytes(name + ".ppm")
    let lines = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    let sizes = try #require(String(validating: lines[1], as: UTF8.self)).split(separator: " ").compactMap { Int($0) }
    try #require(lines[0].elementsEqual("P6".utf8) && sizes.count == 2)
    return try Image(width: sizes[0], height: sizes[1], pixels: Array(lines[3]))
  }
}

/// A folder of its own for one test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "semantic-sam-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Writes a file and gives its path.
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }
}

/// The error that `body` throws, or a failed test.
func failure<Value>(_ body: () throws -> Value) throws -> ModelError {
  do {
    _ = try body()
  } catch let error as ModelError {
    // Every message is one sentence.
    #expect(error.message.hasSuffix("."))
    #expect(!error.message.contains("\n"))
    return error
  }
  throw NothingThrown()
}

struct NothingThrown: Error {}
