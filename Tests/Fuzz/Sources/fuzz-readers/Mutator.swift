/// Damages files in the ways that broken disks, broken programs and attackers do.
struct Mutator {
  private var generator: SeededGenerator

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
  }

  /// `bytes` after one to four mutations.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !result.isEmpty {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: flipBits(&result)
      case 1: overwriteRun(&result)
      case 2: truncate(&result)
      case 3: insert(&result)
      case 4: swapParts(&result)
      case 5: repeatPart(&result)
      case 6: removePart(&result)
      default: editInteger(&result)
      }
    }
    return result
  }

  /// True once in `count` calls.
  mutating func oneIn(_ count: Int) -> Bool {
    Int.random(in: 0..<count, using: &generator) == 0
  }

  private mutating func flipBits(_ bytes: inout [UInt8]) {
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
      bytes[offset(in: bytes)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    }
  }

  private mutating func overwriteRun(_ bytes: inout [UInt8]) {
    let range = part(of: bytes)
    let constant: UInt8? = [nil, 0x00, 0xFF, 0x80].randomElement(using: &generator) ?? nil
    for index in range {
      bytes[index] = constant ?? UInt8.random(in: 0...255, using: &generator)
    }
  }

  private mutating func truncate(_ bytes: inout [UInt8]) {
    bytes.removeLast(bytes.count - offset(in: bytes))
  }

  private mutating func insert(_ bytes: inout [UInt8]) {
    let count = Int.random(in: 1...32, using: &generator)
    let inserted = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    bytes.insert(contentsOf: inserted, at: offset(in: bytes))
  }

  private mutating func swapParts(_ bytes: inout [UInt8]) {
    let (first, second) = (part(of: bytes), part(of: bytes))
    for (one, other) in zip(first, second) {
      bytes.swapAt(one, other)
    }
  }

  private mutating func repeatPart(_ bytes: inout [UInt8]) {
    let range = part(of: bytes)
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
      bytes.insert(contentsOf: Array(bytes[range]), at: range.upperBound)
    }
  }

  private mutating func removePart(_ bytes: inout [UInt8]) {
    bytes.removeSubrange(part(of: bytes))
  }

  /// Writes an extreme or nearby value over an integer of 1, 2, 4 or 8 bytes, in either byte order.
  private mutating func editInteger(_ bytes: inout [UInt8]) {
    let size = [1, 2, 4, 8].randomElement(using: &generator) ?? 4
    guard bytes.count >= size else { return }
    // Lengths and sizes lie at the beginning of most formats.
    let last = bytes.count - size
    let start = Int.random(in: 0...(oneIn(2) ? min(last, 64) : last), using: &generator)
    let count = UInt64(bytes.count)
    let values: [UInt64] = [
      0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
      0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max, .max - 7, count, count - 1, count + 1, count * 2,
    ]
    let value = values.randomElement(using: &generator) ?? 0
    let bigEndian = oneIn(2)
    for index in 0..<size {
      let shift = UInt64(8 * (bigEndian ? size - 1 - index : index))
      bytes[start + index] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  private mutating func offset(in bytes: [UInt8]) -> Int {
    Int.random(in: 0..<bytes.count, using: &generator)
  }

  private mutating func part(of bytes: [UInt8]) -> Range<Int> {
    let start = offset(in: bytes)
    return start..<min(bytes.count, start + Int.random(in: 1...64, using: &generator))
  }
}
