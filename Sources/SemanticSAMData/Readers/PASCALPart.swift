import SemanticSAMCore
import SemanticSAMImages

/// PASCAL Part in its original form: the objects of PASCAL VOC 2010 with masks, and their parts.
///
/// Chen et al., "Detect What You Can: Detecting and Representing Objects using Holistic Models and Body Parts", CVPR 2014.
/// Layout: `Annotations_Part/2008_000002.mat`, photographs in `JPEGImages` or `VOCdevkit/VOC2010/JPEGImages`, lists of the
/// splits in `ImageSets/Main/{train,val}.txt` beside them.
public struct PASCALPart: Dataset {
  public let name = "pascal_part"
  public let categories: CategoryTables
  public let vocabulary: PASCALPartVocabulary
  private let annotations: String
  private let images: String
  /// Such as "2008_000002".
  private let stems: [String]
  private let objectPlaces: [String: Int]
  private let partPlaces: [String: Int]

  public var count: Int { stems.count }

  /// - Parameter split: "train", "val" or another list of `ImageSets/Main`; without it, or with an empty one, every
  ///   annotation file is read.
  /// - Throws: `unreadableFile` where there is no folder `Annotations_Part` or no list of the split.
  public init(
    at root: String, split: String? = nil, vocabulary: PASCALPartVocabulary = .original
  ) throws(ModelError) {
    self.vocabulary = vocabulary
    categories = vocabulary.categories
    objectPlaces = Dictionary(categories.objects.map { ($0.name, $0.id) }) { first, _ in first }
    partPlaces = Dictionary(categories.parts.map { ($0.name, $0.id) }) { first, _ in first }
    annotations = root + "/Annotations_Part"
    let bases = ["", "/VOCdevkit/VOC2010", "/VOC2010"].map { root + $0 }
    images = Folder.first(bases.map { $0 + "/JPEGImages" }) ?? root + "/JPEGImages"
    let all = try Folder.names(in: annotations).filter { $0.hasSuffix(".mat") }.map(Folder.stem)
    guard let split, !split.isEmpty else {
      stems = all
      return
    }
    let lists = bases.map { "\($0)/ImageSets/Main/\(split).txt" }
    let wanted = Set(try Folder.lines(Folder.first(lists) ?? lists[0]))
    stems = all.filter(wanted.contains)
  }

  /// The objects of a photograph, each followed by its parts.
  /// - Throws: `malformedFile` naming file, object and part.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try checkIndex(index)
    let stem = stems[index]
    let record = PASCALPartRecord(path: "\(annotations)/\(stem).mat")
    let objects = try record.objects()
    let image = "\(images)/\(stem).jpg"
    var size: (width: Int, height: Int)?
    var regions: [Region] = []
    for (place, object) in objects.enumerated() {
      let mask = object.mask
      let (width, height) = size ?? (mask.width, mask.height)
      size = (width, height)
      guard mask.width == width, mask.height == height else {
        throw record.malformed("the mask of object \(place) is not \(width) x \(height) pixels as that of the first")
      }
      guard PASCALPartVocabulary.published.contains(where: { $0.name == object.name }) else {
        throw record.malformed("object \(place) is of the unknown class '\(object.name)'")
      }
      guard let name = vocabulary.name(object: object.name) else { continue }
      let parent = regions.count
      regions.append(
        Region(id: Int64(parent), kind: .object, mask: mask, objectCategory: objectPlaces[name.object]))
      // Where parts of one group lie in `regions`.
      var groups: [Int: Int] = [:]
      for (partPlace, part) in object.parts.enumerated() {
        guard part.mask.width == width, part.mask.height == height else {
          throw record.malformed(
            "the mask of part \(partPlace) ('\(part.name)') of object \(place) is not \(width) x \(height) pixels as "
              + "the object's")
        }
        guard let name = vocabulary.name(object: object.name, part: part.name) else { continue }
        guard let category = partPlaces[name.part] else {
          throw record.malformed(
            "part \(partPlace) of object \(place), a \(object.name), has the unknown name '\(part.name)'")
        }
        if vocabulary == .groups57, let group = groups[category], let others = regions[group].mask {
          regions[group] = Region(
            id: regions[group].id, kind: .part, mask: try others.union(part.mask),
            objectCategory: regions[group].objectCategory, partCategory: category, parent: parent)
          continue
        }
        groups[category] = regions.count
        regions.append(
          Region(
            id: Int64(regions.count), kind: .part, mask: part.mask, objectCategory: objectPlaces[name.object],
            partCategory: category, parent: parent))
      }
    }
    if size == nil {
      let header = try ImageSize(contentsOf: image)
      size = (header.width, header.height)
    }
    return Sample(
      image: ImageReference(id: stem, place: .file(image), width: size?.width ?? 0, height: size?.height ?? 0),
      regions: regions, source: name)
  }
}

/// One annotation file: `anno` {imname, objects {class, class_ind, mask, parts {part_name, mask}}}.
struct PASCALPartRecord {
  let path: String

  struct Object {
    var name: String
    var mask: Mask
    var parts: [Part]
  }

  struct Part {
    var name: String
    var mask: Mask
  }

  func objects() throws(ModelError) -> [Object] {
    guard case .structures(let annotation) = try MATFile(contentsOf: path)["anno"], annotation.count == 1 else {
      throw malformed("it has no structure 'anno'")
    }
    try check(annotation.fields, ["imname", "objects"], "the structure 'anno'")
    guard let value = annotation.value("objects", at: 0) else { throw malformed("'anno' has no field 'objects'") }
    if value.isEmpty { return [] }
    guard case .structures(let structures) = value else { throw malformed("'objects' is \(value.kind)") }
    try check(structures.fields, ["class", "class_ind", "mask", "parts"], "the structure 'objects'")
    var objects: [Object] = []
    for place in 0..<structures.count {
      let name = "object \(place)"
      objects.append(
        Object(
          name: try text(structures.value("class", at: place), "the class of \(name)"),
          mask: try mask(structures.value("mask", at: place), name),
          parts: try parts(structures.value("parts", at: place), name)))
    }
    return objects
  }

  private func parts(_ value: MATValue?, _ object: String) throws(ModelError) -> [Part] {
    guard let value else { throw malformed("\(object) has no field 'parts'") }
    // Without parts the field is `[]`.
    if value.isEmpty { return [] }
    guard case .structures(let structures) = value else { throw malformed("the parts of \(object) are \(value.kind)") }
    try check(structures.fields, ["part_name", "mask"], "the structure 'parts' of \(object)")
    var parts: [Part] = []
    for place in 0..<structures.count {
      let name = "part \(place) of \(object)"
      parts.append(
        Part(
          name: try text(structures.value("part_name", at: place), "the name of \(name)"),
          mask: try mask(structures.value("mask", at: place), name)))
    }
    return parts
  }

  /// Files of a newer or foreign form must not be read halfway.
  private func check(_ fields: [String], _ known: [String], _ name: String) throws(ModelError) {
    if let unknown = fields.first(where: { !known.contains($0) }) {
      throw malformed("\(name) has the unexpected field '\(unknown)'")
    }
  }

  private func text(_ value: MATValue?, _ name: String) throws(ModelError) -> String {
    guard case .text(let text) = value else { throw malformed("\(name) is \(value?.kind ?? "missing")") }
    return text
  }

  private func mask(_ value: MATValue?, _ name: String) throws(ModelError) -> Mask {
    guard case .numbers(let numbers) = value, let mask = try Mask(numbers) else {
      throw malformed("the mask of \(name) is \(value?.kind ?? "missing")")
    }
    return mask
  }

  func malformed(_ what: String) -> ModelError {
    ModelError(.malformedFile, "The annotations '\(path)' cannot be used: \(what); get another copy.")
  }
}
