import CImageCodecs
import SemanticSAMCore

/// Decodes one picture: recognises its format, holds its header against the limits, decodes, turns upright.
struct ImageDecoder {
  let limits: DecodingLimits
  let ignoresOrientation: Bool

  func decode(_ bytes: UnsafeRawBufferPointer, from source: ImageSource) throws(ModelError) -> Image {
    guard bytes.count <= limits.maximumBytes else {
      throw ModelError(
        .limitExceeded,
        "\(source.subject) is \(bytes.count) bytes long, more than the limit of \(limits.maximumBytes); "
          + "use a smaller picture or raise the limit.")
    }
    let format = try ImageFormat(of: bytes, from: source)
    let size = try readSize(bytes, format, source)
    let (width, height) = (Int(size.width), Int(size.height))
    try limits.check(width: width, height: height, of: source, format)
    let pixels = try decodePixels(bytes, size, format, source)
    let orientation = ignoresOrientation ? .upright : ExifOrientation.find(in: bytes, format: format)
    return try Image(
      width: orientation.swapsSides ? height : width,
      height: orientation.swapsSides ? width : height,
      pixels: orientation.apply(to: pixels, width: width, height: height))
  }

  func readSize(
    _ bytes: UnsafeRawBufferPointer, _ format: ImageFormat, _ source: ImageSource
  ) throws(ModelError) -> image_codec_size {
    var size = image_codec_size()
    try CodecStatus.check(source.subject(format)) { reason in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      return switch format {
      case .jpeg: image_codec_jpeg_read_size(start, bytes.count, &size, reason)
      case .png: image_codec_png_read_size(start, bytes.count, &size, reason)
      case .webp: image_codec_webp_read_size(start, bytes.count, &size, reason)
      }
    }
    return size
  }

  /// `[height, width, 3]`.
  private func decodePixels(
    _ bytes: UnsafeRawBufferPointer, _ size: image_codec_size, _ format: ImageFormat, _ source: ImageSource
  ) throws(ModelError) -> [UInt8] {
    var pixels: [UInt8] = []
    try CodecStatus.check(source.subject(format)) { reason in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      var status: Int32 = 0
      pixels = [UInt8](unsafeUninitializedCapacity: Int(size.width) * Int(size.height) * 3) { output, count in
        let target = output.baseAddress
        switch format {
        case .jpeg:
          let scans = Int32(DecodingLimits.maximumScans)
          status = image_codec_jpeg_decode(start, bytes.count, size, scans, target, reason)
        case .png:
          status = image_codec_png_decode(start, bytes.count, size, target, reason)
        case .webp:
          status = image_codec_webp_decode(start, bytes.count, size, target, reason)
        }
        count = status == Int32(IMAGE_CODEC_OK.rawValue) ? Int(size.width) * Int(size.height) * 3 : 0
      }
      return status
    }
    return pixels
  }
}
