/// How the stored pixels of a photograph are to be turned, numbered as the EXIF tag 0x0112.
package enum ImageOrientation: Int {
  case upright = 1
  case mirroredHorizontally = 2
  case rotated180 = 3
  case mirroredVertically = 4
  case transposed = 5
  case rotatedClockwise = 6
  case transversed = 7
  case rotatedCounterclockwise = 8

  /// Whether width and height change places.
  package var swapsSides: Bool { rawValue >= 5 }

  /// The upright picture of stored pixels `[height, width, 3]`.
  /// - Returns: pixels `[width, height, 3]` where the sides are swapped, else `[height, width, 3]`.
  package func apply(to pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
    guard self != .upright else { return pixels }
    // Where the first pixel comes from, and how far the source moves for a step right and a step down.
    let (last, bottom) = (width - 1, (height - 1) * width)
    let (first, right, down) =
      switch self {
      case .upright: (0, 1, width)
      case .mirroredHorizontally: (last, -1, width)
      case .rotated180: (bottom + last, -1, -width)
      case .mirroredVertically: (bottom, 1, -width)
      case .transposed: (0, width, 1)
      case .rotatedClockwise: (bottom, -width, 1)
      case .transversed: (bottom + last, -width, -1)
      case .rotatedCounterclockwise: (last, width, -1)
      }
    let (columns, rows) = swapsSides ? (height, width) : (width, height)
    return [UInt8](unsafeUninitializedCapacity: pixels.count) { output, count in
      pixels.withUnsafeBufferPointer { input in
        var target = 0
        for y in 0..<rows {
          var source = (first + y * down) * 3
          for _ in 0..<columns {
            output[target] = input[source]
            output[target + 1] = input[source + 1]
            output[target + 2] = input[source + 2]
            target += 3
            source += right * 3
          }
        }
      }
      count = pixels.count
    }
  }
}
