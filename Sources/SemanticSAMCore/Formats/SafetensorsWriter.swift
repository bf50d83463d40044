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
    data += tensor.encoded(as: type)
    fields[name] = SafetensorsHeader.Field(type: type.rawValue, shape: tensor.shape, offsets: [start, data.count])
  }

  /// The file's bytes; the same tensors in the same order give the same bytes.
  public func encoded() throws(ModelError) -> [UInt8] {
    try SafetensorsHeader.encoded(fields, metadata: metadata) + data
  }

  /// Writes the file beside and renames it.
  /// - Throws: `unreadableFile` where it cannot be written.
  public func write(to path: String) throws(ModelError) {
    try AtomicFile.write(encoded(), to: path)
  }
}
