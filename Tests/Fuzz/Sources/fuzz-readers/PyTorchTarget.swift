import SemanticSAMCore

/// The reader of PyTorch checkpoints: every tensor of what it accepts is read.
struct PyTorchTarget: ReaderTarget {
  enum Format: String {
    case zip = "pytorch-zip"
    case legacy = "pytorch-legacy"
  }

  let format: Format
  var kind: String { format.rawValue }

  func read(_ bytes: [UInt8]) throws {
    let file = try ModelSource.bytes(bytes, name: "mutation").open()
    for (name, entry) in file.entries {
      guard let tensor = file.tensor(name), tensor.values.count == entry.count, tensor.shape == entry.shape else {
        throw BrokenPromise(description: "the tensor '\(name)' is not the one that the pickle tells of")
      }
      guard entry.count * entry.type.size <= bytes.count else {
        throw BrokenPromise(description: "the tensor '\(name)' has more numbers than the file")
      }
    }
  }

  /// The checksums of the zip format, in the entries' places that the directory of `original` gives; the first bytes, so
  /// that the file is still taken for one of PyTorch.
  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    guard bytes.count >= 16 else { return }
    bytes.replaceSubrange(0..<16, with: original[..<16])
    guard format == .zip else { return }
    var record = 0
    while record + 46 <= bytes.count {
      guard bytes[record...].starts(with: [0x50, 0x4B, 1, 2] as [UInt8]) else {
        record += 1
        continue
      }
      let header = number(bytes, record + 42, size: 4)
      let size = number(bytes, record + 20, size: 4)
      record += 46
      guard header + 30 <= bytes.count else { continue }
      let start = header + 30 + number(bytes, header + 26, size: 2) + number(bytes, header + 28, size: 2)
      guard start + size <= bytes.count else { continue }
      let checksum = Checksum.crc32(bytes[start..<start + size])
      for index in 0..<4 { bytes[record - 46 + 16 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
    }
  }

  /// Every second time the pickle, which is what attackers write.
  func vulnerablePart(of bytes: [UInt8], mutation: Int) -> Range<Int> {
    mutation % 2 == 0 ? bytes.indices : min(40, bytes.count)..<min(bytes.count, 1600)
  }

  private func number(_ bytes: [UInt8], _ offset: Int, size: Int) -> Int {
    bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
