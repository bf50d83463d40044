import TensorKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension SemanticSAM {
  /// Turns weights into safetensors that know their network, one tensor at a time: neither the network nor the file to be
  /// written is in memory as a whole. Checks first that keys and shapes are those of the network.
  /// - Parameters:
  ///   - configuration: the network, for a file that does not say it.
  ///   - type: as in `write(to:matricesAs:)`.
  /// - Throws: as `load(_:configuration:)` and `write(to:matricesAs:)`.
  public static func convert(
    _ source: ModelSource, configuration: Configuration? = nil, to path: String,
    matricesAs type: Safetensors.ElementType? = nil
  ) throws(ModelError) {
    let file = try source.open()
    let configuration = try Self.configuration(configuration, fitting: file)
    // The network that was compared with is of no use any more.
    _ = tk_memory_trim()
    try file.write(to: path, title: source.name, configuration: configuration, matricesAs: type)
  }

  /// Writes the weights as safetensors with their configuration, beside and renamed; `load` reads them without being told
  /// the network. Metadata of the file that they came from stay, and `source_sha256` is its checksum.
  /// - Parameters:
  ///   - type: of tensors with more than one dimension, where vectors become f32: f32, bf16, f16 or f64. `nil`: all
  ///     keep the floating-point type that they have in the file.
  ///   - heads: by name, written as `heads.NAME.` beside those that the checkpoint has; one of the same name is replaced.
  /// - Throws: `unreadableFile` where the file cannot be written; `invalidArgument` for numbers that f16 cannot hold;
  ///   `unsupported` for integer types; `cancelled` where a signal asks the program to end.
  public func write(
    to path: String, matricesAs type: Safetensors.ElementType? = nil, heads: [String: any Head] = [:]
  ) throws(ModelError) {
    var parameters: [String: Tensor] = [:]
    for (name, head) in heads { try head.collect(into: &parameters, prefix: Self.headPrefix + name) }
    try checkpoint.write(
      to: path, title: name, configuration: configuration, matricesAs: type, adding: parameters,
      replacing: heads.keys.map { Self.headPrefix + $0 + "." })
  }
}

extension Checkpoint {
  private static let floatingTypes: [Safetensors.ElementType] = [.float64, .float32, .float16, .bfloat16]

  /// Writes the tensors one by one, in the order of their keys.
  /// - Parameters:
  ///   - title: how messages call the weights.
  ///   - addition: further tensors.
  ///   - prefixes: of keys that are left out.
  fileprivate func write(
    to path: String, title: String, configuration: Configuration, matricesAs type: Safetensors.ElementType?,
    adding addition: [String: Tensor] = [:], replacing prefixes: [String] = []
  ) throws(ModelError) {
    if let type, !Self.floatingTypes.contains(type) {
      throw ModelError(.unsupported, "Tensors are not written as \(type.rawValue); choose a floating-point type.")
    }
    var metadata = metadata
    metadata["configuration"] = try configuration.json()
    metadata["source_sha256"] = metadata["source_sha256"] ?? checksum
    var all = entries.filter { entry in !prefixes.contains { entry.key.hasPrefix($0) } }
    for (key, tensor) in addition { all[key] = Entry(type: .float32, shape: tensor.shape) }
    let sorted = all.sorted { $0.key < $1.key }
    func written(_ entry: Entry) -> Safetensors.ElementType {
      if let type { return entry.shape.count > 1 ? type : .float32 }
      return Self.floatingTypes.contains(entry.type) ? entry.type : .float32
    }
    var fields: [String: SafetensorsHeader.Field] = [:]
    var offset = 0
    for (key, entry) in sorted {
      let end = offset + entry.count * written(entry).size
      fields[key] = SafetensorsHeader.Field(
        type: written(entry).rawValue, shape: entry.shape, offsets: [offset, end])
      offset = end
    }
    let header = try SafetensorsHeader.encoded(fields, metadata: metadata)
    try AtomicFile.write(to: path) { (sink) throws(ModelError) in
      try sink.append(header)
      for (key, entry) in sorted {
        guard let tensor = addition[key] ?? tensor(key) else { continue }
        // The least number that rounds to f16's infinity.
        if written(entry) == .float16, tensor.contains(where: { $0.isFinite && abs($0) >= 65520 }) {
          throw ModelError(
            .invalidArgument,
            "\(ModelError.quoted(key)) of '\(title)' has numbers that are too large for f16; write it as bf16 or f32.")
        }
        try sink.append(tensor.encoded(as: written(entry)))
      }
    }
  }
}

extension Tensor {
  fileprivate func contains(where condition: (Float) -> Bool) -> Bool {
    withUnsafeBufferPointer { $0.contains(where: condition) }
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
