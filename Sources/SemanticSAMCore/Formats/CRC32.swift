/// The checksum of zip entries (ISO 3309), eight bytes a step.
enum CRC32 {
  static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var remainder = ~UInt32(0)
      let whole = bytes.count / 8 * 8
      for start in stride(from: 0, to: whole, by: 8) {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)) ^ UInt64(remainder)
        remainder = 0
        for index in 0..<8 {
          let byte = Int(truncatingIfNeeded: word >> UInt64(8 * index)) & 0xFF
          remainder ^= tables[(7 - index) * 256 + byte]
        }
      }
      for byte in bytes[whole...] {
        remainder = remainder >> 8 ^ tables[Int((remainder ^ UInt32(byte)) & 0xFF)]
      }
      return ~remainder
    }
  }

  /// Table k holds the remainders of a byte that k zero bytes follow.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
      tables[byte] = remainder
    }
    for index in 256..<tables.count {
      let former = tables[index - 256]
      tables[index] = former >> 8 ^ tables[Int(former & 0xFF)]
    }
    return tables
  }()
}
