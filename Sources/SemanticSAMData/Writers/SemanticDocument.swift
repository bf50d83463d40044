import SemanticSAMCore

/// Which names the pixels of photographs have, beside the PNG files that say where: JSON for programs.
public struct SemanticDocument: Sendable {
  private struct Document: Encodable {
    var names: [String]
    var images: [ImageRecord] = []
  }

  private struct ImageRecord: Encodable {
    var fileName: String
    var width: Int
    var height: Int
    var classes: [ClassRecord]

    enum CodingKeys: String, CodingKey {
      case width, height, classes
      case fileName = "file_name"
    }
  }

  private struct ClassRecord: Encodable {
    var id: Int
    var name: String
    var area: Int
  }

  private var document: Document

  /// - Parameter names: of the vocabulary; a pixel's number in the PNG is a place in this list.
  public init(names: [String]) {
    document = Document(names: names)
  }

  public mutating func add(_ map: SemanticMap, fileName: String) {
    document.images.append(
      ImageRecord(
        fileName: fileName, width: map.width, height: map.height,
        classes: map.areas.map { ClassRecord(id: $0.category, name: map.names[$0.category], area: $0.area) }))
  }

  /// One line of JSON with sorted keys and a newline at its end.
  public func encoded() throws(ModelError) -> [UInt8] { try JSONLine.encode(document) }
}
