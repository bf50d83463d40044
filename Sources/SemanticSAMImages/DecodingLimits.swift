import SemanticSAMCore

/// What a picture may cost before it is refused; the limits are compared with its header, before memory is taken.
public struct DecodingLimits: Hashable, Sendable {
  /// The largest width times height, in pixels. Decoding takes 3 bytes for each, progressive JPEG up to 11.
  public var maximumPixels: Int
  /// The largest size of an encoded file, in bytes.
  public var maximumBytes: Int

  /// 100 megapixels (10,000 x 10,000) in at most 512 MiB.
  public static let `default` = DecodingLimits()

  public init(maximumPixels: Int = 100_000_000, maximumBytes: Int = 512 << 20) {
    self.maximumPixels = maximumPixels
    self.maximumBytes = maximumBytes
  }

  /// The largest width and height, in pixels: what JPEG allows. Decoders hold several rows at once, so one row
  /// must not take the whole budget of pixels.
  static let maximumSide = 65_535

  /// The largest number of scans of a progressive JPEG: encoders write about ten, and each may cost a pass over the
  /// whole picture for a few bytes of the file.
  static let maximumScans = 100

  /// - Throws: `limitExceeded`.
  func check(width: Int, height: Int, of source: ImageSource, _ format: ImageFormat) throws(ModelError) {
    guard width <= Self.maximumSide, height <= Self.maximumSide else {
      throw ModelError(
        .limitExceeded,
        "\(source.subject(format)) says that it has \(width) x \(height) pixels, and a side may have at most "
          + "\(Self.maximumSide); use a smaller picture.")
    }
    guard width * height <= maximumPixels else {
      throw ModelError(
        .limitExceeded,
        "\(source.subject(format)) says that it has \(width) x \(height) pixels, more than the limit of "
          + "\(maximumPixels); use a smaller picture or raise the limit.")
    }
  }
}
