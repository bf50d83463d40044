import SemanticSAMCore

/// Data sets that are published as photographs and maps of labels.
extension LabelFolder {
  /// ADE20K's SceneParsing: `images/{training,validation}`, `annotations/{training,validation}` with 0 for others and the
  /// classes 1 to 150. Each class is one region a photograph.
  /// - Parameter split: without it "validation" where there is such a folder, else none.
  /// - Throws: `unreadableFile` where images or labels are missing.
  public static func sceneParsing(at path: String, split: String? = nil) throws(ModelError) -> LabelFolder {
    let root = Folder.first(["\(path)/ADEChallengeData2016"]) ?? path
    let usual = Folder.exists("\(root)/images/validation") ? "validation" : ""
    let classes = try SceneParsingClasses.all()
    return try LabelFolder(
      at: root, split: split ?? usual, name: "ade20k",
      names: Dictionary(uniqueKeysWithValues: classes.map { (UInt32($0.id), $0) }),
      licence: "ADE20K terms of use: research and education, not commercial")
  }

  /// CamVid's street scenes in 11 classes, as published with SegNet: `{split}/images`, `{split}/labels`; 11 is void.
  /// - Throws: `unreadableFile` where images or labels are missing.
  public static func camVid(at path: String, split: String = "val") throws(ModelError) -> LabelFolder {
    let names = [
      "sky", "building", "pole", "road", "pavement", "tree", "sign symbol", "fence", "car", "pedestrian", "bicyclist",
    ]
    let things: Set = ["pole", "sign symbol", "fence", "car", "pedestrian", "bicyclist"]
    let categories = names.enumerated().map { value, name in
      (UInt32(value), Category(id: value, name: name, isThing: things.contains(name)))
    }
    return try LabelFolder(
      at: path, split: split, name: "camvid", names: Dictionary(uniqueKeysWithValues: categories), ignored: [11],
      licence: "CC BY-NC 4.0")
  }
}
