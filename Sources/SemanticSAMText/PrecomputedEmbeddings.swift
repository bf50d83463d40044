import Foundation
import SemanticSAMCore

/// Embeddings that were made elsewhere: a safetensors file with the tensor `embeddings` `[names, D]` and the names as a JSON
/// list in the metadata `names`.
public struct PrecomputedEmbeddings: TextEncoder {
  public let names: [String]
  /// `[names, D]`, rows of unit length.
  public let embeddings: Tensor
  public let identity: String
  private let places: [String: Int]

  /// Reads a file.
  /// - Throws: `unreadableFile`, `malformedFile`; `invalidArgument` for a vector that is zero or not finite.
  public init(contentsOf path: String) throws(ModelError) {
    let file = try Checkpoint(contentsOf: path)
    guard let table = file.tensor("embeddings"), table.shape.count == 2,
      let list = file.metadata["names"],
      let names = try? JSONDecoder().decode([String].self, from: Data(list.utf8)), names.count == table.shape[0]
    else {
      throw ModelError(
        .malformedFile,
        "'\(path)' holds no embeddings of names; give safetensors with a tensor 'embeddings' [names, D] and the metadata "
          + "'names', a JSON list of as many.")
    }
    try self.init(names: names, embeddings: table, identity: "precomputed " + file.checksum)
  }

  /// - Parameter embeddings: `[names, D]`; rows are brought to unit length.
  /// - Throws: `invalidArgument` where their number is not that of the names, or one is zero or not finite.
  public init(names: [String], embeddings: Tensor, identity: String) throws(ModelError) {
    let table = try Vocabulary.Table(names: names, embeddings: embeddings)
    self.names = names
    self.embeddings = table.embeddings
    self.identity = identity
    places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  public var dimension: Int { embeddings.shape.last ?? 0 }

  public func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
    var rows: [Int] = []
    for text in texts {
      guard let place = places[text] else {
        throw ModelError(
          .invalidArgument,
          "There is no embedding of \(ModelError.quoted(text)) among the \(names.count) of the file; use one of its names, or a "
            + "text encoder.")
      }
      rows.append(place)
    }
    return embeddings.gathered(rows: rows)
  }

  /// Writes embeddings so that they can be read, beside and renamed.
  /// - Throws: `unreadableFile` where the file cannot be written.
  public func write(to path: String) throws(ModelError) {
    guard let list = try? JSONEncoder().encode(names) else {
      throw ModelError(.invalidArgument, "The names cannot be written as JSON; correct them.")
    }
    var writer = SafetensorsWriter(metadata: ["names": String(decoding: list, as: UTF8.self)])
    try writer.add("embeddings", embeddings)
    try writer.write(to: path)
  }
}
