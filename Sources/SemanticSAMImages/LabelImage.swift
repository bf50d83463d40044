import CImageCodecs
import SemanticSAMCore

/// A PNG whose pixels are numbers rather than colours: class indices, instance numbers, segment ids.
public struct LabelImage: Hashable, Sendable {
  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// `[height, width]`, row by row: palette indices, grey samples of 1 to 16 bits as stored, or R + 256 G + 65536 B.
  public let values: [UInt32]

  /// - Parameter values: `[height, width]`, row by row.
  /// - Throws: `invalidArgument` where the sizes are not positive or do not fit the number of values.
  public init(width: Int, height: Int, values: [UInt32]) throws(ModelError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, values.count == count else {
      throw ModelError(
        .invalidArgument,
        "Labels of \(width) x \(height) pixels cannot be made from \(values.count) values; give one a pixel.")
    }
    self.width = width
    self.height = height
    self.values = values
  }

  /// The labels in the PNG at `path`. Palette, gamma and transparency are ignored, and nothing is scaled.
  /// - Throws: `unreadableFile` (missing or ending early), `malformedFile` (not a PNG, or damaged), `limitExceeded`,
  ///   `unsupported` (RGB of 16 bits a sample) or `outOfMemory`.
  public init(contentsOf path: String, limits: DecodingLimits = .default) throws(ModelError) {
    self = try Self.decode(FileBytes.read(path, limit: limits.maximumBytes), from: .file(path: path), limits)
  }

  /// The labels in a PNG that lies in memory.
  /// - Throws: as `init(contentsOf:limits:)`.
  public init(decoding bytes: [UInt8], limits: DecodingLimits = .default) throws(ModelError) {
    self = try Self.decode(bytes, from: .bytes, limits)
  }

  private static func decode(
    _ bytes: [UInt8], from source: ImageSource, _ limits: DecodingLimits
  ) throws(ModelError) -> LabelImage {
    let format = try bytes.withBytes { (buffer) throws(ModelError) in try ImageFormat(of: buffer, from: source) }
    guard format == .png else {
      throw ModelError(
        .malformedFile,
        "\(source.subject) is a \(format.rawValue), and labels are read from PNG alone: other formats change values; "
          + "get the labels as PNG.")
    }
    var size = image_codec_size()
    try CodecStatus.check(source.subject(format)) { reason in
      image_codec_png_read_size(bytes, bytes.count, &size, reason)
    }
    let (width, height) = (Int(size.width), Int(size.height))
    try limits.check(width: width, height: height, of: source, format)
    var values: [UInt32] = []
    try CodecStatus.check(source.subject(format)) { reason in
      var status: Int32 = 0
      values = [UInt32](unsafeUninitializedCapacity: width * height) { output, count in
        status = image_codec_png_decode_labels(bytes, bytes.count, size, output.baseAddress, reason)
        count = status == Int32(IMAGE_CODEC_OK.rawValue) ? width * height : 0
      }
      return status
    }
    return try LabelImage(width: width, height: height, values: values)
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` with a typed error.
  func withBytes<Value>(
    _ body: (UnsafeRawBufferPointer) throws(ModelError) -> Value
  ) throws(ModelError) -> Value {
    let result = withUnsafeBytes { buffer in
      Result { () throws(ModelError) in try body(buffer) }
    }
    return try result.get()
  }
}
