import Foundation
import SemanticSAMDefaultModel
import SemanticSAMImages
import Testing

@testable import SemanticSAMCore

/// The weights that ship, what is made from them for tests, and photographs.
enum TestModels {
  /// Loaded once for all tests.
  static let shared = Result { try SemanticSAM.load(.embedded) }

  static func model() throws -> SemanticSAM { try shared.get() }

  private static let embeddings = Result {
    try Dictionary(
      uniqueKeysWithValues: ["chelsea.png", "coffee.png", "rocket.jpg"].map { name in
        (name, try model().encode(try photograph(name)))
      })
  }

  /// The embedding of one of the photographs in Examples/Images, made once.
  static func embedding(_ name: String) throws -> ImageEmbedding {
    try #require(try embeddings.get()[name])
  }

  /// A photograph of Examples/Images.
  static func photograph(_ name: String) throws -> Image {
    let repository = URL(filePath: SharedData.fixtures).deletingLastPathComponent().deletingLastPathComponent()
    return try Image(contentsOf: repository.appending(path: "Examples/Images/" + name).path())
  }

  /// The configuration in the metadata of the weights that ship.
  static let configurationJSON = (try? ModelSource.embedded.open().metadata["configuration"]) ?? ""

  static func configuration() throws -> Configuration { try Configuration(json: configurationJSON) }

  /// The same with changes.
  static func json(_ edit: (inout [String: Any]) throws -> Void) throws -> String {
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(configurationJSON.utf8)) as? [String: Any])
    try edit(&object)
    return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  /// A checkpoint from the weights that ship: with another configuration, other metadata or other tensors.
  /// - Parameter tensor: what becomes of a tensor; `nil` leaves it out.
  static func checkpoint(
    metadata: [String: String?] = [:], adding: [String: Tensor] = [:], tensor: (String, Tensor) -> Tensor? = { $1 },
    configuration: (inout [String: Any]) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    let file = try ModelSource.embedded.open()
    var table = file.metadata
    table["configuration"] = try json(configuration)
    for (key, value) in metadata { table[key] = value }
    var writer = SafetensorsWriter(metadata: table)
    for name in file.entries.keys.sorted() {
      if let original = file.tensor(name), let changed = tensor(name, original) { try writer.add(name, changed) }
    }
    for (name, tensor) in adding { try writer.add(name, tensor) }
    return try writer.encoded()
  }
}

extension [String: Any] {
  /// Changes a table inside the table.
  mutating func edit(_ key: String, _ change: (inout [String: Any]) throws -> Void) rethrows {
    var table = self[key] as? [String: Any] ?? [:]
    try change(&table)
    self[key] = table
  }
}
