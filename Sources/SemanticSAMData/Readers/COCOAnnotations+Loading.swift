import CAnnotationJSON
import SemanticSAMCore

extension COCOAnnotations {
  /// Reads the index of a file, from front to back in pieces.
  ///
  /// What real copies show is taken: a mask or box that is missing or empty, `iscrowd` as a truth value, whole numbers
  /// written as 3.0, a byte order mark, ids of images as text, an unknown licence, unknown fields.
  /// - Parameter problem: takes what is wrong with a single record, which is then left out; without it that is thrown.
  /// - Throws: `unreadableFile`; `malformedFile` or `limitExceeded` naming file and record: where the JSON is broken, an id
  ///   stands twice, an annotation is of an image or category that the file does not list, or a field that is needed is
  ///   missing.
  public convenience init(
    contentsOf path: String, problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) {
    var loader = try Loader(path: path)
    try loader.read(problem)
    self.init(try loader.finished(problem))
  }

  private struct Loader {
    private var contents: Contents
    /// Of an image, in pixels: what JPEG can hold, so that a claimed size costs neither time nor memory.
    private static let largestSide: Int64 = 65_535

    private var licencesOfImages: [Int64] = []
    private var imageIDs: [Int64] = []
    private var imageTable = IdentifierTable()
    private var placesOfTextIDs: [String: Int] = [:]
    /// By annotation, in the order of the file: the id of its image, or the place in `imageTexts`.
    private var imagesOfAnnotations: [Int64] = []
    private var imageTexts: [String: Int64] = [:]
    private var categoriesOfAnnotations: [Int64] = []
    private var hasWholes = false
    private var categoryIDs: Set<Int64> = []
    private var attributeIDs: Set<Int64> = []
    /// Where the first annotation stands in the file.
    private var firstOffset: UInt64?

    init(path: String) throws(ModelError) {
      contents = Contents(file: try AnnotationFile(path: path))
    }

    mutating func read(_ problem: ((ModelError) -> Void)?) throws(ModelError) {
      let records = try AnnotationRecords(of: contents.file)
      try records.forEach(problem: problem) { entry throws(ModelError) in
        switch entry.section {
        case ANNOTATION_SECTION_IMAGES.rawValue: try add(image: entry)
        case ANNOTATION_SECTION_ANNOTATIONS.rawValue: try add(annotation: entry)
        case ANNOTATION_SECTION_CATEGORIES.rawValue:
          try add(category: entry, "category", to: &contents.categories, &categoryIDs)
        case ANNOTATION_SECTION_ATTRIBUTES.rawValue:
          try add(category: entry, "attribute", to: &contents.attributes, &attributeIDs)
        default: add(licence: entry)
        }
        if entry.has(ANNOTATION_FIELD_NUMBERS) { contents.hasNumbers = true }
      }
      // Another kind of file, such as results, would be a data set without photographs.
      for (section, name) in [(ANNOTATION_SECTION_IMAGES, "images"), (ANNOTATION_SECTION_ANNOTATIONS, "annotations")]
      where !records.hasSeen(section) {
        throw broken("it has no list '\(name)'; give a file in the form of COCO's annotations")
      }
    }

    private func broken(_ what: String) -> ModelError {
      ModelError(.malformedFile, "The annotations of '\(contents.file.path)' cannot be used: \(what).")
    }

    private mutating func add(image entry: annotation_entry) throws(ModelError) {
      let description = entry.description("image")
      guard entry.has(ANNOTATION_FIELD_ID) else { throw broken("the \(description) needs one") }
      guard entry.has(ANNOTATION_FIELD_WIDTH), entry.has(ANNOTATION_FIELD_HEIGHT), entry.name.length > 0 else {
        throw broken("\(description) needs a width, a height and a file name")
      }
      let sides = 1...Self.largestSide
      guard sides.contains(entry.width), sides.contains(entry.height) else {
        throw broken(
          "\(description) has a size of \(entry.width) x \(entry.height) pixels; both must be 1 to \(Self.largestSide)")
      }
      let place = contents.images.count
      guard place < Int(UInt32.max) - 1 else { throw broken("there are more than \(UInt32.max - 1) images") }
      if entry.has(ANNOTATION_FIELD_TEXT_ID) {
        guard contents.textIDs.count == place else {
          throw broken("\(description) has a text as its id, images before it have numbers")
        }
        let text = String(entry.text_id)
        guard placesOfTextIDs.updateValue(place, forKey: text) == nil else {
          throw broken("\(description) is there twice; ids must be unique")
        }
        contents.textIDs.append(text)
        imageIDs.append(Int64(place))
      } else {
        guard contents.textIDs.isEmpty else {
          throw broken("\(description) has a number as its id, images before it have texts")
        }
        imageIDs.append(entry.id)
        guard imageTable.insert(place: place, in: imageIDs) == nil else {
          imageIDs.removeLast()
          throw broken("\(description) is there twice; ids must be unique")
        }
      }
      contents.names.append(contentsOf: UnsafeRawBufferPointer(start: entry.name.start, count: entry.name.length))
      contents.images.append(
        Image(
          id: imageIDs[place], width: Int32(entry.width), height: Int32(entry.height), licence: -1,
          length: UInt32(entry.length), offset: entry.offset, nameEnd: UInt64(contents.names.count)))
      licencesOfImages.append(entry.has(ANNOTATION_FIELD_LICENCE) ? entry.licence_id : .min)
    }

    private mutating func add(annotation entry: annotation_entry) throws(ModelError) {
      let description = entry.description("annotation")
      guard entry.has(ANNOTATION_FIELD_ID) else { throw broken("the \(description) needs one") }
      guard entry.has(ANNOTATION_FIELD_IMAGE) else { throw broken("\(description) needs an 'image_id'") }
      guard entry.has(ANNOTATION_FIELD_CATEGORY) else { throw broken("\(description) needs a 'category_id'") }
      guard contents.annotations.count < Int(UInt32.max) - 1 else {
        throw broken("there are more than \(UInt32.max - 1) annotations")
      }
      reserveIfFull(before: entry.offset)
      let hasBox = entry.has(ANNOTATION_FIELD_BOX)
      contents.annotations.append(
        Annotation(
          id: entry.id, area: entry.has(ANNOTATION_FIELD_AREA) ? entry.area : .nan, left: hasBox ? entry.box.0 : .nan,
          top: hasBox ? entry.box.1 : .nan, width: hasBox ? entry.box.2 : .nan, height: hasBox ? entry.box.3 : .nan,
          offset: entry.offset, length: UInt32(entry.length), category: -1,
          form: Annotation.Form(rawValue: entry.form) ?? .none, isCrowd: entry.is_crowd != 0))
      categoriesOfAnnotations.append(entry.category_id)
      if entry.has(ANNOTATION_FIELD_TEXT_IMAGE) {
        // Numbers below all ids of images stand for texts until all images are known.
        let text = String(entry.text_image_id)
        let number = imageTexts[text] ?? Int64(imageTexts.count)
        imageTexts[text] = number
        imagesOfAnnotations.append(.min + number)
      } else {
        imagesOfAnnotations.append(entry.image_id)
      }
      // PACO's objects name themselves.
      if entry.has(ANNOTATION_FIELD_WHOLE), entry.whole_id != entry.id {
        if !hasWholes {
          hasWholes = true
          contents.wholes = [Int64](repeating: .min, count: contents.annotations.count - 1)
        }
        contents.wholes.append(entry.whole_id)
      } else if hasWholes {
        contents.wholes.append(.min)
      }
    }

    /// Makes room for as many annotations as the rest of the file holds if they go on as they were: growing by doubling
    /// would copy gigabytes. What is not used is given back at the end.
    private mutating func reserveIfFull(before offset: UInt64) {
      let first = firstOffset ?? offset
      firstOffset = first
      let count = contents.annotations.count
      guard count >= 1 << 16, count == contents.annotations.capacity, offset > first else { return }
      let share = Double(contents.file.size - first) / Double(offset - first)
      let expected = max(Int(Double(count) * share * 1.02), count + count / 2)
      contents.annotations.reserveCapacity(expected)
      imagesOfAnnotations.reserveCapacity(expected)
      categoriesOfAnnotations.reserveCapacity(expected)
    }

    private func add(
      category entry: annotation_entry, _ kind: String, to categories: inout [Category], _ ids: inout Set<Int64>
    ) throws(ModelError) {
      let description = entry.description(kind)
      guard entry.has(ANNOTATION_FIELD_ID), entry.name.length > 0 else {
        throw broken("\(description) needs an id and a name")
      }
      guard ids.insert(entry.id).inserted else {
        throw broken("\(description) is there twice; ids must be unique")
      }
      categories.append(
        Category(
          id: Int(entry.id), name: String(entry.name),
          supercategory: entry.detail.length > 0 ? String(entry.detail) : nil, isThing: entry.is_thing != 0))
    }

    private mutating func add(licence entry: annotation_entry) {
      contents.licences.append(
        Licence(
          id: entry.has(ANNOTATION_FIELD_ID) ? entry.id : .min, name: String(entry.name), address: String(entry.detail))
      )
    }

    /// Joins annotations with images and categories, which may come after them in the file.
    mutating func finished(_ problem: ((ModelError) -> Void)?) throws(ModelError) -> Contents {
      let licencePlaces = Dictionary(
        contents.licences.enumerated().map { ($1.id, Int32($0)) }, uniquingKeysWith: { first, _ in first })
      for (place, id) in licencesOfImages.enumerated() where id != .min {
        contents.images[place].licence = licencePlaces[id] ?? -1
      }
      licencesOfImages = []
      let places = try placesOfImages(problem)
      imagesOfAnnotations = []
      order(by: places)
      return contents
    }

    /// The place of each annotation's image, or `UInt32.max` where the annotation is left out.
    private mutating func placesOfImages(_ problem: ((ModelError) -> Void)?) throws(ModelError) -> [UInt32] {
      let categoryPlaces = Dictionary(
        contents.categories.enumerated().map { (Int64($1.id), Int32($0)) }, uniquingKeysWith: { first, _ in first })
      let texts = Dictionary(uniqueKeysWithValues: imageTexts.map { ($1, $0) })
      var table = IdentifierTable()
      let ids = contents.annotations.map(\.id)
      var places = [UInt32](repeating: .max, count: ids.count)
      for index in ids.indices {
        let image = imagesOfAnnotations[index]
        let text = texts[image &- .min]
        let place =
          if let text { placesOfTextIDs[text] } else if contents.textIDs.isEmpty {
            imageTable.place(of: image, in: imageIDs)
          } else { Int?.none }
        var failure: String?
        if place == nil {
          failure = "is of image \(text.map { "'\($0)'" } ?? "\(image)"), which is not in the list of images"
        } else if let category = categoryPlaces[categoriesOfAnnotations[index]] {
          contents.annotations[index].category = category
          if table.insert(place: index, in: ids) != nil { failure = "is there twice; ids must be unique" }
        } else {
          failure = "has category \(categoriesOfAnnotations[index]), which is not in the list of categories"
        }
        if let failure {
          let error = broken("annotation \(ids[index]) (byte \(contents.annotations[index].offset)) \(failure)")
          guard let problem else { throw error }
          problem(error)
        } else if let place {
          places[index] = UInt32(place)
        }
      }
      categoriesOfAnnotations = []
      return places
    }

    /// Sorts annotations by their images, keeping the order of the file within an image.
    private mutating func order(by places: [UInt32]) {
      let (starts, order) = SemanticSAMData.order(of: places, groups: contents.images.count)
      contents.starts = starts
      contents.annotations = order.map { contents.annotations[Int($0)] }
      if hasWholes { contents.wholes = order.map { contents.wholes[Int($0)] } }
    }
  }
}
