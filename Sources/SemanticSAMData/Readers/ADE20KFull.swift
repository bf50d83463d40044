import SemanticSAMCore
import SemanticSAMImages

/// The full release of ADE20K (`ADE20K_2021_17_01`): objects, their parts, and parts of parts.
///
/// Zhou et al., "Scene Parsing through ADE20K Dataset", CVPR 2017. Layout: below `images/ADE/{training,validation}`, in
/// folders of scenes, `X.jpg`, `X_seg.png` (objects), `X_parts_1.png`, `X_parts_2.png`, ... (parts), `X.json` (names), and the
/// folder `X` with a PNG for each object.
public struct ADE20KFull: Dataset {
  /// Which pixels an object has.
  public enum Extent: Hashable, Sendable {
    /// Those that are seen, from `_seg.png` and `_parts_N.png`. A part belongs to the region of the level above that has
    /// most of its pixels.
    case visible
    /// Those that are hidden by other objects too, from the PNG of each object. Parts belong to what the JSON says.
    case amodal
  }

  public let name = "ade20k_full"
  public let categories: CategoryTables
  public let extent: Extent
  private let root: String
  /// Paths without extensions, below `root`.
  private let stems: [String]
  private let objectPlaces: [UInt32: Int]
  private let partPlaces: [UInt32: Int]

  public var count: Int { stems.count }

  /// - Parameters:
  ///   - split: "training" or "validation"; empty for every photograph below `root`.
  ///   - problem: takes what is wrong with the names of a single photograph, which are then left out; without it, reading
  ///     stops there.
  /// - Throws: `unreadableFile`, `malformedFile`. The JSON of every photograph is read, for the names of the classes.
  public init(
    at root: String, split: String = "", extent: Extent = .visible, problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    let folders = ["images/ADE/\(split)", "ADE20K_2021_17_01/images/ADE/\(split)", split]
    let folder = split.isEmpty ? root : Folder.first(folders.map { "\(root)/\($0)" }) ?? "\(root)/\(split)"
    self.root = folder
    self.extent = extent
    stems = try Folder.files(below: folder) { $0.hasSuffix("_seg.png") }.map { String($0.dropLast("_seg.png".count)) }
    var objects: [UInt32: String] = [:]
    var parts: [UInt32: String] = [:]
    for stem in stems {
      do throws(ModelError) {
        for object in try ADE20KRecord(contentsOf: "\(folder)/\(stem).json").objects {
          if object.level == 0 { objects[object.code] = object.name } else { parts[object.code] = object.name }
        }
      } catch {
        guard let problem else { throw error }
        problem(error)
      }
    }
    func table(_ names: [UInt32: String]) -> [Category] {
      names.sorted { $0.key < $1.key }.map { Category(id: Int($0.key), name: $0.value) }
    }
    categories = CategoryTables(objects: table(objects), parts: table(parts))
    objectPlaces = Dictionary(uniqueKeysWithValues: objects.keys.sorted().enumerated().map { ($1, $0) })
    partPlaces = Dictionary(uniqueKeysWithValues: parts.keys.sorted().enumerated().map { ($1, $0) })
  }

  /// The objects of a photograph, then its parts, then the parts of parts. The object category of a part is that of the
  /// object that it belongs to in the end. Ids are those of the JSON for amodal regions, else places.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file and object.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let path = "\(root)/\(stems[index])"
    let record = try ADE20KRecord(contentsOf: path + ".json")
    let regions =
      switch extent {
      case .visible: try visibleRegions(path, record, problem)
      case .amodal: try amodalRegions(path, record, problem)
      }
    return Sample(
      image: ImageReference(
        id: Folder.baseName(stems[index]), place: .file(path + ".jpg"), width: record.size.width,
        height: record.size.height),
      regions: regions, licence: "ADE20K terms of use: research and education, not commercial", source: name)
  }

  private func visibleRegions(
    _ path: String, _ record: ADE20KRecord, _ problem: ((ModelError) -> Void)?
  ) throws(ModelError) -> [Region] {
    var regions: [Region] = []
    var above = 0..<0
    var level = 0
    while true {
      let file = level == 0 ? path + "_seg.png" : "\(path)_parts_\(level).png"
      guard level == 0 || Folder.exists(file) else { return regions }
      let image = try labels(file, record)
      let found = try LabelMasks(image, name: "The labels '\(file)'")
      let start = regions.count
      for (value, mask) in zip(found.values, found.masks) {
        let code = ADE20KCode.category(of: value)
        guard code != 0 else { continue }
        let places = level == 0 ? objectPlaces : partPlaces
        try tolerating(problem) { () throws(ModelError) in
          guard let category = places[code] else {
            throw ModelError(
              .malformedFile,
              "'\(file)' holds the class \(code), instance \(ADE20KCode.instance(of: value)), which no JSON of the data "
                + "set names; get the JSON that belongs to it.")
          }
          if level == 0 {
            regions.append(Region(id: Int64(regions.count), kind: .object, mask: mask, objectCategory: category))
            return
          }
          let parent = try Self.owner(of: mask, among: above, regions)
          regions.append(
            Region(
              id: Int64(regions.count), kind: .part, mask: mask,
              objectCategory: parent.flatMap { regions[$0].objectCategory }, partCategory: category, parent: parent))
        }
      }
      above = start..<regions.count
      level += 1
    }
  }

  /// The region that has most pixels of a part.
  private static func owner(
    of part: Mask, among places: Range<Int>, _ regions: [Region]
  ) throws(ModelError) -> Int? {
    var best: (place: Int, area: Int)?
    for place in places {
      guard let mask = regions[place].mask else { continue }
      let area = try part.intersectionArea(mask)
      if area > best?.area ?? 0 { best = (place, area) }
    }
    return best?.place
  }

  private func amodalRegions(
    _ path: String, _ record: ADE20KRecord, _ problem: ((ModelError) -> Void)?
  ) throws(ModelError) -> [Region] {
    let folder = String(path.dropLast(Folder.baseName(path).count))
    let objects = record.objects.enumerated().sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }
      .map(\.element)
    // Where each object lies in `regions`; wholes come before their parts.
    var placesOfIDs: [Int64: Int] = [:]
    var regions: [Region] = []
    for object in objects {
      try tolerating(problem) { () throws(ModelError) in
        let file = folder + object.mask
        let image = try labels(file, record)
        let mask = try Mask(
          width: image.width, height: image.height, bitmap: image.values.map { $0 == 0 ? 0 : 1 })
        guard !mask.isEmpty else {
          throw ModelError(.malformedFile, "The mask '\(file)' of object \(object.id) is empty; get another copy.")
        }
        let parent = object.whole.flatMap { placesOfIDs[$0] }
        let isPart = object.level > 0
        placesOfIDs[object.id] = regions.count
        regions.append(
          Region(
            id: object.id, kind: isPart ? .part : .object, mask: mask,
            objectCategory: isPart ? parent.flatMap { regions[$0].objectCategory } : objectPlaces[object.code],
            partCategory: isPart ? partPlaces[object.code] : nil, parent: parent))
      }
    }
    return regions
  }

  private func labels(_ file: String, _ record: ADE20KRecord) throws(ModelError) -> LabelImage {
    let image = try LabelImage(contentsOf: file)
    guard image.width == record.size.width, image.height == record.size.height else {
      throw ModelError(
        .malformedFile,
        "'\(file)' has \(image.width) x \(image.height) pixels, and its JSON says \(record.size.width) x "
          + "\(record.size.height); get the files of one release.")
    }
    return image
  }
}
