import SemanticSAMCore

/// The reader of safetensors: every tensor and all metadata of what it accepts are read.
struct SafetensorsTarget: ReaderTarget {
  let kind = "safetensors"

  func read(_ bytes: [UInt8]) throws {
    let file = try Safetensors(decoding: bytes)
    var total = 0
    for (name, entry) in file.entries {
      guard let tensor = file.tensor(name), tensor.values.count == entry.count, tensor.shape == entry.shape else {
        throw BrokenPromise(description: "the tensor '\(name)' is not the one that the header tells of")
      }
      total += entry.count * entry.type.size
    }
    guard total <= bytes.count else {
      throw BrokenPromise(description: "\(total) bytes of tensors were read from \(bytes.count)")
    }
  }

  /// The length of the header, so that the damage reaches the JSON and not only the length.
  func repair(_ bytes: inout [UInt8]) {
    SafetensorsHeader.repairLength(&bytes)
  }
}

/// The loader of checkpoints, and the network behind it: seeds are whole checkpoints, of which header or numbers are
/// damaged. What it accepts has to answer a click.
struct CheckpointTarget: ReaderTarget {
  let kind = "checkpoint"

  private let image: Image

  init() throws {
    image = try Image(width: 40, height: 33, pixels: (0..<40 * 33 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) })
  }

  func read(_ bytes: [UInt8]) throws {
    let model = try SemanticSAM.load(.bytes(bytes, name: "mutation"))
    let embedding = try model.encode(image, longEdgeLimit: 64)
    let prompts: [Prompt] = [.point(12, 20), .box(Box(x0: 3, y0: 4, x1: 30, y1: 31))]
    for candidate in try model.segment(embedding, prompts: prompts).flatMap(\.self) {
      guard candidate.mask.width == image.width, candidate.mask.height == image.height else {
        throw BrokenPromise(description: "a mask of \(candidate.mask.width) x \(candidate.mask.height) pixels")
      }
    }
  }

  func repair(_ bytes: inout [UInt8]) {
    SafetensorsHeader.repairLength(&bytes)
  }

  /// The header and the first numbers: the rest is megabytes in which damage would hardly ever meet a name.
  func vulnerablePart(of bytes: [UInt8]) -> Range<Int> {
    0..<min(bytes.count, SafetensorsHeader.length(of: bytes) + 4096)
  }
}

/// The eight bytes before the JSON of a safetensors file, and the JSON's end.
enum SafetensorsHeader {
  /// Bytes of the header, its length included, as the file claims.
  static func length(of bytes: [UInt8]) -> Int {
    guard bytes.count >= 8 else { return bytes.count }
    let claimed = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return 8 + Int(min(claimed, UInt64(bytes.count - 8)))
  }

  /// Sets the length to that of the JSON object that the file begins with, found by its brackets; nothing where it has no end.
  static func repairLength(_ bytes: inout [UInt8]) {
    var (depth, isInString, isEscaped) = (0, false, false)
    var end: Int?
    for index in bytes.indices.dropFirst(8) {
      let byte = bytes[index]
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if byte == UInt8(ascii: "{") {
        depth += 1
      } else if byte == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 {
          end = index + 1
          break
        }
      }
    }
    guard var end else { return }
    while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
    withUnsafeBytes(of: UInt64(end - 8).littleEndian) { length in
      for index in 0..<8 { bytes[index] = length[index] }
    }
  }
}
