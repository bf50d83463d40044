import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// Where the tests of the readers find data.
enum ReaderData {
  /// The shared data sets, where they are at hand.
  static let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"].map { $0 + "/datasets" }
  static var hasShared: Bool { shared != nil }

  static func sharedPath(_ name: String) throws -> String {
    try #require(shared) + "/" + name
  }

  static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// The tiny data sets that Tests/Fixtures/make_dataset_fixtures.py wrote.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/datasets").path
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  /// An empty folder, or a copy of a fixture.
  init(copying name: String? = nil) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "semantic-sam-test-\(UUID().uuidString)")
    path = url.path
    if let name {
      try FileManager.default.copyItem(atPath: "\(ReaderData.fixtures)/\(name)", toPath: path)
    } else {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }

  func write(_ bytes: some Sequence<UInt8>, _ name: String) throws {
    let url = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func write(_ text: String, _ name: String) throws {
    try write(Array(text.utf8), name)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  /// Replaces text in a file.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let text = String(decoding: try bytes(name), as: UTF8.self)
    try #require(text.contains(old), "the fixture \(name) does not hold \(old)")
    try write(text.replacingOccurrences(of: old, with: new), name)
  }
}

/// The error that `body` throws, or a failed test.
func readerFailure<Value>(_ body: () throws -> Value) throws -> ModelError {
  do {
    _ = try body()
  } catch let error as ModelError {
    #expect(error.message.hasSuffix("."))
    #expect(!error.message.contains("\n"))
    return error
  }
  throw ModelError(.invalidArgument, "Nothing was thrown; an error was expected.")
}

extension Dataset {
  /// All samples.
  func samples() throws -> [Sample] {
    try (0..<count).map { try sample(at: $0) }
  }
}
