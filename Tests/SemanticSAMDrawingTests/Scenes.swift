import SemanticSAMCore
import SemanticSAMDrawing

/// Pictures and masks made by rule.
enum Scene {
  /// An image in which neighbouring pixels differ.
  static func image(width: Int, height: Int) throws -> Image {
    let pixels = (0..<(width * height * 3)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ ($0 / 3) &* 11) }
    return try Image(width: width, height: height, pixels: pixels)
  }

  /// An image of one grey.
  static func grey(_ value: UInt8, width: Int, height: Int) throws -> Image {
    try Image(width: width, height: height, pixels: [UInt8](repeating: value, count: width * height * 3))
  }

  static func candidate(
    width: Int, height: Int, level: Int = 1, predictedIoU: Float = 0.5, name: String? = nil,
    isInside: (_ x: Int, _ y: Int) -> Bool
  ) throws -> Candidate {
    var bitmap = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width where isInside(x, y) { bitmap[y * width + x] = 1 }
    }
    return Candidate(
      mask: try Mask(width: width, height: height, bitmap: bitmap), granularity: try Granularity(level: level),
      predictedIoU: predictedIoU, stability: 0.9, displayName: name.map { Label(name: $0, probability: 0.74) })
  }
}

/// Reproducible random numbers (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension Image {
  /// Red, green, blue.
  func pixel(_ x: Int, _ y: Int) -> [UInt8] {
    Array(pixels[((y * width + x) * 3)..<((y * width + x) * 3 + 3)])
  }
}
