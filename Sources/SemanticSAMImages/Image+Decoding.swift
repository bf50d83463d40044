import SemanticSAMCore

/// Decoding JPEG, PNG and WebP.
///
/// The format is recognised by content, not by name. Pixels equal those of Pillow's `Image.open(f).convert("RGB")`:
/// colour profiles and gamma are ignored, alpha is dropped without blending, 16-bit samples keep their high byte
/// (also in grey PNG, where Pillow clips instead), and CMYK JPEG is read as Adobe's inverted inks. The EXIF
/// orientation is applied. Files that end early are errors, and so are JPEG files whose data are damaged; animations
/// are not supported.
extension Image {
  /// The picture in the file at `path`: a regular file or a pipe.
  /// - Parameters:
  ///   - limits: the largest picture that is accepted.
  ///   - ignoringOrientation: whether the stored pixels are wanted as they lie in the file.
  /// - Throws: `unreadableFile` (missing, a folder, empty or ending early), `malformedFile` (of another kind or
  ///   damaged), `limitExceeded`, `unsupported` or `outOfMemory`.
  public init(
    contentsOf path: String, limits: DecodingLimits = .default, ignoringOrientation: Bool = false
  ) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: limits.maximumBytes)
    self = try Self.decode(bytes, from: .file(path: path), limits, ignoringOrientation)
  }

  /// The picture in a file that lies in memory.
  /// - Throws: as `init(contentsOf:limits:ignoringOrientation:)`.
  public init(
    decoding bytes: UnsafeRawBufferPointer, limits: DecodingLimits = .default, ignoringOrientation: Bool = false
  ) throws(ModelError) {
    self = try ImageDecoder(limits: limits, ignoresOrientation: ignoringOrientation).decode(bytes, from: .bytes)
  }

  /// The picture in a file that lies in memory.
  /// - Throws: as `init(contentsOf:limits:ignoringOrientation:)`.
  public init(
    decoding bytes: [UInt8], limits: DecodingLimits = .default, ignoringOrientation: Bool = false
  ) throws(ModelError) {
    self = try Self.decode(bytes, from: .bytes, limits, ignoringOrientation)
  }

  /// The picture in what an open file descriptor still has, read to its end; the descriptor stays open.
  /// - Parameter name: how messages call the source.
  /// - Throws: as `init(contentsOf:limits:ignoringOrientation:)`.
  public init(
    readingFrom fileDescriptor: Int32, name: String = "standard input", limits: DecodingLimits = .default,
    ignoringOrientation: Bool = false
  ) throws(ModelError) {
    let source = ImageSource.stream(name: name)
    let bytes = try FileBytes.read(from: fileDescriptor, name: source.subject, limit: limits.maximumBytes)
    self = try Self.decode(bytes, from: source, limits, ignoringOrientation)
  }

  private static func decode(
    _ bytes: [UInt8], from source: ImageSource, _ limits: DecodingLimits, _ ignoringOrientation: Bool
  ) throws(ModelError) -> Image {
    let decoder = ImageDecoder(limits: limits, ignoresOrientation: ignoringOrientation)
    // The standard library's closure rethrows untyped errors only.
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(ModelError) in try decoder.decode(buffer, from: source) }
    }
    return try result.get()
  }
}
