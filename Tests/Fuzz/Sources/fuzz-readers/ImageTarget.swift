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
      let checksum = Self.checksum(bytes[start + 4..<end])
      for index in 0..<4 {
        bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index))
      }
      start = end + 4
    }
  }

  /// CRC-32 of ISO 3309.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var remainder = ~UInt32(0)
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder & 1 == 1 ? (remainder >> 1) ^ 0xEDB8_8320 : remainder >> 1
      }
    }
    return ~remainder
  }
}
