import SemanticSAMCore
import SemanticSAMImages

/// Photographs with masks in a folder: people's own data, and data sets published in this way.
///
/// `images/NAME.jpg` (or png, webp) with either `masks/NAME.png`, a map of labels in which each value is one region, or
/// `masks/NAME/*.png`, one file a region in which everything but 0 is inside. The folder of the masks can also be called
/// `labels` or `annotations`; a split is a folder above (`val/images`) or below (`images/val`). Names of the values:
/// `labels.txt`, a name a line from value 0 on, or `labels.json`, a list of names or an object `{"1": "cat"}`. Files of
/// single regions are named by their own names: `masks/NAME/cat_2.png` is a "cat", `masks/NAME/2.png` has no name.
public struct LabelFolder: Dataset {
  public let name: String
  public let categories: CategoryTables
  private let images: String
  private let masks: String
  /// The names of the image files.
  private let files: [String]
  /// Values that are no regions.
  private let ignored: Set<UInt32>
  private let licence: String?
  /// The place of the category of a value, or of a name.
  private let valuePlaces: [UInt32: Int]
  private let namePlaces: [String: Int]

  public var count: Int { files.count }

  /// - Parameters:
  ///   - split: the name of a folder above or below that of the images; empty where there is none.
  ///   - names: the names of the values, where no file has them.
  ///   - ignored: values that are no regions: by default 0, the background.
  /// - Throws: `unreadableFile` where there are no images or masks; `malformedFile` where the names cannot be read.
  public init(
    at root: String, split: String = "", name: String = "folder", names: [UInt32: Category]? = nil,
    ignored: Set<UInt32> = [0], licence: String? = nil
  ) throws(ModelError) {
    func folder(_ candidates: [String]) -> String {
      let below = candidates.flatMap { kind in
        split.isEmpty ? ["\(root)/\(kind)"] : ["\(root)/\(split)/\(kind)", "\(root)/\(kind)/\(split)"]
      }
      return Folder.first(below) ?? below[0]
    }
    self.name = name
    self.ignored = ignored
    self.licence = licence
    images = folder(["images"])
    masks = folder(["masks", "labels", "annotations"])
    files = try Folder.names(in: images).filter(Folder.isImage)
    var values = names
    if values == nil {
      values = try LabelNames.find(in: split.isEmpty ? [root] : ["\(root)/\(split)", root])
    }
    var table = (values ?? [:]).filter { !ignored.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
    valuePlaces = Dictionary(uniqueKeysWithValues: table.enumerated().map { (UInt32($1.id), $0) })
    var known = Dictionary(table.enumerated().map { ($1.name, $0) }) { first, _ in first }
    for entry in try Folder.names(in: masks) where Folder.isFolder("\(masks)/\(entry)") {
      for file in try Folder.names(in: "\(masks)/\(entry)") where file.hasSuffix(".png") {
        guard let name = Self.categoryName(of: file), known[name] == nil else { continue }
        known[name] = table.count
        table.append(Category(id: table.count, name: name))
      }
    }
    namePlaces = known
    categories = CategoryTables(objects: table)
  }

  /// "cat_2.png" shows a "cat", "2.png" something without a name.
  private static func categoryName(of file: String) -> String? {
    var stem = Folder.stem(file)[...]
    while let last = stem.last, last.isNumber || last == "_" || last == "-" { stem.removeLast() }
    return stem.isEmpty ? nil : String(stem).split(separator: "_").joined(separator: " ")
  }

  /// The regions of a photograph: values rising, or files in the order of their names.
  /// - Throws: `unreadableFile` where image or masks are missing; `malformedFile` naming file and value where a mask is
  ///   empty, not of the image's size, or has a value without a name.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let image = "\(images)/\(files[index])"
    let stem = Folder.stem(files[index])
    let size = try ImageSize(contentsOf: image)
    let regions =
      Folder.isFolder("\(masks)/\(stem)")
      ? try singleMasks("\(masks)/\(stem)", size, problem) : try labelledRegions("\(masks)/\(stem).png", size, problem)
    return Sample(
      image: ImageReference(id: stem, place: .file(image), width: size.width, height: size.height), regions: regions,
      licence: licence, source: name)
  }

  private func labelledRegions(_ path: String, _ size: ImageSize, _ problem: ((ModelError) -> Void)?) throws(ModelError)
    -> [Region]
  {
    let found = try LabelMasks(labels(path, size), name: "The labels '\(path)'")
    var regions: [Region] = []
    for (value, mask) in zip(found.values, found.masks) where !ignored.contains(value) {
      try tolerating(problem) { () throws(ModelError) in
        let category = valuePlaces[value]
        guard category != nil || valuePlaces.isEmpty else {
          throw ModelError(
            .malformedFile, "'\(path)' holds the value \(value), which has no name; add it to the list of names.")
        }
        regions.append(
          Region(
            id: Int64(value), kind: category == nil ? .unlabelled : .object, mask: mask, objectCategory: category))
      }
    }
    return regions
  }

  private func singleMasks(_ folder: String, _ size: ImageSize, _ problem: ((ModelError) -> Void)?) throws(ModelError)
    -> [Region]
  {
    var regions: [Region] = []
    for file in try Folder.names(in: folder) where file.hasSuffix(".png") {
      try tolerating(problem) { () throws(ModelError) in
        let path = "\(folder)/\(file)"
        let image = try labels(path, size)
        let mask = try Mask(
          width: image.width, height: image.height, bitmap: image.values.map { $0 == 0 ? 0 : 1 })
        guard !mask.isEmpty else {
          throw ModelError(.malformedFile, "The mask '\(path)' is empty; remove it or draw it anew.")
        }
        let category = Self.categoryName(of: file).flatMap { namePlaces[$0] }
        regions.append(
          Region(
            id: Int64(regions.count), kind: category == nil ? .unlabelled : .object, mask: mask,
            objectCategory: category))
      }
    }
    return regions
  }

  private func labels(_ path: String, _ size: ImageSize) throws(ModelError) -> LabelImage {
    let image = try LabelImage(contentsOf: path)
    guard image.width == size.width, image.height == size.height else {
      throw ModelError(
        .malformedFile,
        "'\(path)' has \(image.width) x \(image.height) pixels, and its image \(size.width) x \(size.height); scale the "
          + "labels by nearest neighbour.")
    }
    return image
  }
}
