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
  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
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

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    SafetensorsHeader.repairLength(&bytes)
    // As many numbers as there were, so that what is damaged is loaded.
    let numbers = original.count - SafetensorsHeader.length(of: original)
    let length = SafetensorsHeader.length(of: bytes) + numbers
    bytes.removeLast(max(bytes.count - length, 0))
    bytes += repeatElement(0, count: max(length - bytes.count, 0))
  }

  /// The header, or a thousand of the network's numbers at one of a hundred places.
  func vulnerablePart(of bytes: [UInt8], mutation: Int) -> Range<Int> {
    let header = SafetensorsHeader.length(of: bytes)
    guard mutation % 2 == 1 else { return 0..<header }
    let start = header + (bytes.count - header) / 100 * (mutation / 2 % 100)
    return start..<min(start + 2000, bytes.count)
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
