import SemanticSAMCore
import SemanticSAMImages

/// A panoptic data set in the form of COCO: one JSON and a PNG an image in which every pixel holds its segment's id,
/// R + 256 G + 65536 B. Segments do not overlap; things and stuff are objects alike.
///
/// Kirillov et al., "Panoptic Segmentation", CVPR 2019. Layout of COCO: `annotations/panoptic_{split}.json`,
/// `annotations/panoptic_{split}/N.png` or `panoptic_{split}/N.png`, photographs in `{split}`.
public struct COCOPanoptic: Dataset {
  public let name: String
  public let categories: CategoryTables
  private let document: PanopticDocument
  private let masks: String
  private let images: String
  private let categoryPlaces: [Int: Int]
  /// Whether segments of the JSON may have no pixel.
  private let hasHiddenSegments: Bool

  public var count: Int { document.annotations.count }

  /// A data set by its folder.
  /// - Parameters:
  ///   - hasHiddenSegments: as in ``init(annotations:masks:images:name:hasHiddenSegments:problem:)``.
  ///   - problem: takes what is wrong with a single record, which is then left out; without it, reading stops there.
  /// - Throws: `unreadableFile` where no annotations of the split are there; as
  ///   ``init(annotations:masks:images:name:hasHiddenSegments:problem:)``.
  public init(
    at root: String, split: String = "val2017", name: String = "coco_panoptic", hasHiddenSegments: Bool = false,
    problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    // The JSON, and where its PNG files can lie.
    let candidates: [(annotations: String, masks: [String])] = [
      (
        "annotations/panoptic_\(split).json",
        ["annotations/panoptic_\(split)", "panoptic_\(split)"]
      ),
      ("panoptic_\(split).json", ["panoptic_\(split)"]),
      ("ade20k_panoptic_\(split).json", ["ade20k_panoptic_\(split)"]),
      ("panoptic_examples.json", ["panoptic_examples"]),
    ]
    let present = candidates.first { candidate in Folder.exists("\(root)/\(candidate.annotations)") }
    guard let found = present else {
      throw ModelError(
        .unreadableFile,
        "There are no panoptic annotations of the split '\(split)': there is no file "
          + "'\(root)/\(candidates[0].annotations)'; check the path and the split.")
    }
    let imageFolders = [split, "images/\(split)", "images/\(Self.folder(of: split))", "input_images", "images"].map {
      "\(root)/\($0)"
    }
    let maskFolders = found.masks.map { "\(root)/\($0)" }
    try self.init(
      annotations: "\(root)/\(found.annotations)", masks: Folder.first(maskFolders) ?? maskFolders[0],
      images: Folder.first(imageFolders.filter { !maskFolders.contains($0) }) ?? imageFolders[0], name: name,
      hasHiddenSegments: hasHiddenSegments, problem: problem)
  }

  /// A data set by its files.
  /// - Parameters:
  ///   - annotations: the JSON.
  ///   - masks: the folder of the PNG files.
  ///   - images: the folder of the photographs, which have the names of the PNG files with `.jpg`.
  ///   - hasHiddenSegments: whether segments without a pixel are left out rather than an error: in ADE20K, things were
  ///     painted over stuff.
  ///   - problem: takes what is wrong with a single record, which is then left out; without it, reading stops there.
  /// - Throws: `unreadableFile`; `malformedFile` where the JSON is not of this form, has an id twice or no categories.
  public init(
    annotations: String, masks: String, images: String, name: String = "coco_panoptic",
    hasHiddenSegments: Bool = false, problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    document = try PanopticDocument(contentsOf: annotations, problem: problem)
    self.name = name
    self.masks = masks
    self.hasHiddenSegments = hasHiddenSegments
    self.images = images
    guard !document.categories.isEmpty else {
      throw ModelError(.malformedFile, "'\(annotations)' has no categories; give annotations rather than predictions.")
    }
    let objects = document.categories.sorted { $0.id < $1.id }
    categories = CategoryTables(objects: objects)
    categoryPlaces = Dictionary(objects.enumerated().map { ($1.id, $0) }) { first, _ in first }
  }

  /// The segments of a photograph, in the order of the JSON. Areas and boxes are those of the PNG: the JSON's areas of
  /// ADE20K are from before things were painted over stuff.
  ///   - problem: takes what is wrong with a single record, which is then left out; without it, reading stops there.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file, image and segment.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let annotation = document.annotations[index]
    let path = "\(masks)/\(annotation.fileName)"
    let labels = try LabelImage(contentsOf: path)
    let found = try LabelMasks(labels, name: "The panoptic PNG '\(path)'")
    var regions: [Region] = []
    var known: Set<UInt32> = [0]
    for segment in annotation.segments {
      known.insert(segment.id)
      try tolerating(problem) { () throws(ModelError) in
        let subject = "segment \(segment.id) of image \(annotation.imageID)"
        guard let category = categoryPlaces[segment.categoryID] else {
          throw malformed("\(subject) has the unknown category \(segment.categoryID)")
        }
        guard let mask = found[segment.id] else {
          // Where things were painted over stuff, nothing may be left of it.
          if hasHiddenSegments { return }
          throw malformed("\(subject) has no pixel in '\(path)'")
        }
        regions.append(
          Region(
            id: Int64(segment.id), kind: .object, mask: mask, objectCategory: category, isCrowd: segment.isCrowd))
      }
    }
    for stray in found.values where !known.contains(stray) {
      try tolerating(problem) { () throws(ModelError) in
        throw malformed("'\(path)' holds the segment \(stray), which image \(annotation.imageID) does not list")
      }
    }
    return Sample(
      image: ImageReference(
        id: annotation.imageID, place: .file(image(named: annotation.fileName)), width: labels.width,
        height: labels.height),
      regions: regions, source: name)
  }

  /// ADE20K's folders have the long names.
  private static func folder(of split: String) -> String {
    ["train": "training", "val": "validation"][split] ?? split
  }

  private func image(named mask: String) -> String {
    let stem = "\(images)/\(Folder.stem(mask))"
    return Folder.first(["jpg", "jpeg", "png", "JPEG"].map { "\(stem).\($0)" }) ?? stem + ".jpg"
  }

  private func malformed(_ what: String) -> ModelError {
    ModelError(.malformedFile, "The panoptic annotations '\(document.path)' cannot be used: \(what); get another copy.")
  }
}
