import CAnnotationJSON
import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An annotation file that stays open, so that its records can be read again by their place.
final class AnnotationFile: Sendable {
  let path: String
  let descriptor: Int32
  /// In bytes.
  let size: UInt64

  /// - Throws: `unreadableFile` where the file is missing, is no regular file or cannot be opened.
  init(path: String) throws(ModelError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ModelError(.unreadableFile, "The path of an annotation file is empty or holds a zero byte; give its path.")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw ModelError(
        .unreadableFile,
        code == ENOENT
          ? "There is no annotation file '\(path)'; check the path."
          : "The annotation file '\(path)' cannot be opened: \(String(cString: strerror(code))); check its permissions."
      )
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ModelError(
        .unreadableFile, "The annotations '\(path)' are no regular file; give the path of a JSON file on a disk.")
    }
    self.path = path
    self.descriptor = descriptor
    size = UInt64(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on, and zeros behind them.
  /// - Parameter length: in bytes; the buffer has `ANNOTATION_PADDING` more.
  /// - Throws: `unreadableFile` where the file has become shorter or cannot be read.
  func read(into buffer: UnsafeMutableRawBufferPointer, offset: UInt64, length: Int) throws(ModelError) {
    var done = 0
    while done < length {
      let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, length - done, off_t(offset) + off_t(done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw ModelError(
          .unreadableFile,
          "The annotation file '\(path)' cannot be read again at byte \(offset); it must not change while it is in use."
        )
      }
      done += count
    }
    for index in done..<buffer.count { buffer[index] = 0 }
  }

  /// A failure of reading as a sentence.
  func error(status: Int, failure: annotation_failure) -> ModelError {
    let section = AnnotationFile.name(ofSection: failure.section)
    let place =
      section.map { "record \(failure.index) of '\($0)' (byte \(failure.offset))" } ?? "byte \(failure.offset)"
    return error(status: status, place: place, field: failure.field.map { String(cString: $0) })
  }

  /// A failure of a record as a sentence.
  func error(status: Int, place: String, field: String?) -> ModelError {
    let start = "The annotations of '\(path)' cannot be read: \(place)"
    let subject = field.map { "the field '\($0)' of \(place)" } ?? place
    let middle = "The annotations of '\(path)' cannot be read: \(subject)"
    switch UInt32(status) {
    case ANNOTATION_IO.rawValue:
      return ModelError(.unreadableFile, "The annotation file '\(path)' cannot be read; get a readable copy.")
    case ANNOTATION_OUT_OF_MEMORY.rawValue:
      return ModelError(.outOfMemory, "\(start) does not fit into memory; close other programs.")
    case ANNOTATION_TRUNCATED.rawValue:
      return ModelError(.malformedFile, "\(start) is cut off where the file ends; get a complete copy.")
    case ANNOTATION_TYPE.rawValue:
      return ModelError(.malformedFile, "\(middle) has a value of the wrong type; get an intact copy.")
    case ANNOTATION_NUMBER.rawValue:
      return ModelError(.malformedFile, "\(middle) has a number that is out of range; get an intact copy.")
    case ANNOTATION_ENCODING.rawValue:
      return ModelError(.malformedFile, "\(middle) has text that is not UTF-8; get an intact copy.")
    case ANNOTATION_LIMIT.rawValue:
      return ModelError(
        .limitExceeded,
        "\(start) is nested deeper than \(ANNOTATION_MAXIMUM_DEPTH) levels or longer than \(ANNOTATION_MAXIMUM_RECORD) "
          + "bytes; get an intact copy.")
    case ANNOTATION_REPEATED.rawValue:
      return ModelError(.malformedFile, "\(start) begins a list that has been there before; get an intact copy.")
    default:
      return ModelError(.malformedFile, "\(middle) is not JSON; get an intact copy.")
    }
  }

  /// The name of a list in the file.
  private static func name(ofSection section: UInt32) -> String? {
    switch section {
    case ANNOTATION_SECTION_IMAGES.rawValue: "images"
    case ANNOTATION_SECTION_ANNOTATIONS.rawValue: "annotations"
    case ANNOTATION_SECTION_CATEGORIES.rawValue: "categories"
    case ANNOTATION_SECTION_LICENCES.rawValue: "licenses"
    case ANNOTATION_SECTION_ATTRIBUTES.rawValue: "attributes"
    default: nil
    }
  }
}
