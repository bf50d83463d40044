import CAnnotationJSON
import SemanticSAMCore

/// The index of a results file in the form of COCO: a list of `{"image_id", "category_id", "score", "bbox", "segmentation"}`.
/// Masks stay in the file until they are asked for.
public final class COCOResults: Sendable {
  /// A detection without its mask.
  struct Detection {
    /// The image's place in the annotations.
    var image: UInt32
    var length: UInt32
    var offset: UInt64
    var category: Int64
    var score: Double
    /// NaN where it has none.
    var box: COCOBox
    var form: COCOAnnotations.Annotation.Form
  }

  let file: AnnotationFile
  /// Those of the annotations' image 0 first, and so on; in the order of the file within an image.
  let detections: [Detection]
  /// The place in the file of each detection, from 0.
  let places: [UInt32]
  /// The place of image i's first detection; one more entry than images.
  let starts: [UInt32]

  public var count: Int { detections.count }

  /// Reads a results file about the images of `annotations`.
  /// - Throws: `unreadableFile`; `malformedFile` or `limitExceeded` naming file and record: where the JSON is broken, a result
  ///   is of an image that the annotations do not list, or has no image, category or score. The official tool refuses the
  ///   same.
  public init(contentsOf path: String, for annotations: COCOAnnotations) throws(ModelError) {
    file = try AnnotationFile(path: path)
    var read: [Detection] = []
    var table = IdentifierTable()
    let ids = annotations.images.map(\.id)
    for place in ids.indices { _ = table.insert(place: place, in: ids) }
    var placesOfTexts: [String: Int] = [:]
    for place in ids.indices where annotations.hasTextIDs {
      placesOfTexts[annotations.identifier(ofImage: place)] = place
    }
    func broken(_ what: String) -> ModelError {
      ModelError(.malformedFile, "The results '\(path)' cannot be used: \(what).")
    }
    let records = try AnnotationRecords(of: file)
    try records.forEach(problem: nil) { entry throws(ModelError) in
      guard entry.section == ANNOTATION_SECTION_ANNOTATIONS.rawValue else { return }
      let name = "result \(entry.index) (byte \(entry.offset))"
      guard entry.has(ANNOTATION_FIELD_IMAGE), entry.has(ANNOTATION_FIELD_CATEGORY) else {
        throw broken("\(name) needs an 'image_id' and a 'category_id'")
      }
      guard entry.has(ANNOTATION_FIELD_SCORE) else { throw broken("\(name) needs a 'score'") }
      guard read.count < Int(UInt32.max) - 1 else { throw broken("there are more than \(UInt32.max - 1) results") }
      let place: Int?
      if entry.has(ANNOTATION_FIELD_TEXT_IMAGE) {
        place = placesOfTexts[String(entry.text_image_id)]
      } else {
        place = annotations.hasTextIDs ? nil : table.place(of: entry.image_id, in: ids)
      }
      guard let place else {
        let id =
          entry.has(ANNOTATION_FIELD_TEXT_IMAGE) ? "'\(String(entry.text_image_id))'" : "\(entry.image_id)"
        throw broken("\(name) is of image \(id), which '\(annotations.path)' does not list")
      }
      let hasBox = entry.has(ANNOTATION_FIELD_BOX)
      read.append(
        Detection(
          image: UInt32(place), length: UInt32(entry.length), offset: entry.offset, category: entry.category_id,
          score: entry.score,
          box: hasBox
            ? COCOBox(left: entry.box.0, top: entry.box.1, width: entry.box.2, height: entry.box.3) : .missing,
          form: COCOAnnotations.Annotation.Form(rawValue: entry.form) ?? .none))
    }
    (starts, places) = order(of: read.map(\.image), groups: ids.count)
    detections = places.map { read[Int($0)] }
  }
}

/// A stable order of elements by their groups.
/// - Parameter places: the group of each element; those with `UInt32.max` are left out.
/// - Returns: the place in `order` of each group's first element, one more entry than groups; and the elements in order.
func order(of places: [UInt32], groups: Int) -> (starts: [UInt32], order: [UInt32]) {
  var starts = [UInt32](repeating: 0, count: groups + 1)
  for place in places where place != .max { starts[Int(place) + 1] += 1 }
  for index in 0..<groups { starts[index + 1] += starts[index] }
  var next = starts
  var order = [UInt32](repeating: 0, count: Int(starts[groups]))
  for (index, place) in places.enumerated() where place != .max {
    order[Int(next[Int(place)])] = UInt32(index)
    next[Int(place)] += 1
  }
  return (starts, order)
}
