/// Writes pickles of protocol 2, instruction by instruction, well-formed or not.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]

  mutating func raw(_ bytes: [UInt8]) { self.bytes += bytes }
  mutating func opcode(_ letter: Character) { bytes += Array(String(letter).utf8) }

  mutating func text(_ text: String) {
    opcode("X")
    raw(Self.little(UInt32(text.utf8.count)) + Array(text.utf8))
  }

  mutating func integer(_ value: Int) {
    if let small = Int32(exactly: value) {
      opcode("J")
      raw(Self.little(UInt32(bitPattern: small)))
    } else {
      raw([0x8A, 8] + Self.little(UInt64(bitPattern: Int64(value))))
    }
  }

  mutating func global(_ module: String, _ name: String) {
    raw(Array("c\(module)\n\(name)\n".utf8))
  }

  /// What `body` pushes, as a tuple.
  mutating func tuple(_ body: (inout PickleWriter) -> Void) {
    opcode("(")
    body(&self)
    opcode("t")
  }

  mutating func integers(_ values: [Int]) {
    tuple { writer in
      for value in values { writer.integer(value) }
    }
  }

  /// A call of `collections.OrderedDict()`.
  mutating func orderedDictionary() {
    global("collections", "OrderedDict")
    raw(Array(")R".utf8))
  }

  mutating func stop() -> [UInt8] {
    opcode(".")
    return bytes
  }

  static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
