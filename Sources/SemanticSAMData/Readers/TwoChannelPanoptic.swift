import SemanticSAMCore
import SemanticSAMImages

/// The panoptic form without JSON: a PNG an image whose R is the category's id, 0 for void, and whose G tells the segments of
/// a category apart. It knows no crowds.
///
/// cocodataset/panopticapi, `converters/2channels2panoptic_coco_format.py`.
public struct TwoChannelPanoptic: Dataset {
  public let name: String
  public let categories: CategoryTables
  private let masks: String
  private let images: String
  /// Without extensions.
  private let stems: [String]
  private let categoryPlaces: [UInt32: Int]

  public var count: Int { stems.count }

  /// - Parameters:
  ///   - masks: the folder of the PNG files.
  ///   - images: the folder of the photographs, which have the names of the PNG files with `.jpg`.
  ///   - categories: the classes by the ids in R; without them the 133 of COCO.
  /// - Throws: `unreadableFile` where there is no such folder.
  public init(
    masks: String, images: String, categories: [Category]? = nil, name: String = "two_channel_panoptic"
  ) throws(ModelError) {
    var objects = categories ?? []
    if categories == nil {
      objects = try CategoryList(.cocoPanoptic).categories.map {
        Category(id: $0.id, name: $0.name, supercategory: $0.supercategory, isThing: $0.isThing)
      }
    }
    self.name = name
    self.masks = masks
    self.images = images
    self.categories = CategoryTables(objects: objects)
    stems = try Folder.names(in: masks).filter { $0.hasSuffix(".png") }.map(Folder.stem)
    categoryPlaces = Dictionary(objects.enumerated().map { (UInt32(clamping: $1.id), $0) }) { first, _ in first }
  }

  /// The segments of a photograph, by number, then category. The id of a region is R + 256 G.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file and category.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let path = "\(masks)/\(stems[index]).png"
    let labels = try LabelImage(contentsOf: path)
    let found = try LabelMasks(labels, name: "The panoptic PNG '\(path)'")
    var regions: [Region] = []
    for (value, mask) in zip(found.values, found.masks) where value & 0xFF != 0 {
      try tolerating(problem) { () throws(ModelError) in
        guard let category = categoryPlaces[value & 0xFF] else {
          throw ModelError(
            .malformedFile,
            "Segment \(value >> 8) in '\(path)' has the unknown category \(value & 0xFF); give the list of its classes."
          )
        }
        regions.append(Region(id: Int64(value), kind: .object, mask: mask, objectCategory: category))
      }
    }
    return Sample(
      image: ImageReference(
        id: stems[index], place: .file("\(images)/\(stems[index]).jpg"), width: labels.width, height: labels.height),
      regions: regions, source: name)
  }
}
