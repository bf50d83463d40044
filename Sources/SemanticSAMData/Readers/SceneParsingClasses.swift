import SemanticSAMCore

/// The 150 classes of SceneParsing.
enum SceneParsingClasses {
  /// The places, from 0, of the 100 classes that are counted.
  private static let things: Set<Int> = [
    7, 8, 10, 12, 14, 15, 18, 19, 20, 22, 23, 24, 27, 30, 31, 32, 33, 35, 36, 37, 38, 39, 41, 42, 43, 44, 45, 47, 49,
    50,
    53, 55, 56, 57, 58, 62, 64, 65, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 78, 80, 81, 82, 83, 85, 86, 87, 88, 89, 90,
    92, 93, 95, 97, 98, 102, 103, 104, 107, 108, 110, 111, 112, 115, 116, 118, 119, 120, 121, 123, 124, 125, 126, 127,
    129, 130, 132, 133, 134, 135, 136, 137, 138, 139, 142, 143, 144, 146, 147, 148, 149,
  ]

  /// The classes in their order with ids from 1, as the label maps have them, from the publisher's `objectInfo150.txt`.
  /// - Throws: `unreadableFile` where the file is missing, `malformedFile` where it does not have 150 classes.
  static func find(below root: String) throws(ModelError) -> [Category] {
    let candidates = ["\(root)/objectInfo150.txt", "\(root)/ADEChallengeData2016/objectInfo150.txt"]
    let path = Folder.first(candidates) ?? candidates[0]
    let rows = try Folder.lines(path).dropFirst()
    let names = rows.compactMap { $0.split(separator: "\t").last.map(String.init) }
    guard names.count == 150 else {
      throw ModelError(
        .malformedFile, "'\(path)' has \(names.count) classes instead of 150; get the publisher's file.")
    }
    return names.enumerated().map { Category(id: $0 + 1, name: $1, isThing: things.contains($0)) }
  }
}
