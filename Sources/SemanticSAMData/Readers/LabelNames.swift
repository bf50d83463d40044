import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Lists that name the values of label maps.
enum LabelNames {
  /// The list `labels.json` or `labels.txt` in the first of the folders that has one; `nil` where none has.
  /// - Throws: `malformedFile` where the list is not of its form.
  static func find(in folders: [String]) throws(ModelError) -> [UInt32: Category]? {
    for folder in folders {
      if Folder.exists("\(folder)/labels.json") { return try json("\(folder)/labels.json") }
      if Folder.exists("\(folder)/labels.txt") {
        return table(try Folder.lines("\(folder)/labels.txt").enumerated().map { (UInt32($0), $1) })
      }
    }
    return nil
  }

  /// A list of names from value 0 on, or an object from values to names.
  private static func json(_ path: String) throws(ModelError) -> [UInt32: Category] {
    let bytes = Data(try FileBytes.read(path, limit: 1 << 24))
    if let list = try? JSONDecoder().decode([String].self, from: bytes) {
      return table(list.enumerated().map { (UInt32($0), $1) })
    }
    guard let object = try? JSONDecoder().decode([String: String].self, from: bytes) else {
      throw ModelError(
        .malformedFile, "'\(path)' is neither a list of names nor an object from values to names; write one of them.")
    }
    var entries: [(UInt32, String)] = []
    for (key, name) in object {
      guard let value = UInt32(key) else {
        throw ModelError(.malformedFile, "'\(path)' names '\(key)', which is not a value of a pixel; write a number.")
      }
      entries.append((value, name))
    }
    return table(entries)
  }

  static func table(_ names: [(value: UInt32, name: String)]) -> [UInt32: Category] {
    Dictionary(names.map { ($0.value, Category(id: Int($0.value), name: $0.name)) }) { first, _ in first }
  }
}
