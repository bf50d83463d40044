/// A value in a MATLAB file.
enum MATValue: Sendable {
  case numbers(MATNumbers)
  case text(String)
  case cells([MATValue])
  case structures(MATStructures)
  /// What annotations have no use for: sparse matrices, functions, objects.
  case other(String)

  /// What messages call it.
  var kind: String {
    switch self {
    case .numbers(let numbers): "a matrix of \(numbers.dimensions.map(String.init).joined(separator: " x ")) numbers"
    case .text: "text"
    case .cells(let cells): "a cell array of \(cells.count)"
    case .structures(let structures): "a structure array of \(structures.count)"
    case .other(let kind): kind
    }
  }

  /// Whether it is `[]`, which stands for "none" whatever the type of the others.
  var isEmpty: Bool {
    switch self {
    case .numbers(let numbers): numbers.count == 0
    case .text(let text): text.isEmpty
    case .cells(let cells): cells.isEmpty
    case .structures(let structures): structures.count == 0
    case .other: false
    }
  }
}

/// A structure array, its elements in MATLAB's column-major order.
struct MATStructures: Sendable {
  let count: Int
  let fields: [String]
  /// The fields of the first element, then those of the second, ...
  let values: [MATValue]

  /// A field of the element at `index`, in `0..<count`; `nil` where there is no such field.
  func value(_ field: String, at index: Int) -> MATValue? {
    guard index < count, let place = fields.firstIndex(of: field) else { return nil }
    return values[index * fields.count + place]
  }
}

/// A real matrix of numbers, column by column, as the file stores them.
struct MATNumbers: Sendable {
  /// How a number is stored.
  enum Storage: Sendable {
    case int8, uint8, int16, uint16, int32, uint32, int64, uint64, single, double

    /// In bytes.
    var size: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16, .uint16: 2
      case .int32, .uint32, .single: 4
      case .int64, .uint64, .double: 8
      }
    }
  }

  /// At least two; their product is `count`.
  let dimensions: [Int]
  let storage: Storage
  let isBigEndian: Bool
  /// `count` numbers.
  let bytes: ArraySlice<UInt8>

  var count: Int { bytes.count / storage.size }

  /// The numbers, column by column.
  var doubles: [Double] {
    (0..<count).map { double(at: $0) }
  }

  /// The numbers, column by column, where each is a whole number in `0...UInt32.max`.
  var labels: [UInt32]? {
    switch storage {
    case .uint8:
      return bytes.map(UInt32.init)
    case .uint16:
      return (0..<count).map { UInt32(bits(at: $0)) }
    default:
      var labels: [UInt32] = []
      labels.reserveCapacity(count)
      for index in 0..<count {
        guard let label = UInt32(exactly: double(at: index)) else { return nil }
        labels.append(label)
      }
      return labels
    }
  }

  private func double(at index: Int) -> Double {
    let bits = bits(at: index)
    return switch storage {
    case .int8: Double(Int8(truncatingIfNeeded: bits))
    case .int16: Double(Int16(truncatingIfNeeded: bits))
    case .int32: Double(Int32(truncatingIfNeeded: bits))
    case .int64: Double(Int64(truncatingIfNeeded: bits))
    case .uint8, .uint16, .uint32, .uint64: Double(bits)
    case .single: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .double: Double(bitPattern: bits)
    }
  }

  private func bits(at index: Int) -> UInt64 {
    let start = bytes.startIndex + index * storage.size
    var bits: UInt64 = 0
    for offset in 0..<storage.size {
      let byte = bytes[start + (isBigEndian ? offset : storage.size - 1 - offset)]
      bits = bits << 8 | UInt64(byte)
    }
    return bits
  }
}
