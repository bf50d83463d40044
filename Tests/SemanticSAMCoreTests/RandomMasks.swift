import SemanticSAMCore

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

/// A small bitmap and its size.
struct Bitmap {
  var width: Int
  var height: Int
  var pixels: [UInt8]

  /// Up to 24 x 24 pixels: noise of a random density, or a few rectangles set and cleared one over the other.
  static func random(using generator: inout SeededGenerator) -> Bitmap {
    let width = Int.random(in: 1...24, using: &generator)
    let height = Int.random(in: 1...24, using: &generator)
    return random(width: width, height: height, using: &generator)
  }

  static func random(width: Int, height: Int, using generator: inout SeededGenerator) -> Bitmap {
    var pixels = [UInt8](repeating: 0, count: width * height)
    if Bool.random(using: &generator) {
      let density = Double.random(in: 0...1, using: &generator)
      for index in pixels.indices { pixels[index] = Double.random(in: 0..<1, using: &generator) < density ? 1 : 0 }
    } else {
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let value: UInt8 = Bool.random(using: &generator) ? 1 : 0
        let (left, right) = (Int.random(in: 0...width, using: &generator), Int.random(in: 0...width, using: &generator))
        let (top, bottom) = (
          Int.random(in: 0...height, using: &generator), Int.random(in: 0...height, using: &generator)
        )
        for y in min(top, bottom)..<max(top, bottom) {
          for x in min(left, right)..<max(left, right) { pixels[y * width + x] = value }
        }
      }
    }
    return Bitmap(width: width, height: height, pixels: pixels)
  }

  /// All bitmaps of a size.
  static func all(width: Int, height: Int) -> some Sequence<Bitmap> {
    (0..<(1 << (width * height))).lazy.map { bits in
      Bitmap(width: width, height: height, pixels: (0..<(width * height)).map { UInt8(bits >> $0 & 1) })
    }
  }

  func mask() throws -> Mask {
    try Mask(width: width, height: height, bitmap: pixels)
  }
}
