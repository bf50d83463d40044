/// Written once more, bit by bit: a harness does not lean on the code that it tests.
enum Checksum {
  /// CRC-32 of ISO 3309, of PNG chunks and zip entries.
  static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
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
