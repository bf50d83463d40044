import SemanticSAMCore

/// The formats that can be decoded, recognised by the first bytes of a file and never by its name.
enum ImageFormat: String {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"

  /// The format of `bytes`.
  /// - Throws: `malformedFile` with a guess of what the bytes are instead; `unreadableFile` where there are none.
  init(of bytes: UnsafeRawBufferPointer, from source: ImageSource) throws(ModelError) {
    if bytes.isEmpty {
      throw ModelError(
        .unreadableFile, "\(source.subject) is empty (0 bytes); get a complete copy of the picture.")
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else {
      throw ModelError(
        .malformedFile,
        "\(source.subject) is not a JPEG, PNG or WebP image (\(Self.describe(bytes))); convert it first.")
    }
  }

  /// What foreign bytes look like.
  private static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
    for (signature, offset, name) in foreignSignatures
    where bytes.dropFirst(offset).starts(with: signature.utf8) {
      return "it looks like \(name)"
    }
    // A cut at 64 bytes may split one character of UTF-8, which takes at most four.
    let start = bytes.prefix(64)
    let isText = start.count > 0 && !start.contains { $0 < 0x20 && !(0x09...0x0D).contains($0) || $0 == 0x7F }
    let isValid = (0..<4).contains { String(validating: start.dropLast($0), as: UTF8.self)?.isEmpty == false }
    if isText && isValid {
      return "it begins with text"
    }
    let digits = bytes.prefix(4).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return "it begins with the bytes \(digits.joined(separator: " "))"
  }

  private static let foreignSignatures: [(signature: String, offset: Int, name: String)] = [
    ("GIF8", 0, "GIF"),
    ("BM", 0, "BMP"),
    ("II*\0", 0, "TIFF or a camera's raw file"),
    ("MM\0*", 0, "TIFF or a camera's raw file"),
    ("ftypavif", 4, "AVIF"),
    ("ftyphei", 4, "HEIC"),
    ("ftypmif1", 4, "HEIC"),
    ("%PDF", 0, "PDF"),
    ("PK\u{3}\u{4}", 0, "a ZIP archive"),
  ]
}
