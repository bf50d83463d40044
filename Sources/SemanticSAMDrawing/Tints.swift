import SemanticSAMCore

/// Colouring of the pixels of a photograph by masks.
enum Tints {
  /// The photograph with each pixel that lies in a mask mixed with a colour: that of the smallest mask it lies in, so that
  /// parts show on the whole they belong to.
  /// - Parameter opacity: 0 leaves the photograph, 1 covers it.
  static func tinted(
    _ image: Image, masks: [(mask: Mask, color: Color)], opacity: Double
  ) throws(ModelError) -> Image {
    let (width, height) = (image.width, image.height)
    // Number of the mask a pixel takes its colour from, plus 1, down each column as the run lengths go.
    var owners = [Int32](repeating: 0, count: width * height)
    let order = masks.indices.sorted {
      let (first, second) = (masks[$0].mask.area, masks[$1].mask.area)
      return first != second ? first > second : $0 > $1
    }
    for index in order {
      let mask = masks[index].mask
      try check(mask, belongsTo: image)
      forEachSetRange(of: mask) { range in
        for place in range { owners[place] = Int32(index + 1) }
      }
    }
    let mixes = masks.map { Mix(color: $0.color, opacity: opacity) }
    return try mapped(image) { place, red, green, blue in
      let owner = owners[place]
      return owner == 0 ? (red, green, blue) : mixes[Int(owner) - 1].applied(red, green, blue)
    }
  }

  /// The photograph made grey and dark outside of a mask.
  static func dimmed(_ image: Image, outside mask: Mask) throws(ModelError) -> Image {
    try check(mask, belongsTo: image)
    var isInside = [Bool](repeating: false, count: image.width * image.height)
    forEachSetRange(of: mask) { range in
      for place in range { isInside[place] = true }
    }
    return try mapped(image) { place, red, green, blue in
      if isInside[place] { return (red, green, blue) }
      // Luma of BT.601, in 1/1024; two thirds of the colour go, then more than half of the light.
      let luma = (Int(red) * 306 + Int(green) * 601 + Int(blue) * 117) >> 10
      func dim(_ value: UInt8) -> UInt8 { UInt8((Int(value) + 2 * luma) * 3 / 20) }
      return (dim(red), dim(green), dim(blue))
    }
  }

  /// - Throws: `invalidArgument` where a mask is not of the size of the image.
  static func check(_ mask: Mask, belongsTo image: Image) throws(ModelError) {
    guard mask.width == image.width, mask.height == image.height else {
      throw ModelError(
        .invalidArgument,
        "A mask of \(mask.width) x \(mask.height) pixels cannot be drawn on an image of \(image.width) x \(image.height) "
          + "pixels; give the image that was segmented.")
    }
  }

  private struct Mix {
    let red: Int
    let green: Int
    let blue: Int
    /// Share of the photograph, in 1/256.
    let rest: Int

    init(color: Color, opacity: Double) {
      let share = min(max(opacity, 0), 1) * 256
      rest = 256 - Int(share.rounded())
      red = Int((color.red * 255 * share).rounded())
      green = Int((color.green * 255 * share).rounded())
      blue = Int((color.blue * 255 * share).rounded())
    }

    @inline(__always)
    func applied(_ r: UInt8, _ g: UInt8, _ b: UInt8) -> (UInt8, UInt8, UInt8) {
      (
        UInt8(min((Int(r) * rest + red + 128) >> 8, 255)), UInt8(min((Int(g) * rest + green + 128) >> 8, 255)),
        UInt8(min((Int(b) * rest + blue + 128) >> 8, 255))
      )
    }
  }

  /// Calls `body` with the ranges of column-major pixel numbers (`x * height + y`) inside a mask.
  private static func forEachSetRange(of mask: Mask, _ body: (Range<Int>) -> Void) {
    var place = 0
    for (index, run) in mask.runLengths.counts.enumerated() {
      let end = place + Int(run)
      if !index.isMultiple(of: 2) { body(place..<end) }
      place = end
    }
  }

  /// The image with each pixel changed; `change` is given the column-major number of the pixel.
  @inline(__always)
  private static func mapped(
    _ image: Image, _ change: (_ place: Int, UInt8, UInt8, UInt8) -> (UInt8, UInt8, UInt8)
  ) throws(ModelError) -> Image {
    let (width, height) = (image.width, image.height)
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      image.pixels.withUnsafeBufferPointer { input in
        var index = 0
        for y in 0..<height {
          var place = y
          for _ in 0..<width {
            (output[index], output[index + 1], output[index + 2]) = change(
              place, input[index], input[index + 1], input[index + 2])
            index += 3
            place += height
          }
        }
      }
      count = width * height * 3
    }
    return try Image(width: width, height: height, pixels: pixels)
  }
}
