@testable import SemanticSAMCore

/// Builds files as `torch.save` writes them, or damaged ones.
struct PyTorchFile {
  struct Storage {
    var key: String
    /// "FloatStorage".
    var type: String
    var count: Int
    var bytes: [UInt8]
  }

  struct View {
    var name: String
    var storage: Int
    var offset = 0
    var shape: [Int]
    var strides: [Int]
  }

  var storages: [Storage] = []
  var views: [View] = []
  /// Whether the tensors lie in `{"model": {...}}`, with training state beside it.
  var isWrapped = false
  /// The global that rebuilds a tensor.
  var rebuild = ("torch._utils", "_rebuild_tensor_v2")

  /// Adds a tensor with a storage of its own.
  mutating func add(_ name: String, _ values: [Float], shape: [Int]) {
    add(name, type: "FloatStorage", shape: shape, bytes: values.flatMap { PickleWriter.little($0.bitPattern) })
  }

  mutating func add(_ name: String, type: String, shape: [Int], bytes: [UInt8]) {
    let key = "\(storages.count)"
    storages.append(Storage(key: key, type: type, count: shape.reduce(1, *), bytes: bytes))
    views.append(View(name: name, storage: storages.count - 1, shape: shape, strides: Self.strides(shape)))
  }

  /// Adds a second name of a tensor, or another view of its storage.
  mutating func addView(
    _ name: String, of storage: Int, offset: Int = 0, shape: [Int], strides: [Int]? = nil
  ) {
    views.append(
      View(name: name, storage: storage, offset: offset, shape: shape, strides: strides ?? Self.strides(shape)))
  }

  static func strides(_ shape: [Int]) -> [Int] {
    shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
  }

  /// The pickle of the object.
  func pickle(isLegacy: Bool) -> [UInt8] {
    var writer = PickleWriter()
    if isWrapped {
      writer.raw(Array("}(".utf8))
      writer.text("model")
    }
    writer.orderedDictionary()
    writer.opcode("(")
    for view in views {
      writer.text(view.name)
      writer.global(rebuild.0, rebuild.1)
      writer.tuple { writer in
        let storage = storages[view.storage]
        writer.tuple { writer in
          writer.text("storage")
          writer.global("torch", storage.type)
          writer.text(storage.key)
          writer.text("cuda:0")
          writer.integer(storage.count)
          if isLegacy { writer.opcode("N") }
        }
        writer.opcode("Q")
        writer.integer(view.offset)
        writer.integers(view.shape)
        writer.integers(view.strides)
        writer.raw([0x89])
        writer.orderedDictionary()
      }
      writer.opcode("R")
    }
    writer.opcode("u")
    if isWrapped {
      writer.text("iteration")
      writer.integer(99_999)
      writer.text("trainer")
      writer.raw(Array("](}".utf8) + [0x88] + Array("G\0\0\0\0\0\0\0\0Ne".utf8))
      writer.opcode("u")
    }
    return writer.stop()
  }

  /// The zip format, with 64-bit records at its end as PyTorch writes them.
  func zip(pickle: [UInt8]? = nil) -> [UInt8] {
    var entries = [("archive/data.pkl", pickle ?? self.pickle(isLegacy: false))]
    entries += storages.map { ("archive/data/\($0.key)", $0.bytes) }
    entries.append(("archive/version", Array("3\n".utf8)))
    return Self.zip(entries)
  }

  static func zip(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in entries {
      let offset = file.count
      let checksum = bytes.withUnsafeBytes { CRC32.checksum(of: $0) }
      let size = PickleWriter.little(UInt32(bytes.count))
      let common = [UInt8](repeating: 0, count: 8) + PickleWriter.little(checksum) + size + size
      // Payloads begin at multiples of 64, after an extra field of that length.
      let padding = (64 - (offset + 34 + name.utf8.count) % 64) % 64
      file += [0x50, 0x4B, 3, 4, 0, 0] + common + PickleWriter.little(UInt16(name.utf8.count))
      file += PickleWriter.little(UInt16(4 + padding)) + Array(name.utf8) + Array("FB".utf8)
      file += PickleWriter.little(UInt16(padding)) + [UInt8](repeating: 0x5A, count: padding) + bytes
      directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + common + PickleWriter.little(UInt16(name.utf8.count))
      // The offset stands in the 64-bit field.
      directory += PickleWriter.little(UInt16(12)) + [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 0xFF, 0xFF]
      directory += Array(name.utf8) + [1, 0, 8, 0] + PickleWriter.little(UInt64(offset))
    }
    let start = UInt64(file.count)
    let count = PickleWriter.little(UInt64(entries.count))
    let end64 = UInt64(file.count + directory.count)
    file += directory
    file += [0x50, 0x4B, 6, 6] + PickleWriter.little(UInt64(44)) + [0, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
    file += count + count + PickleWriter.little(UInt64(directory.count)) + PickleWriter.little(start)
    file += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + PickleWriter.little(end64) + [1, 0, 0, 0]
    file += [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0xFF, count: 16) + [0, 0]
    return file
  }

  /// The stream of pickles from before the zip format.
  func legacy(pickle: [UInt8]? = nil) -> [UInt8] {
    var file: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    file += Array(".".utf8) + [0x80, 2] + Array("M".utf8) + [0xE9, 0x03] + Array(".".utf8)
    var machine = PickleWriter()
    machine.opcode("}")
    machine.text("little_endian")
    machine.raw([0x88] + Array("s".utf8))
    file += machine.stop() + (pickle ?? self.pickle(isLegacy: true))
    var keys = PickleWriter()
    keys.raw(Array("](".utf8))
    for storage in storages { keys.text(storage.key) }
    keys.opcode("e")
    file += keys.stop()
    for storage in storages { file += PickleWriter.little(UInt64(storage.count)) + storage.bytes }
    return file
  }

  /// The whole network of a preset with numbers by rule, and the second names and the buffers of the published files.
  static func network(_ configuration: Configuration, prefix: String = "model.") throws -> PyTorchFile {
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var filler = FixtureWeights()
    try network.visit(&filler)
    var collector = ParameterCollector()
    try network.visit(&collector)
    var file = PyTorchFile()
    for (key, tensor) in collector.parameters {
      let name = key.dropFirst("model.".count)
      file.add(prefix + name, tensor.values, shape: tensor.shape)
      let head = "sem_seg_head.predictor."
      if name.hasPrefix(head + "_bbox_embed.") {
        for layer in 0..<configuration.decoder.layers {
          let rest = "bbox_embed.\(layer)." + name.dropFirst((head + "_bbox_embed.").count)
          file.addView(prefix + head + rest, of: file.storages.count - 1, shape: tensor.shape)
          file.addView(prefix + head + "decoder." + rest, of: file.storages.count - 1, shape: tensor.shape)
        }
      } else if name.hasPrefix(head + "decoder_norm.") {
        let rest = "decoder.norm." + name.dropFirst((head + "decoder_norm.").count)
        file.addView(prefix + head + rest, of: file.storages.count - 1, shape: tensor.shape)
      }
    }
    file.add(
      prefix + "backbone.layers.0.blocks.0.attn.relative_position_index", type: "LongStorage", shape: [1],
      bytes: PickleWriter.little(Int64(7)))
    file.add(prefix + "criterion.empty_weight", [1, 0.1], shape: [2])
    return file
  }

  private struct ParameterCollector: ParameterVisitor {
    var path = ParameterPath()
    var parameters: [(key: String, tensor: Tensor)] = []

    mutating func visit(_ parameter: inout Tensor) { parameters.append((path.key, parameter)) }
    mutating func visit(_ weights: inout Weights) { parameters.append((path.key, weights.values)) }
  }
}
