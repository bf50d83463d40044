import SemanticSAMCore

/// Takes the elements of a MATLAB file apart. Every length is held against the bytes that are there, and every value of
/// an array takes at least 8 of them, so nothing grows with what the file claims.
struct MATParser {
  private let isBigEndian: Bool
  /// The beginning of a sentence about the file.
  private let name: String
  /// What may still be decompressed, in bytes.
  private var limit: Int
  /// The variable under way, for messages.
  private var variableName = ""

  private static let maximumDepth = 32

  init(isBigEndian: Bool, name: String, limit: Int) {
    self.isBigEndian = isBigEndian
    self.name = name
    self.limit = limit
  }

  /// The kinds of elements.
  private enum Kind {
    static let characters: [UInt32: Int] = [1: 1, 2: 1, 4: 2, 3: 2, 16: 1, 17: 2, 18: 4]
    static let uint32: UInt32 = 6
    static let int32: UInt32 = 5
    static let matrix: UInt32 = 14
    static let compressed: UInt32 = 15
  }

  private struct Element {
    var kind: UInt32
    var bytes: ArraySlice<UInt8>
  }

  /// Reads the next variable and drops it from `rest`; `nil` for an element that is not a variable.
  mutating func variable(_ rest: inout ArraySlice<UInt8>) throws(ModelError) -> (name: String, value: MATValue)? {
    variableName = ""
    var element = try element(&rest)
    if element.kind == Kind.compressed {
      guard let bytes = try Inflation.inflate(element.bytes, limit: limit, name: name) else {
        throw malformed("the compressed data of a variable are damaged")
      }
      limit -= bytes.count
      var inner = bytes[...]
      element = try self.element(&inner)
    }
    guard element.kind == Kind.matrix else { return nil }
    let (name, value) = try matrix(element.bytes, depth: 0)
    return (name, value)
  }

  /// Takes one element with its padding off the front of `rest`.
  private func element(_ rest: inout ArraySlice<UInt8>) throws(ModelError) -> Element {
    guard rest.count >= 8 else { throw malformed("it ends inside an element") }
    let first = integer32(rest, 0)
    // Up to 4 bytes lie in the tag itself, whose upper half is then their number.
    if first >> 16 != 0 {
      let length = Int(first >> 16)
      guard length <= 4 else { throw malformed("a small element has \(length) bytes") }
      let start = rest.startIndex + 4
      let bytes = rest[start..<start + length]
      rest = rest.dropFirst(8)
      return Element(kind: first & 0xFFFF, bytes: bytes)
    }
    let length = Int(integer32(rest, 4))
    rest = rest.dropFirst(8)
    guard length <= rest.count else {
      throw malformed("an element of \(length) bytes has only \(rest.count)")
    }
    let bytes = rest.prefix(length)
    let padding = first == Kind.compressed ? 0 : (8 - length % 8) % 8
    rest = rest.dropFirst(length + min(padding, rest.count - length))
    return Element(kind: first, bytes: bytes)
  }

  /// The content of a matrix element: flags, dimensions, name, then what the class has.
  private mutating func matrix(
    _ content: ArraySlice<UInt8>, depth: Int
  ) throws(ModelError) -> (name: String, value: MATValue) {
    guard depth <= Self.maximumDepth else { throw malformed("its values are nested more than 32 deep") }
    var rest = content
    // `[]` inside a cell or structure can be an element without content.
    if rest.isEmpty {
      let none = MATNumbers(dimensions: [0, 0], storage: .double, isBigEndian: isBigEndian, bytes: [])
      return ("", .numbers(none))
    }
    let flags = try element(&rest)
    guard flags.kind == Kind.uint32, flags.bytes.count == 8 else { throw malformed("a value has no flags") }
    let word = integer32(flags.bytes, 0)
    let dimensions = try self.dimensions(element(&rest))
    let name = String(decoding: try element(&rest).bytes, as: UTF8.self)
    if depth == 0 { variableName = name }
    let isComplex = word & 0x800 != 0
    switch word & 0xFF {
    case 1:
      return (name, .cells(try values(count: dimensions.reduce(1, *), &rest, depth: depth)))
    case 2:
      return (name, .structures(try structures(count: dimensions.reduce(1, *), &rest, depth: depth)))
    case 4:
      return (name, .text(try text(element(&rest))))
    case 6...15 where !isComplex:
      return (name, .numbers(try numbers(dimensions, element(&rest))))
    case 3: return (name, .other("an object"))
    case 5: return (name, .other("a sparse matrix"))
    case 6...15: return (name, .other("a complex matrix"))
    case 16: return (name, .other("a function"))
    case 17: return (name, .other("an opaque object"))
    default: throw malformed("a value is of the unknown class \(word & 0xFF)")
    }
  }

  /// At least two numbers whose product fits.
  private func dimensions(_ element: Element) throws(ModelError) -> [Int] {
    guard element.kind == Kind.int32, element.bytes.count >= 8, element.bytes.count <= 128,
      element.bytes.count.isMultiple(of: 4)
    else { throw malformed("a value has no dimensions") }
    var product = 1
    var dimensions: [Int] = []
    for index in 0..<element.bytes.count / 4 {
      let dimension = Int(integer32(element.bytes, 4 * index))
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard dimension <= Int(Int32.max), !overflow, next < 1 << 48 else { throw malformed("a dimension is too large") }
      product = next
      dimensions.append(dimension)
    }
    return dimensions
  }

  private mutating func values(
    count: Int, _ rest: inout ArraySlice<UInt8>, depth: Int
  ) throws(ModelError) -> [MATValue] {
    guard count <= rest.count / 8 else { throw malformed("an array of \(count) values has only \(rest.count) bytes") }
    var values: [MATValue] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      let element = try element(&rest)
      guard element.kind == Kind.matrix else { throw malformed("a value of an array is not a matrix") }
      values.append(try matrix(element.bytes, depth: depth + 1).value)
    }
    return values
  }

  private mutating func structures(
    count: Int, _ rest: inout ArraySlice<UInt8>, depth: Int
  ) throws(ModelError) -> MATStructures {
    let size = try element(&rest)
    guard size.kind == Kind.int32, size.bytes.count == 4 else { throw malformed("a structure has no length of names") }
    let length = Int(integer32(size.bytes, 0))
    let names = try element(&rest).bytes
    guard length > 0, names.count.isMultiple(of: length) else { throw malformed("a structure has no names of fields") }
    let fields = stride(from: names.startIndex, to: names.endIndex, by: length).map { start in
      String(decoding: names[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
    }
    guard Set(fields).count == fields.count else { throw malformed("a structure has a field twice") }
    guard !fields.isEmpty else { return MATStructures(count: 0, fields: [], values: []) }
    let (total, overflow) = count.multipliedReportingOverflow(by: fields.count)
    guard !overflow else { throw malformed("a structure is too large") }
    return MATStructures(count: count, fields: fields, values: try values(count: total, &rest, depth: depth))
  }

  private func text(_ element: Element) throws(ModelError) -> String {
    guard let size = Kind.characters[element.kind], element.bytes.count.isMultiple(of: size) else {
      throw malformed("a text is of the unknown kind \(element.kind)")
    }
    let bytes = element.bytes
    if size == 1 { return String(decoding: bytes, as: UTF8.self) }
    let units = stride(from: 0, to: bytes.count, by: size).map { offset in
      size == 2 ? UInt32(integer16(bytes, offset)) : integer32(bytes, offset)
    }
    return size == 2
      ? String(decoding: units.map(UInt16.init(truncatingIfNeeded:)), as: UTF16.self)
      : String(decoding: units, as: UTF32.self)
  }

  private func numbers(_ dimensions: [Int], _ element: Element) throws(ModelError) -> MATNumbers {
    let storages: [UInt32: MATNumbers.Storage] = [
      1: .int8, 2: .uint8, 3: .int16, 4: .uint16, 5: .int32, 6: .uint32, 7: .single, 9: .double, 12: .int64,
      13: .uint64,
    ]
    guard let storage = storages[element.kind] else {
      throw malformed("a matrix is stored as the unknown kind \(element.kind)")
    }
    let count = dimensions.reduce(1, *)
    guard element.bytes.count == count * storage.size else {
      throw malformed("a matrix of \(count) numbers has \(element.bytes.count) bytes")
    }
    return MATNumbers(dimensions: dimensions, storage: storage, isBigEndian: isBigEndian, bytes: element.bytes)
  }

  private func integer32(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
    let (low, high) = (UInt32(integer16(bytes, offset)), UInt32(integer16(bytes, offset + 2)))
    return isBigEndian ? low << 16 | high : high << 16 | low
  }

  private func integer16(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
    let start = bytes.startIndex + offset
    let (first, second) = (UInt16(bytes[start]), UInt16(bytes[start + 1]))
    return isBigEndian ? first << 8 | second : second << 8 | first
  }

  private func malformed(_ what: String) -> ModelError {
    let place = variableName.isEmpty ? "" : " in the variable '\(variableName)'"
    return ModelError(.malformedFile, "\(name) is damaged\(place): \(what); get another copy.")
  }
}
