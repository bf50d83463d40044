import SemanticSAMCore
import SemanticSAMImages

/// The instances of SceneParsing: `annotations_instance/{training,validation}/X.png` with the category, 1 to 100, in R and
/// the instance's number in G (0: none), and photographs in `images/{training,validation}`.
public struct ADE20KInstances: Dataset {
  public let name = "ade20k_instances"
  public let categories: CategoryTables
  private let images: String
  private let masks: String
  /// Without extensions.
  private let stems: [String]

  public var count: Int { stems.count }

  /// - Throws: `unreadableFile` where there is no such folder.
  public init(at root: String, split: String = "validation") throws(ModelError) {
    func folder(_ kind: String) -> String {
      let below = ["\(root)/\(kind)/\(split)", "\(root)/ADEChallengeData2016/\(kind)/\(split)"]
      return Folder.first(below) ?? below[0]
    }
    images = folder("images")
    masks = folder("annotations_instance")
    stems = try Folder.names(in: masks).filter { $0.hasSuffix(".png") }.map(Folder.stem)
    categories = CategoryTables(objects: try SceneParsingClasses.things())
  }

  /// The instances of a photograph, by number and then category.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file and category.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let path = "\(masks)/\(stems[index]).png"
    let image = try LabelImage(contentsOf: path)
    let found = try LabelMasks(image, name: "The instances '\(path)'")
    var regions: [Region] = []
    for (value, mask) in zip(found.values, found.masks) where value >> 8 & 0xFF != 0 {
      try tolerating(problem) { () throws(ModelError) in
        let category = Int(value & 0xFF) - 1
        guard categories.objects.indices.contains(category) else {
          throw ModelError(
            .malformedFile,
            "Instance \(value >> 8 & 0xFF) in '\(path)' has the unknown category \(category + 1); get another copy.")
        }
        regions.append(Region(id: Int64(value & 0xFFFF), kind: .object, mask: mask, objectCategory: category))
      }
    }
    return Sample(
      image: ImageReference(
        id: stems[index], place: .file("\(images)/\(stems[index]).jpg"), width: image.width, height: image.height),
      regions: regions, licence: "ADE20K terms of use: research and education, not commercial", source: name)
  }
}
