import SemanticSAMCore

/// A change of a picture's pixels' places, with the numbers drawn: the same for image, masks, boxes and points.
public struct GeometricTransform: Hashable, Sendable {
  enum Kind: Hashable {
    /// Left becomes right.
    case flip
    /// Bilinear for images as Pillow does it, nearest neighbour for masks.
    case resize
    /// Pixel (x, y) becomes (0, 0); what lies outside is padding.
    case crop(x: Int, y: Int)
  }

  let kind: Kind
  public let sourceWidth: Int
  public let sourceHeight: Int
  /// Of the result, in pixels.
  public let width: Int
  /// Of the result, in pixels.
  public let height: Int

  /// The value of pixels beside the picture, as in the reference; masks are padded with 0.
  public static let padding: UInt8 = 128

  /// A picture mirrored left to right.
  public static func horizontalFlip(width: Int, height: Int) -> GeometricTransform {
    GeometricTransform(kind: .flip, sourceWidth: width, sourceHeight: height, width: width, height: height)
  }

  /// A picture in another size.
  public static func resize(
    fromWidth sourceWidth: Int, height sourceHeight: Int, toWidth width: Int, height: Int
  ) -> GeometricTransform {
    GeometricTransform(
      kind: .resize, sourceWidth: sourceWidth, sourceHeight: sourceHeight, width: width, height: height)
  }

  /// A rectangle of a picture, which may reach outside.
  public static func crop(
    fromWidth sourceWidth: Int, height sourceHeight: Int, x: Int, y: Int, width: Int, height: Int
  ) -> GeometricTransform {
    GeometricTransform(
      kind: .crop(x: x, y: y), sourceWidth: sourceWidth, sourceHeight: sourceHeight, width: width, height: height)
  }

  /// - Throws: `invalidArgument` where the picture has another size or the result has none; `outOfMemory`.
  public func apply(to image: Image) throws(ModelError) -> Image {
    try check(image.width, image.height)
    switch kind {
    case .flip: return try image.flippedHorizontally()
    case .resize: return try image.resized(width: width, height: height, interpolation: .bilinear)
    case .crop(let x, let y):
      return try image.cropped(x: x, y: y, width: width, height: height, padding: Self.padding)
    }
  }

  /// - Throws: `invalidArgument` where the mask has another size or the result has none; `limitExceeded`.
  public func apply(to mask: Mask) throws(ModelError) -> Mask {
    try check(mask.width, mask.height)
    return switch kind {
    case .flip: mask.flippedHorizontally()
    case .resize: try mask.resized(width: width, height: height)
    case .crop(let x, let y): try mask.cropped(x: x, y: y, width: width, height: height)
    }
  }

  /// By pixel edges; the result can reach outside the picture.
  public func apply(to box: Box) -> Box {
    switch kind {
    case .flip:
      let width = Double(sourceWidth)
      return Box(x0: width - box.x1, y0: box.y0, x1: width - box.x0, y1: box.y1)
    case .resize:
      let (x, y) = scale
      return Box(x0: box.x0 * x, y0: box.y0 * y, x1: box.x1 * x, y1: box.y1 * y)
    case .crop(let x, let y):
      return Box(x0: box.x0 - Double(x), y0: box.y0 - Double(y), x1: box.x1 - Double(x), y1: box.y1 - Double(y))
    }
  }

  /// By pixel centres; the result can lie outside the picture.
  public func apply(to point: Point) -> Point {
    switch kind {
    case .flip: return Point(x: Double(sourceWidth - 1) - point.x, y: point.y)
    case .resize:
      let (x, y) = scale
      return Point(x: (point.x + 0.5) * x - 0.5, y: (point.y + 0.5) * y - 0.5)
    case .crop(let x, let y): return Point(x: point.x - Double(x), y: point.y - Double(y))
    }
  }

  /// Whether a point lies on the area of the result's pixels.
  func resultContains(_ point: Point) -> Bool {
    point.x >= -0.5 && point.y >= -0.5 && point.x < Double(width) - 0.5 && point.y < Double(height) - 0.5
  }

  private var scale: (x: Double, y: Double) {
    (Double(width) / Double(sourceWidth), Double(height) / Double(sourceHeight))
  }

  private func check(_ imageWidth: Int, _ imageHeight: Int) throws(ModelError) {
    guard imageWidth == sourceWidth, imageHeight == sourceHeight else {
      throw ModelError(
        .invalidArgument,
        "A transform of \(sourceWidth) x \(sourceHeight) pixels does not fit \(imageWidth) x \(imageHeight); make one for "
          + "this size.")
    }
  }
}

extension Image {
  /// The image mirrored left to right.
  func flippedHorizontally() throws(ModelError) -> Image {
    try rearranged(width: width, height: height, padding: 0, columns: { width - 1 - $0 }, rows: { $0 })
  }

  /// A rectangle of the image, with `padding` in all channels where it reaches outside.
  func cropped(x: Int, y: Int, width: Int, height: Int, padding: UInt8) throws(ModelError) -> Image {
    guard x.magnitude <= UInt32.max, y.magnitude <= UInt32.max else {
      throw ModelError(
        .limitExceeded, "An image cannot be cut out at (\(x), \(y)), which is too far away; give a corner near it.")
    }
    return try rearranged(width: width, height: height, padding: padding, columns: { $0 + x }, rows: { $0 + y })
  }

  private func rearranged(
    width newWidth: Int, height newHeight: Int, padding: UInt8, columns: (Int) -> Int, rows: (Int) -> Int
  ) throws(ModelError) -> Image {
    let (count, overflow) = newWidth.multipliedReportingOverflow(by: newHeight)
    guard newWidth > 0, newHeight > 0, !overflow, count <= Int(Int32.max) / 3 else {
      throw ModelError(
        .invalidArgument, "An image cannot be cut to \(newWidth) x \(newHeight) pixels; give other sizes.")
    }
    let sources = (0..<newWidth).map(columns)
    let bytes = [UInt8](unsafeUninitializedCapacity: count * 3) { output, written in
      output.initialize(repeating: padding)
      pixels.withUnsafeBufferPointer { input in
        for y in 0..<newHeight {
          let row = rows(y)
          guard row >= 0, row < height else { continue }
          for x in 0..<newWidth {
            let column = sources[x]
            guard column >= 0, column < width else { continue }
            let (source, target) = ((row * width + column) * 3, (y * newWidth + x) * 3)
            output[target] = input[source]
            output[target + 1] = input[source + 1]
            output[target + 2] = input[source + 2]
          }
        }
      }
      written = count * 3
    }
    return try Image(width: newWidth, height: newHeight, pixels: bytes)
  }
}
