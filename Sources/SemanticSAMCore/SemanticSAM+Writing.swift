#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension SemanticSAM {
  /// Writes the weights as safetensors with their configuration, beside and renamed; `load` reads them without being told
  /// the network. Metadata of the file that they came from stay, and `source_sha256` is its checksum.
  /// - Parameters:
  ///   - type: of tensors with more than one dimension, where vectors become f32: f32, bf16, f16 or f64. `nil`: all
  ///     keep the floating-point type that they have in the file.
  ///   - heads: by name, written as `heads.NAME.` beside those that the checkpoint has; one of the same name is replaced.
  /// - Throws: `unreadableFile` where the file cannot be written; `invalidArgument` for numbers that f16 cannot hold;
  ///   `unsupported` for integer types.
  public func write(
    to path: String, matricesAs type: Safetensors.ElementType? = nil, heads: [String: any Head] = [:]
  ) throws(ModelError) {
    var metadata = checkpoint.metadata
    metadata["configuration"] = try configuration.json()
    metadata["source_sha256"] = metadata["source_sha256"] ?? checkpoint.checksum
    var writer = SafetensorsWriter(metadata: metadata)
    for (key, entry) in checkpoint.entries.sorted(by: { $0.key < $1.key }) {
      let isReplaced = heads.keys.contains { key.hasPrefix(Self.headPrefix + $0 + ".") }
      guard !isReplaced, let tensor = checkpoint.tensor(key) else { continue }
      let isFloating = [.float64, .float32, .float16, .bfloat16].contains(entry.type)
      let written = type.map { entry.shape.count > 1 ? $0 : .float32 } ?? (isFloating ? entry.type : .float32)
      // The least number that rounds to f16's infinity.
      if written == .float16, tensor.values.contains(where: { $0.isFinite && abs($0) >= 65520 }) {
        throw ModelError(
          .invalidArgument,
          "\(ModelError.quoted(key)) of '\(name)' has numbers that are too large for f16; write it as bf16 or f32.")
      }
      try writer.add(key, tensor, as: written)
    }
    for (name, head) in heads.sorted(by: { $0.key < $1.key }) {
      try head.write(to: &writer, prefix: Self.headPrefix + name)
    }
    try writer.write(to: path)
  }
}

extension Configuration {
  /// The JSON that stands in a checkpoint's metadata; the same configuration gives the same text.
  func json() throws(ModelError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      throw ModelError(
        .invalidConfiguration,
        "The configuration \(ModelError.quoted(model)) has numbers that JSON has not; correct it.")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
