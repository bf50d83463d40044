import Foundation

/// The reference data beside a checkout, found by the environment variable SEMANTIC_SAM_SHARED.
enum SharedData {
  static let root = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"]

  static var isPresent: Bool { root != nil }

  static func path(_ relative: String) -> String {
    "\(root ?? "")/\(relative)"
  }

  /// A JSON file of the reference data.
  static func decoded<Value: Decodable>(_ type: Value.Type, _ relative: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: URL(filePath: path(relative))))
  }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "semantic-sam-text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
  }
}
