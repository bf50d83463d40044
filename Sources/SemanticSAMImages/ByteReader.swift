/// Reads integers from bytes that may be shorter than they claim: what lies outside is nil.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer

  /// The bytes must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  func byte(at offset: Int) -> UInt8? {
    offset >= 0 && offset < bytes.count ? bytes[offset] : nil
  }

  func integer16(at offset: Int, bigEndian: Bool) -> Int? {
    guard let first = byte(at: offset), let second = byte(at: offset + 1) else { return nil }
    return bigEndian ? Int(first) << 8 | Int(second) : Int(second) << 8 | Int(first)
  }

  func integer32(at offset: Int, bigEndian: Bool) -> Int? {
    guard let first = integer16(at: offset, bigEndian: bigEndian),
      let second = integer16(at: offset + 2, bigEndian: bigEndian)
    else { return nil }
    return bigEndian ? first << 16 | second : second << 16 | first
  }

  func part(at offset: Int, count: Int) -> ByteReader? {
    guard offset >= 0, count >= 0, count <= bytes.count, offset <= bytes.count - count else { return nil }
    return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
  }

  func begins(with prefix: [UInt8]) -> Bool {
    bytes.starts(with: prefix)
  }

  func dropping(_ count: Int) -> ByteReader {
    ByteReader(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count)))
  }

  func droppingIfPresent(_ prefix: [UInt8]) -> ByteReader {
    begins(with: prefix) ? dropping(prefix.count) : self
  }
}
