import SemanticSAMCore

/// The 150 classes of SceneParsing.
enum SceneParsingClasses {
  /// The classes in their order with ids from 1, as the maps of labels have them.
  /// - Throws: as ``CategoryList/init(_:spelling:)``.
  static func all() throws(ModelError) -> [Category] {
    try CategoryList(.ade20k).categories.map { Category(id: $0.id + 1, name: $0.name, isThing: $0.isThing) }
  }

  /// The 100 classes that are counted, with ids from 1 of their own, as the maps of instances have them.
  static func things() throws(ModelError) -> [Category] {
    try all().filter(\.isThing).enumerated().map { Category(id: $0 + 1, name: $1.name) }
  }
}
