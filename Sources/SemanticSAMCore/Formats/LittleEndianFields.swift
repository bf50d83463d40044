/// Unsigned little-endian numbers at places of a file; nil where the place is not in it.
struct LittleEndianFields {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  func u16(_ offset: Int) -> Int? { load(UInt16.self, offset).map(Int.init) }

  func u32(_ offset: Int) -> UInt32? { load(UInt32.self, offset) }

  /// 64 bits that have to be a size: nil for one that no file has.
  func size(_ offset: Int) -> Int? { load(UInt64.self, offset).flatMap { Int(exactly: $0) } }

  private func load<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type, _ offset: Int) -> Integer? {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Integer>.size else { return nil }
    return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
  }
}
