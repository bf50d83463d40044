import CImageCodecs
import SemanticSAMCore

/// Encodes and writes PNG files of 8 bits a sample.
public enum PNG {
  /// How the pixels are laid out.
  public enum PixelFormat: Int, Hashable, Sendable {
    /// 1 byte: masks.
    case gray = 1
    /// 3 bytes: pictures.
    case rgb = 3
    /// 4 bytes with straight alpha, 255 is opaque: cut-outs.
    case rgba = 4
  }

  /// A PNG file.
  /// - Parameters:
  ///   - pixels: `[height, width, channels]`, row by row, without gaps.
  ///   - width: in pixels, at least 1.
  ///   - height: in pixels, at least 1.
  /// - Throws: `invalidArgument` where the sizes do not fit the number of bytes, `outOfMemory`.
  public static func encode(
    pixels: [UInt8], width: Int, height: Int, format: PixelFormat
  ) throws(ModelError) -> [UInt8] {
    let (rowSize, rowOverflow) = width.multipliedReportingOverflow(by: format.rawValue)
    let (count, overflow) = rowSize.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !rowOverflow, !overflow, pixels.count == count,
      width <= Int32.max, height <= Int32.max
    else {
      throw ModelError(
        .invalidArgument,
        "A PNG of \(width) x \(height) pixels of \(format.rawValue) bytes cannot be made from \(pixels.count) bytes; "
          + "give width * height * \(format.rawValue).")
    }
    let size = image_codec_size(width: UInt32(width), height: UInt32(height))
    var file: [UInt8] = []
    try CodecStatus.check("The PNG to write") { reason in
      withUnsafeMutablePointer(to: &file) { file in
        image_codec_png_encode(pixels, size, Int32(format.rawValue), appendToFile, file, reason)
      }
    }
    return file
  }

  /// Encodes and writes a PNG file: a reader sees the old file or the new one, never a part.
  /// - Throws: as `encode(pixels:width:height:format:)`, and `unreadableFile` where the file cannot be written.
  public static func write(
    pixels: [UInt8], width: Int, height: Int, format: PixelFormat, to path: String
  ) throws(ModelError) {
    try AtomicFile.write(encode(pixels: pixels, width: width, height: height, format: format), to: path)
  }

  /// The sink of the encoder; its context is the array of bytes.
  private static let appendToFile: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<UInt8>?, Int) -> Void = {
    context, bytes, count in
    context?.assumingMemoryBound(to: [UInt8].self).pointee
      .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
  }
}

extension Image {
  /// The picture as a PNG file of 8-bit RGB.
  /// - Throws: `outOfMemory`.
  public func encodePNG() throws(ModelError) -> [UInt8] {
    try PNG.encode(pixels: pixels, width: width, height: height, format: .rgb)
  }

  /// Writes the picture as a PNG file of 8-bit RGB: a reader sees the old file or the new one, never a part.
  /// - Throws: `unreadableFile` where the file cannot be written, `outOfMemory`.
  public func writePNG(to path: String) throws(ModelError) {
    try AtomicFile.write(encodePNG(), to: path)
  }
}
