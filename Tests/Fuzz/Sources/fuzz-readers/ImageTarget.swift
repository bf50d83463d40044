import SemanticSAMCore
import SemanticSAMImages

/// The decoder of JPEG, PNG and WebP.
struct ImageTarget: ReaderTarget {
  let kind: String

  /// Small, so that a picture of a claimed size shows in the peak of memory.
  private let limits = DecodingLimits(maximumPixels: 4_000_000, maximumBytes: 1 << 20)

  init(kind: String) {
    self.kind = kind
  }

  func read(_ bytes: [UInt8]) throws {
    let image = try Image(decoding: bytes, limits: limits)
    guard image.width > 0, image.height > 0, image.width * image.height <= limits.maximumPixels,
      image.pixels.count == image.width * image.height * 3
    else {
      throw BrokenPromise(
        description: "\(image.width) x \(image.height) pixels in \(image.pixels.count) bytes were decoded")
    }
  }

  /// PNG alone has checksums: the CRC at the end of each chunk.
  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    guard kind == "png" else { return }
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { return }
      let checksum = Checksum.crc32(bytes[start + 4..<end])
      for index in 0..<4 {
        bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index))
      }
      start = end + 4
    }
  }
}
