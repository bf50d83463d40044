#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A safetensors file: a JSON header that names tensors and their places, then their numbers.
///
/// Opening reads the header only; the file stays mapped, and numbers are read when a tensor is asked for. A header that
/// contradicts itself or the file's length is refused: nothing is allocated that a header merely claims.
public struct Safetensors: Sendable {
  /// The number types of the format that this library knows.
  public enum ElementType: String, Codable, Hashable, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of a number.
    public var size: Int {
      switch self {
      case .float64, .int64, .uint64: 8
      case .float32, .int32, .uint32: 4
      case .float16, .bfloat16, .int16, .uint16: 2
      case .int8, .uint8, .bool: 1
      }
    }
  }

  /// Where a tensor lies.
  public struct Entry: Hashable, Sendable {
    public let type: ElementType
    public let shape: [Int]
    /// In bytes, from the end of the header.
    let range: Range<Int>

    /// The product of the shape's sizes.
    public var count: Int { range.count / type.size }
  }

  /// The tensors by name.
  public let entries: [String: Entry]
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// How messages call the file.
  let name: String
  let source: ByteSource
  private let dataStart: Int

  /// The largest header that is read.
  private static let headerLimit = 1 << 25

  /// Maps the file at `path`.
  /// - Throws: `unreadableFile`, `malformedFile`.
  public init(contentsOf path: String) throws(ModelError) {
    try self.init(ByteSource(path: path), name: "'\(path)'")
  }

  /// Reads from bytes in memory, which are copied.
  /// - Throws: `malformedFile`.
  public init(decoding bytes: [UInt8]) throws(ModelError) {
    try self.init(ByteSource(copying: bytes), name: "The data")
  }

  init(_ source: ByteSource, name: String) throws(ModelError) {
    func malformed(_ what: String) -> ModelError {
      ModelError(.malformedFile, "\(name) is not a valid safetensors file: \(what); get a complete copy.")
    }
    let bytes = source.bytes
    guard bytes.count >= 8 else { throw malformed("it has \(bytes.count) bytes and no header") }
    let claimed = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard claimed <= UInt64(Self.headerLimit), claimed <= UInt64(bytes.count - 8) else {
      throw malformed("its header would have \(claimed) bytes, the file has \(bytes.count)")
    }
    let header = bytes[8..<8 + Int(claimed)]
    // A zero byte would make the decoder guess at UTF-16; the format knows UTF-8 only.
    guard header.first == UInt8(ascii: "{"), !header.contains(0),
      let fields = try? JSONDecoder().decode(SafetensorsHeader.self, from: Data(header))
    else { throw malformed("its header is not a JSON object of tensors") }
    guard fields.namesEachOnce(in: header) else { throw malformed("its header gives a name twice") }

    let dataLength = bytes.count - 8 - Int(claimed)
    var entries: [String: Entry] = [:]
    // In order, so that a file with several faults always gives the same message.
    for (key, field) in fields.tensors.sorted(by: { $0.key < $1.key }) {
      let quoted = ModelError.quoted(key)
      guard let type = ElementType(rawValue: field.type) else {
        throw ModelError(
          .unsupported,
          "\(name) holds \(quoted) as numbers of type \(ModelError.quoted(field.type)), which this version does not read; "
            + "convert it to F32.")
      }
      let offsets = field.offsets
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataLength else {
        throw malformed("\(quoted) lies outside the file (offsets \(Array(offsets.prefix(3))) of \(dataLength) bytes)")
      }
      guard let size = Self.byteCount(type, shape: field.shape) else {
        throw malformed("\(quoted) has the impossible shape \(Array(field.shape.prefix(8)))")
      }
      guard size == offsets[1] - offsets[0] else {
        throw malformed(
          "\(quoted) of shape \(Array(field.shape.prefix(8))) does not fill its \(offsets[1] - offsets[0]) bytes")
      }
      entries[key] = Entry(type: type, shape: field.shape, range: offsets[0]..<offsets[1])
    }
    // The format forbids holes and overlaps, so that a file holds nothing but its tensors.
    var end = 0
    let inOrder = entries.values.map(\.range).sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    for range in inOrder {
      guard range.lowerBound == end else { throw malformed("its tensors overlap or leave holes") }
      end = range.upperBound
    }
    guard end == dataLength else {
      throw malformed("its tensors end at byte \(end) of \(dataLength): it is cut off or has more at its end")
    }
    self.entries = entries
    metadata = fields.metadata ?? [:]
    self.name = name
    self.source = source
    dataStart = 8 + Int(claimed)
  }

  /// The bytes of a tensor; nil where a size is negative, or the product of those above 0 overflows.
  private static func byteCount(_ type: ElementType, shape: [Int]) -> Int? {
    var bytes = type.size
    for dimension in shape where dimension != 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard dimension > 0, !overflow else { return nil }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes
  }

  /// The bytes of a tensor, little-endian, without alignment.
  func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      rebasing: source.bytes[dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound])
  }

  /// A tensor as f32, converted from whatever it is stored as; nil where the file has none of that name.
  public func tensor(_ name: String) -> Tensor? {
    guard let entry = entries[name] else { return nil }
    return withExtendedLifetime(source) {
      Tensor(converting: bytes(of: entry), of: entry.type, shape: entry.shape)
    }
  }
}
