import CCategoryLists
import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The categories of a published data set. The lists are part of the binary; Sources/CCategoryLists/lists/README.md has
/// their origins and licences.
public struct CategoryList: Hashable, Sendable {
  public enum Identifier: String, Hashable, Sendable, CaseIterable {
    case ade20k = "ade20k_150"
    /// The 100 instance categories of ADE20K, with the ids of ``ade20k``.
    case ade20kThings = "ade20k_100_things"
    /// The full release; ids are the class codes of its label pictures.
    case ade20kFull = "ade20k_full_847"
    case cocoPanoptic = "coco_panoptic_133"
    case cocoThings = "coco_things_80"
    /// Version 2.
    case objects365 = "objects365_365"
    case paco = "paco_531"
    case partImageNet = "partimagenet_40"
    case pascalPart116 = "pascal_part_116"
    case pascalPart57 = "pascal_part_57"
    /// The list that the reference uses.
    case pascalPart = "pascal_part_93"
    /// Without the parts of bus and dog, which are kept for the test of new categories.
    case pascalPartBase = "pascal_part_93_base_77"
  }

  /// How names are written.
  public enum Spelling: Hashable, Sendable {
    /// Misspelt and cut names are put right.
    case correct
    /// As the reference has them, which its published models were trained with.
    case reference
  }

  public struct Entry: Hashable, Sendable {
    /// The number that the annotations use.
    public var id: Int
    public var name: String
    public var supercategory: String?
    /// Countable; otherwise stuff.
    public var isThing: Bool
    /// The object of a part, or the object itself; only in lists with parts.
    public var object: String?
    /// Nil for an object.
    public var part: String?
  }

  public let identifier: Identifier
  /// What the list is, and where it comes from.
  public let title: String
  public let source: String
  public let licence: String
  /// In the order of the list.
  public let categories: [Entry]

  /// The entry of a number that the annotations use.
  public func category(id: Int) -> Entry? {
    categories.first { $0.id == id }
  }

  private struct Document: Decodable {
    var name: String
    var source: String
    var licence: String
    var categories: [Record]
  }

  private struct Record: Decodable {
    var id: Int
    var name: String
    var corrected: String?
    var supercategory: String?
    var isThing: Bool?
    var parent: String?
    var whole: String?
    var part: String?
    var partInReference: String?
    var kind: String?
    var promptName: String?
    var trainPrompt: String?

    enum CodingKeys: String, CodingKey {
      case id, name, corrected, supercategory, parent, whole, part, kind
      case isThing = "is_thing"
      case partInReference = "part_in_reference"
      case promptName = "prompt_name"
      case trainPrompt = "train_prompt"
    }
  }

  /// - Throws: `malformedFile` where the binary's list is damaged.
  public init(_ identifier: Identifier, spelling: Spelling = .correct) throws(ModelError) {
    let bytes = Self.bytes(of: identifier.rawValue)
    let decoder = JSONDecoder()
    if let document = try? decoder.decode(Document.self, from: bytes) {
      title = document.name
      source = document.source
      licence = document.licence
      categories = document.categories.map { Self.entry($0, spelling) }
    } else if let records = try? decoder.decode([Record].self, from: bytes) {
      title = identifier == .ade20kFull ? "ADE20K, full release" : "ADE20K, 100 things"
      source = "the category table of the preparation of ADE20K in MaskDINO and detectron2"
      licence = "Apache-2.0"
      categories = records.map { Self.entry($0, spelling) }
    } else {
      throw ModelError(
        .malformedFile, "The built-in list '\(identifier.rawValue)' cannot be read; build the library anew.")
    }
    self.identifier = identifier
  }

  private static func entry(_ record: Record, _ spelling: Spelling) -> Entry {
    let isReference = spelling == .reference
    let name = isReference ? record.promptName ?? record.trainPrompt ?? record.name : record.corrected ?? record.name
    var object = record.whole ?? record.parent
    var part = record.kind == "object" ? nil : isReference ? record.partInReference ?? record.part : record.part
    if !isReference, let corrected = record.corrected, let words = record.parent, corrected.hasPrefix(words + " ") {
      part = String(corrected.dropFirst(words.count + 1))
    }
    if !isReference, record.kind != nil {
      // PACO's wholes lack what stands in brackets, which tells a car from a railway car.
      (object, part) = CategoryNaming.paco.split(record.name)
    }
    return Entry(
      id: record.id, name: isReference ? name : trimmed(name), supercategory: record.supercategory,
      isThing: record.isThing ?? true, object: object, part: part)
  }

  private static func trimmed(_ name: String) -> String {
    var name = name[...]
    while name.last == " " { name = name.dropLast() }
    return String(name)
  }

  /// Names of other data sets by the data set, such as "cityscapes" or "pascal_context_59", in the reference's order.
  /// - Throws: As ``init(_:spelling:)``.
  public static func otherVocabularies() throws(ModelError) -> [String: [String]] {
    struct Document: Decodable {
      var vocabularies: [String: [String]]
    }
    guard let document = try? JSONDecoder().decode(Document.self, from: bytes(of: "other_vocabularies")) else {
      throw ModelError(.malformedFile, "The built-in list 'other_vocabularies' cannot be read; build the library anew.")
    }
    return document.vocabularies
  }

  private static func bytes(of name: String) -> Data {
    var index = 0
    while let candidate = category_list_name(index) {
      var length = 0
      if String(cString: candidate) == name, let bytes = category_list_bytes(index, &length) {
        return Data(bytes: bytes, count: length)
      }
      index += 1
    }
    return Data()
  }
}
