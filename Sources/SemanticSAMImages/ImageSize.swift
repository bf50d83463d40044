import CImageCodecs
import SemanticSAMCore

/// The size of a picture as decoding gives it, read from the header alone.
public struct ImageSize: Hashable, Sendable {
  /// In pixels, after the EXIF orientation.
  public let width: Int
  /// In pixels, after the EXIF orientation.
  public let height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The size of the JPEG, PNG or WebP at `path`.
  /// - Throws: `unreadableFile`, `malformedFile`, `limitExceeded` or `unsupported`, as `Image.init(contentsOf:)`; damage
  ///   behind the header is not noticed.
  public init(contentsOf path: String, limits: DecodingLimits = .default) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: limits.maximumBytes)
    let decoder = ImageDecoder(limits: limits, ignoresOrientation: false)
    self = try bytes.withBytes { (buffer) throws(ModelError) in try decoder.size(buffer, from: .file(path: path)) }
  }
}

extension ImageDecoder {
  /// Reads the header.
  func size(_ bytes: UnsafeRawBufferPointer, from source: ImageSource) throws(ModelError) -> ImageSize {
    let format = try ImageFormat(of: bytes, from: source)
    let size = try readSize(bytes, format, source)
    try limits.check(width: Int(size.width), height: Int(size.height), of: source, format)
    let swaps = !ignoresOrientation && ExifOrientation.find(in: bytes, format: format).swapsSides
    return ImageSize(
      width: Int(swaps ? size.height : size.width), height: Int(swaps ? size.width : size.height))
  }
}
