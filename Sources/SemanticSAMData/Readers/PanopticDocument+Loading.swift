import CAnnotationJSON
import SemanticSAMCore

extension PanopticDocument {
  /// Reads a file from front to back in pieces, so that files of any length take little more memory than what is kept.
  ///
  /// Ids of images are numbers or texts; `iscrowd` and `isthing` numbers or truth values.
  /// - Parameter problem: takes what is wrong with a single record, which is then left out; without it that is thrown.
  /// - Throws: `unreadableFile`; `malformedFile` or `limitExceeded` naming file and record where the file is not of the form
  ///   above, or an id stands in it twice.
  public init(contentsOf path: String, problem: ((ModelError) -> Void)? = nil) throws(ModelError) {
    self.init(path: path, annotations: [])
    let records = try AnnotationRecords(of: try AnnotationFile(path: path))
    var imageIDs: Set<String> = []
    var segmentIDs: Set<UInt32> = []
    var categoryIDs: Set<Int64> = []
    try records.forEach(problem: problem) { entry throws(ModelError) in
      switch entry.section {
      case ANNOTATION_SECTION_ANNOTATIONS.rawValue:
        let annotation = try annotation(entry, segmentIDs: &segmentIDs)
        guard imageIDs.insert(annotation.imageID).inserted else {
          throw malformed("image \(annotation.imageID) has two annotations")
        }
        annotations.append(annotation)
      case ANNOTATION_SECTION_CATEGORIES.rawValue:
        let category = try category(entry)
        guard categoryIDs.insert(entry.id).inserted else { throw malformed("category \(entry.id) stands twice") }
        categories.append(category)
      default: break
      }
    }
    guard records.hasSeen(ANNOTATION_SECTION_ANNOTATIONS) else { throw malformed("'annotations' is missing") }
  }

  private func malformed(_ what: String) -> ModelError {
    ModelError(
      .malformedFile,
      "The panoptic annotations of '\(path)' cannot be read: \(what); give a file in COCO's panoptic form.")
  }

  private func annotation(_ entry: annotation_entry, segmentIDs: inout Set<UInt32>) throws(ModelError) -> Annotation {
    guard entry.has(ANNOTATION_FIELD_IMAGE) else {
      throw malformed("'annotations.\(entry.index).image_id' is missing")
    }
    let imageID = entry.has(ANNOTATION_FIELD_TEXT_IMAGE) ? String(entry.text_image_id) : "\(entry.image_id)"
    func missing(_ field: String) -> ModelError {
      malformed("'annotations.\(entry.index).\(field)' is missing, which image \(imageID) needs")
    }
    guard entry.name.length > 0 else { throw missing("file_name") }
    guard entry.has(ANNOTATION_FIELD_SEGMENTS) else { throw missing("segments_info") }
    segmentIDs.removeAll(keepingCapacity: true)
    var segments: [Segment] = []
    segments.reserveCapacity(entry.segment_count)
    for (place, segment) in UnsafeBufferPointer(start: entry.segments, count: entry.segment_count).enumerated() {
      guard segment.has(ANNOTATION_FIELD_ID) else { throw missing("segments_info.\(place).id") }
      guard segment.has(ANNOTATION_FIELD_CATEGORY) else { throw missing("segments_info.\(place).category_id") }
      guard let id = UInt32(exactly: segment.id), (1..<1 << 24).contains(id) else {
        throw malformed("segment \(segment.id) of image \(imageID) is not within 1...16777215")
      }
      guard segmentIDs.insert(id).inserted else {
        throw malformed("segment \(id) stands twice in image \(imageID)")
      }
      segments.append(
        Segment(
          id: id, categoryID: Int(segment.category_id), area: segment.has(ANNOTATION_FIELD_AREA) ? segment.area : nil,
          isCrowd: segment.is_crowd != 0))
    }
    return Annotation(imageID: imageID, fileName: String(entry.name), segments: segments)
  }

  private func category(_ entry: annotation_entry) throws(ModelError) -> Category {
    guard entry.has(ANNOTATION_FIELD_ID) else { throw malformed("'categories.\(entry.index).id' is missing") }
    guard entry.name.length > 0, entry.has(ANNOTATION_FIELD_THING) else {
      throw malformed("category \(entry.id) needs a 'name' and an 'isthing'")
    }
    return Category(
      id: Int(entry.id), name: String(entry.name),
      supercategory: entry.detail.length > 0 ? String(entry.detail) : nil, isThing: entry.is_thing != 0)
  }
}

extension annotation_segment {
  fileprivate func has(_ field: annotation_field) -> Bool { fields & field.rawValue != 0 }
}
