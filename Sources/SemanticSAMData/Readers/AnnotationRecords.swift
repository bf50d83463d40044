import CAnnotationJSON
import SemanticSAMCore

/// The records of an annotation file, one after the other, in constant memory.
struct AnnotationRecords: ~Copyable {
  private let file: AnnotationFile
  private let reader: OpaquePointer

  /// - Throws: `outOfMemory`.
  init(of file: AnnotationFile) throws(ModelError) {
    guard let reader = annotation_reader_create(file.descriptor) else {
      throw ModelError(.outOfMemory, "There is no memory to read '\(file.path)'; close other programs.")
    }
    self.file = file
    self.reader = reader
  }

  deinit { annotation_reader_free(reader) }

  /// Calls `body` for each record.
  /// - Parameters:
  ///   - problem: takes what is wrong with a single record, which is then left out; without it, reading stops there.
  ///   - body: throws for a record that cannot be used. Its texts are valid during the call.
  /// - Throws: `unreadableFile`, `malformedFile` or `limitExceeded` naming file, list, record and byte.
  func forEach(
    problem: ((ModelError) -> Void)?, _ body: (annotation_entry) throws(ModelError) -> Void
  ) throws(ModelError) {
    var entry = annotation_entry()
    while true {
      let status = Int(annotation_reader_next(reader, &entry))
      if status == Int(ANNOTATION_END.rawValue) { return }
      guard status == Int(ANNOTATION_OK.rawValue) else {
        let error = file.error(status: status, failure: annotation_reader_failure(reader))
        guard let problem, annotation_reader_can_continue(reader) != 0 else { throw error }
        problem(error)
        continue
      }
      do throws(ModelError) {
        try body(entry)
      } catch {
        guard let problem else { throw error }
        problem(error)
      }
    }
  }

  /// Whether the file has had a list so far.
  func hasSeen(_ section: annotation_section) -> Bool {
    annotation_reader_has_seen(reader, section.rawValue) != 0
  }
}

extension annotation_entry {
  func has(_ field: annotation_field) -> Bool { fields & field.rawValue != 0 }

  /// "annotation 17" by its id, or by its place where it has none.
  func description(_ kind: String) -> String {
    if has(ANNOTATION_FIELD_TEXT_ID) { return "\(kind) '\(String(text_id))'" }
    return has(ANNOTATION_FIELD_ID) ? "\(kind) \(id)" : "\(kind) without an id at place \(index)"
  }
}

extension String {
  /// A text of a record; empty where it is missing.
  init(_ text: annotation_text) {
    guard let start = text.start else {
      self = ""
      return
    }
    self.init(
      decoding: UnsafeRawBufferPointer(start: start, count: text.length), as: UTF8.self)
  }
}
