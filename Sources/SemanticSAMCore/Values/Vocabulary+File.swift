#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A vocabulary in a checkpoint: the names that the network was trained with travel with its weights, as the metadata
/// `vocabulary` (JSON) and the tensors `vocabulary.objects` and `vocabulary.parts`.
extension Vocabulary {
  static let keyPrefix = "vocabulary."

  private struct Document: Codable {
    var objects: [Name]
    var parts: [Name]

    struct Name: Codable {
      var name: String
      var isThing: Bool

      enum CodingKeys: String, CodingKey {
        case name
        case isThing = "is_thing"
      }
    }
  }

  /// The names as JSON.
  func json() throws(ModelError) -> String {
    func names(_ table: Table) -> [Document.Name] {
      zip(table.names, table.isThing).map { Document.Name(name: $0, isThing: $1) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(Document(objects: names(objects), parts: names(parts))) else {
      throw ModelError(.invalidArgument, "The names of the vocabulary cannot be written as JSON; correct them.")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// The tensors by their keys; a table without names has none.
  var tensors: [(key: String, tensor: Tensor)] {
    [("objects", objects), ("parts", parts)].compactMap { name, table in
      table.names.isEmpty ? nil : (Self.keyPrefix + name, table.embeddings)
    }
  }

  /// Reads the vocabulary of a file.
  /// - Parameters:
  ///   - json: its metadata `vocabulary`; without it there is none.
  ///   - name: of the file, for messages.
  ///   - tensor: of a key.
  /// - Throws: `malformedFile` where names and embeddings do not fit.
  init?(json: String?, name: String, tensor: (String) -> Tensor?) throws(ModelError) {
    guard let json else { return nil }
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(json.utf8)) else {
      throw ModelError(
        .malformedFile, "The metadata 'vocabulary' of \(name) are not those of a vocabulary; get a complete copy.")
    }
    func table(_ key: String, _ names: [Document.Name]) throws(ModelError) -> Table {
      guard !names.isEmpty else { return try Table(names: [], embeddings: Tensor(repeating: 0, shape: [0, 0])) }
      guard let embeddings = tensor(Self.keyPrefix + key) else {
        throw ModelError(
          .malformedFile, "\(name) has names and no embeddings of \(key) for them; get a complete copy.")
      }
      return try Table(names: names.map(\.name), embeddings: embeddings, isThing: names.map(\.isThing))
    }
    self.init(
      objects: try table("objects", document.objects), parts: try table("parts", document.parts))
  }
}
