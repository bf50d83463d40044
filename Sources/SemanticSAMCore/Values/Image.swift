/// A picture of 8-bit RGB pixels.
public struct Image: Hashable, Sendable {
  /// How the pixels of a raw buffer are laid out; alpha is dropped.
  public enum PixelFormat: Hashable, Sendable {
    case rgb, rgba, bgra

    var bytesPerPixel: Int { self == .rgb ? 3 : 4 }
  }

  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// `[height, width, 3]`, row by row, without gaps.
  public let pixels: [UInt8]

  /// An image of dense RGB pixels `[height, width, 3]`.
  /// - Throws: `invalidArgument` where the sizes are not positive or do not fit the number of bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) throws(ModelError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, count <= Int.max / 4, pixels.count == count * 3 else {
      throw ModelError(
        .invalidArgument,
        "An image of \(width) x \(height) RGB pixels cannot be made from \(pixels.count) bytes; give width * height * 3."
      )
    }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// An image from a raw buffer whose rows begin `stride` bytes apart.
  /// - Throws: `invalidArgument` where the sizes are not positive or the buffer is too short.
  public init(
    copying buffer: UnsafeRawBufferPointer, width: Int, height: Int, stride: Int, format: PixelFormat
  ) throws(ModelError) {
    let bytes = format.bytesPerPixel
    guard width > 0, height > 0, width <= Int.max / 8, stride >= width * bytes,
      height - 1 <= (buffer.count - width * bytes) / stride, buffer.count >= width * bytes
    else {
      throw ModelError(
        .invalidArgument,
        "A buffer of \(buffer.count) bytes with a stride of \(stride) does not hold \(width) x \(height) pixels of "
          + "\(bytes) bytes.")
    }
    let red = format == .bgra ? 2 : 0
    self.width = width
    self.height = height
    self.pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      var target = 0
      for y in 0..<height {
        var source = y * stride
        for _ in 0..<width {
          output[target] = buffer[source + red]
          output[target + 1] = buffer[source + 1]
          output[target + 2] = buffer[source + 2 - red]
          target += 3
          source += bytes
        }
      }
      count = target
    }
  }
}
