import Foundation

/// The small files of Tests/Fixtures.
enum Fixtures {
  static func url(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(path)")
  }
}
