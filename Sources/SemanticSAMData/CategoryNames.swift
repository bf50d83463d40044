import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Names to recognise, before a text encoder has seen them: of a published data set, or of a file.
public struct CategoryNames: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    /// What results show: "dog", of a part "dog:head".
    public var name: String
    /// What the text encoder reads: "dog head".
    public var text: String
    /// The number that results write.
    public var id: Int
    public var supercategory: String?
    /// Countable; otherwise stuff.
    public var isThing: Bool

    public init(name: String, text: String, id: Int, supercategory: String? = nil, isThing: Bool = true) {
      self.name = name
      self.text = text
      self.id = id
      self.supercategory = supercategory
      self.isThing = isThing
    }

    public var category: Category { Category(id: id, name: name, supercategory: supercategory, isThing: isThing) }
  }

  public var objects: [Entry]
  public var parts: [Entry]

  public init(objects: [Entry], parts: [Entry] = []) {
    self.objects = objects
    self.parts = parts
  }

  /// Built-in lists by the names that the command line takes.
  public static let builtIn: [(name: String, list: CategoryList.Identifier)] = [
    ("coco", .cocoPanoptic), ("coco-things", .cocoThings), ("ade20k", .ade20k), ("objects365", .objects365),
    ("pascal-part", .pascalPart), ("paco", .paco), ("partimagenet", .partImageNet),
  ]

  /// A built-in list. Objects have the texts that the published weights were trained with.
  /// - Throws: `malformedFile` where the binary's list is damaged.
  public init(_ identifier: CategoryList.Identifier) throws(ModelError) {
    let texts = try CategoryList(identifier, spelling: .reference).categories
    let list = try CategoryList(identifier).categories
    objects = []
    parts = []
    for (entry, text) in zip(list, texts) {
      if let part = entry.part {
        let owner = entry.object.map { $0 + ":" } ?? ""
        let text = (entry.object.map { $0 + " " } ?? "") + part
        parts.append(Entry(name: owner + part, text: text, id: entry.id, supercategory: entry.object))
      } else {
        objects.append(
          Entry(
            name: entry.name, text: text.name, id: entry.id, supercategory: entry.supercategory,
            isThing: entry.isThing))
      }
    }
  }

  private struct Document: Decodable {
    var objects: [String]?
    var stuff: [String]?
    var parts: [String]?
  }

  /// Reads a JSON file: a list of names, or `{"objects": [...], "stuff": [...], "parts": ["dog:head", ...]}`. Ids count from
  /// 1 in the order of the file, stuff after objects.
  /// - Throws: `unreadableFile`; `malformedFile` where it is of another form, names nothing, or a name is empty or twice there.
  public init(contentsOf path: String) throws(ModelError) {
    let data = Data(try FileBytes.read(path, limit: 1 << 26))
    let document: Document
    if let names = try? JSONDecoder().decode([String].self, from: data) {
      document = Document(objects: names)
    } else if let decoded = try? JSONDecoder().decode(Document.self, from: data) {
      document = decoded
    } else {
      throw ModelError(
        .malformedFile,
        "'\(path)' is no list of names; give a JSON list, or an object with 'objects', 'stuff' and 'parts'.")
    }
    let things = document.objects ?? []
    let stuff = document.stuff ?? []
    let parts = document.parts ?? []
    for names in [things + stuff, parts] {
      guard Set(names).count == names.count, !names.contains("") else {
        throw ModelError(.malformedFile, "A name is empty or stands twice in '\(path)'; give each name once.")
      }
    }
    guard !(things + stuff + parts).isEmpty else {
      throw ModelError(.malformedFile, "'\(path)' names nothing; give at least one name.")
    }
    objects = (things + stuff).enumerated().map { index, name in
      Entry(name: name, text: name, id: index + 1, isThing: index < things.count)
    }
    self.parts = parts.enumerated().map { index, name in
      Entry(name: name, text: name.split(separator: ":").joined(separator: " "), id: index + 1)
    }
  }

  /// The names of a vocabulary, with ids from 1; those that a built-in list has under the same name get its id.
  /// - Parameter list: whose ids are taken, where it has all of the objects.
  public init(_ vocabulary: Vocabulary, ids list: CategoryNames? = nil) {
    let known = Dictionary(list?.objects.map { ($0.name, $0.id) } ?? []) { first, _ in first }
    let hasAll = vocabulary.objects.names.allSatisfy { known[$0] != nil }
    objects = vocabulary.objects.names.enumerated().map { index, name in
      Entry(
        name: name, text: name, id: hasAll ? known[name] ?? index + 1 : index + 1,
        isThing: vocabulary.objects.isThing[index])
    }
    parts = vocabulary.parts.names.enumerated().map { Entry(name: $1, text: $1, id: $0 + 1) }
  }
}
