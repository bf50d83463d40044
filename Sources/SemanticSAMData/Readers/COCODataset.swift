import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A data set whose annotations have the form of COCO: COCO itself, Objects365, PACO, PartImageNet, PASCAL Part's JSON and
/// others. Their differences are in ``COCODescriptor``.
public struct COCODataset: Dataset {
  public let descriptor: COCODescriptor
  public let annotations: COCOAnnotations
  public let categories: CategoryTables
  /// What each category of the file is; by the place in `annotations.categories`.
  public let meanings: [Meaning]
  /// The data set's folder, in which the images lie.
  public let root: String
  public let split: String
  /// The places in `annotations.images` of the photographs, in order.
  public let imagePlaces: [Int]
  private let layout: Int

  public var name: String { descriptor.name }
  public var count: Int { imagePlaces.count }

  /// What a category of the file is: places in the data set's `categories`.
  public struct Meaning: Hashable, Sendable {
    public var object: Int?
    public var part: Int?
  }

  /// A data set by its folder.
  /// - Parameters:
  ///   - split: such as "val2017"; without it the descriptor's default.
  ///   - asReference: with the names of categories that the published reference uses, also where they are wrong.
  /// - Throws: `unreadableFile` where the folder holds no annotations of the split; as
  ///   ``COCOAnnotations/init(contentsOf:problem:)``.
  public init(
    _ descriptor: COCODescriptor, at root: String, split: String? = nil, asReference: Bool = false,
    problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    let split = split ?? descriptor.defaultSplit
    let paths = descriptor.annotationPaths(split: split).map { "\(root)/\($0)" }
    guard let path = paths.first(where: Self.exists) else {
      let places = paths.map { "'\($0)'" }.joined(separator: " nor ")
      throw ModelError(
        .unreadableFile,
        "There are no annotations of the split '\(split)' of \(descriptor.name): there is no file \(places); check the "
          + "path and the split.")
    }
    self.init(
      try COCOAnnotations(contentsOf: path, problem: problem), descriptor, root: root, split: split,
      asReference: asReference)
  }

  /// A data set from its annotation file and the folder of its images, whatever their names.
  /// - Throws: As ``COCOAnnotations/init(contentsOf:problem:)``.
  public init(
    annotations: String, images: String, name: String = "coco", naming: CategoryNaming = .colon,
    problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    let descriptor = COCODescriptor(
      name: name, defaultSplit: "", annotations: [annotations], images: ["{file}", "{base}"], naming: naming)
    self.init(
      try COCOAnnotations(contentsOf: annotations, problem: problem), descriptor, root: images, split: "",
      asReference: false)
  }

  init(
    _ annotations: COCOAnnotations, _ descriptor: COCODescriptor, root: String, split: String, asReference: Bool
  ) {
    self.descriptor = descriptor
    self.annotations = annotations
    self.root = root
    self.split = split
    (categories, meanings) = Self.tables(of: annotations, descriptor.naming, asReference: asReference)
    imagePlaces = annotations.images.indices.filter { place in
      descriptor.missingImages.isEmpty
        || !descriptor.missingImages.contains(Self.baseName(annotations.fileName(ofImage: place)))
    }
    layout = Self.layout(descriptor, root: root, split: split, annotations: annotations, places: imagePlaces)
  }

  /// The sample at `index`.
  ///
  /// A region without a mask has `mask == nil`; one without an annotated box or area has its mask's. Polygons of fewer than
  /// three points are left out.
  /// - Throws: `malformedFile` naming file and annotation where a mask cannot be decoded or does not have the image's size.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, decoder: COCOMaskDecoder(of: annotations.file))
  }

  /// With a decoder that is used for many samples.
  func sample(at index: Int, decoder: COCOMaskDecoder) throws(ModelError) -> Sample {
    guard imagePlaces.indices.contains(index) else {
      throw ModelError(
        .invalidArgument, "\(name) has no sample \(index); it has \(count) samples, numbered from 0.")
    }
    let place = imagePlaces[index]
    let image = annotations.images[place]
    let range = annotations.annotations(ofImage: place)
    var placesOfIDs: [Int64: Int] = [:]
    if annotations.hasWholes {
      for (position, annotation) in annotations.annotations[range].enumerated() {
        placesOfIDs[annotation.id] = position
      }
    }
    var regions: [Region] = []
    regions.reserveCapacity(range.count)
    var findings: COCOMaskDecoder.Findings = []
    for annotationPlace in range {
      let annotation = annotations.annotations[annotationPlace]
      let mask: Mask? =
        switch annotation.form {
        case .none, .empty: nil
        case .polygons, .code:
          try decoder.mask(
            offset: annotation.offset, length: annotation.length, width: Int(image.width), height: Int(image.height),
            name: "annotation \(annotation.id)", findings: &findings)
        }
      let parent = annotations.whole(ofAnnotation: annotationPlace).flatMap { placesOfIDs[$0] }
      var region = region(annotation, mask: mask, parent: parent, in: range)
      if annotations.hasNumbers {
        region.attributes = try decoder.numbers(
          "attribute_ids", offset: annotation.offset, length: annotation.length, name: "annotation \(annotation.id)")
      }
      regions.append(region)
    }
    return Sample(
      image: ImageReference(
        id: annotations.identifier(ofImage: place), place: .file(path(ofImage: place)), width: Int(image.width),
        height: Int(image.height)),
      regions: regions, licence: annotations.licence(ofImage: place).map { $0.name.isEmpty ? $0.address : $0.name },
      source: name, federation: try federation(ofImage: place, decoder: decoder))
  }

  private func federation(ofImage place: Int, decoder: COCOMaskDecoder) throws(ModelError) -> Sample.Federation? {
    guard annotations.hasNumbers else { return nil }
    let image = annotations.images[place]
    func numbers(_ field: String) throws(ModelError) -> [Int] {
      try decoder.numbers(
        field, offset: image.offset, length: image.length, name: "image \(annotations.identifier(ofImage: place))")
    }
    return Sample.Federation(
      absent: try numbers("neg_category_ids"), notExhaustive: try numbers("not_exhaustive_category_ids"))
  }

  private func region(
    _ annotation: COCOAnnotations.Annotation, mask: Mask?, parent: Int?, in range: Range<Int>
  ) -> Region {
    let box =
      annotation.hasBox
      ? Box(
        x0: annotation.left, y0: annotation.top, x1: annotation.left + annotation.width,
        y1: annotation.top + annotation.height)
      : mask?.box ?? Box(x0: 0, y0: 0, x1: 0, y1: 0)
    let meaning = meanings[Int(annotation.category)]
    var object = meaning.object
    let isPart = meaning.part != nil && (meaning.object != nil || parent != nil)
    if let parent, meaning.part != nil {
      // The name of such a part says nothing of its object.
      object = meanings[Int(annotations.annotations[range.lowerBound + parent].category)].object ?? object
    }
    return Region(
      id: annotation.id, kind: isPart || parent != nil ? .part : .object, mask: mask, box: box,
      area: annotation.hasArea ? annotation.area : mask.map { Double($0.area) } ?? box.area, objectCategory: object,
      partCategory: isPart ? meaning.part : nil, parent: parent, isCrowd: annotation.isCrowd)
  }

  /// Where the photograph of `annotations.images[place]` lies, or should lie.
  public func path(ofImage place: Int) -> String {
    let paths = descriptor.imagePaths(split: split, file: annotations.fileName(ofImage: place))
    let usual = "\(root)/\(paths[layout])"
    // Objects365 and PACO mix folders.
    if Self.exists(usual) { return usual }
    return paths.map { "\(root)/\($0)" }.first(where: Self.exists) ?? usual
  }

  /// The first way to name images under which one of the first images is found.
  private static func layout(
    _ descriptor: COCODescriptor, root: String, split: String, annotations: COCOAnnotations, places: [Int]
  ) -> Int {
    for place in places.prefix(20) {
      let paths = descriptor.imagePaths(split: split, file: annotations.fileName(ofImage: place))
      if let layout = paths.firstIndex(where: { exists("\(root)/\($0)") }) { return layout }
    }
    return 0
  }

  static func exists(_ path: String) -> Bool {
    access(path, R_OK) == 0
  }

  private static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Objects and parts of a file's categories. Objects alone keep the order of their ids; where there are parts, objects and
  /// parts are in alphabetical order.
  private static func tables(
    of annotations: COCOAnnotations, _ naming: CategoryNaming, asReference: Bool
  ) -> (CategoryTables, [Meaning]) {
    let names = annotations.categories.map { naming.split($0.name, asReference: asReference) }
    // Categories of annotations that name their whole are parts, whatever their names.
    var isPartByUse = [Bool](repeating: false, count: names.count)
    var isObjectByUse = isPartByUse
    if annotations.hasWholes {
      for (place, annotation) in annotations.annotations.enumerated() {
        if annotations.whole(ofAnnotation: place) != nil {
          isPartByUse[Int(annotation.category)] = true
        } else {
          isObjectByUse[Int(annotation.category)] = true
        }
      }
    }
    let hasParts = names.contains { $0.part != nil } || isPartByUse.contains(true)
    let order = annotations.categories.indices.sorted { annotations.categories[$0].id < annotations.categories[$1].id }
    var objects: [Category] = []
    var parts: [Category] = []
    for place in order {
      let category = annotations.categories[place]
      let (object, part) = names[place]
      let isPartOnly = part == nil && isPartByUse[place] && !isObjectByUse[place]
      if !isPartOnly {
        objects.append(
          Category(
            id: part == nil ? category.id : -1, name: object, supercategory: part == nil ? category.supercategory : nil,
            isThing: category.isThing))
      }
      if let partName = part ?? (isPartByUse[place] ? object : nil) {
        parts.append(Category(id: part == nil ? category.id : -1, name: partName, isThing: category.isThing))
      }
    }
    if hasParts {
      objects = Self.unique(objects)
      parts = Self.unique(parts)
    }
    let objectPlaces = Dictionary(objects.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let partPlaces = Dictionary(parts.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var ranks = [Int](repeating: 0, count: names.count)
    for (rank, place) in order.enumerated() { ranks[place] = rank }
    let meanings = names.indices.map { place in
      let (object, part) = names[place]
      let partName = part ?? (isPartByUse[place] ? object : nil)
      return Meaning(
        object: hasParts ? objectPlaces[object] : ranks[place], part: partName.flatMap { partPlaces[$0] })
    }
    return (CategoryTables(objects: objects, parts: parts), meanings)
  }

  /// In alphabetical order, each name once. A category that only the names of parts speak of has its place as its id.
  private static func unique(_ categories: [Category]) -> [Category] {
    var byName: [String: Category] = [:]
    for category in categories where (byName[category.name]?.id ?? -1) < 0 { byName[category.name] = category }
    return byName.values.sorted { $0.name < $1.name }.enumerated().map { place, category in
      var category = category
      if category.id < 0 { category.id = place }
      return category
    }
  }
}
