import TensorKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes a safetensors file: tensors are added one by one, then the whole is encoded or written at once.
public struct SafetensorsWriter: Sendable {
  /// The header's `__metadata__`.
  public var metadata: [String: String]
  private var fields: [String: SafetensorsHeader.Field] = [:]
  private var data: [UInt8] = []

  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// Adds a tensor, narrowed (to nearest even) or widened to `type`.
  /// - Throws: `invalidArgument` for a name that is taken or reserved; `unsupported` for integer types.
  public mutating func add(
    _ name: String, _ tensor: Tensor, as type: Safetensors.ElementType = .float32
  ) throws(ModelError) {
    guard fields[name] == nil, name != SafetensorsHeader.metadataName else {
      throw ModelError(
        .invalidArgument,
        "A tensor cannot be written under the name \(ModelError.quoted(name)), which is taken; give another.")
    }
    guard [.float64, .float32, .float16, .bfloat16].contains(type) else {
      throw ModelError(.unsupported, "Tensors are not written as \(type.rawValue); choose a floating-point type.")
    }
    let start = data.count
    let count = tensor.count
    data.append(contentsOf: repeatElement(0, count: count * type.size))
    data.withUnsafeMutableBytes { all in
      let target = UnsafeMutableRawBufferPointer(rebasing: all[start...])
      tensor.withUnsafeBufferPointer { values in
        switch type {
        case .float32: target.copyBytes(from: UnsafeRawBufferPointer(values))
        case .float64:
          for index in 0..<count {
            target.storeBytes(
              of: Double(values[index]).bitPattern.littleEndian, toByteOffset: index * 8, as: UInt64.self)
          }
        default:
          let narrow = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: count)
          defer { narrow.deallocate() }
          guard let source = values.baseAddress, let base = narrow.baseAddress else { return }
          if type == .bfloat16 {
            tk_convert_f32_bf16(count, source, base)
          } else {
            tk_convert_f32_f16(count, source, base)
          }
          target.copyBytes(from: UnsafeRawBufferPointer(narrow))
        }
      }
    }
    fields[name] = SafetensorsHeader.Field(type: type.rawValue, shape: tensor.shape, offsets: [start, data.count])
  }

  /// The file's bytes; the same tensors in the same order give the same bytes.
  public func encoded() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let tensors = try? encoder.encode(fields), let table = try? encoder.encode(metadata) else {
      throw ModelError(.invalidArgument, "The names or metadata of the tensors cannot be written as JSON.")
    }
    // Sorted keys, but the metadata first, as other writers have it.
    var header = Array("{".utf8)
    if !metadata.isEmpty {
      header += Array("\"\(SafetensorsHeader.metadataName)\":".utf8) + table
      if !fields.isEmpty { header += Array(",".utf8) }
    }
    header += tensors.dropFirst()
    // Blanks keep the numbers aligned for readers that map the file.
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
  }

  /// Writes the file beside and renames it.
  /// - Throws: `unreadableFile` where it cannot be written.
  public func write(to path: String) throws(ModelError) {
    try AtomicFile.write(encoded(), to: path)
  }
}
