import SemanticSAMCore

/// What lies in a mask, on a transparent ground.
public struct Cutout: Hashable, Sendable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// `[height, width, 4]`: red, green, blue, alpha (255 inside the mask, 0 outside; colours are not premultiplied). Outside
  /// all four are 0.
  public let pixels: [UInt8]

  /// Cuts a mask out of its image.
  /// - Parameter isCropped: Whether the cut-out has the size of the mask's box; else it has the size of the image.
  /// - Throws: `invalidArgument` where the mask is not of the size of the image, or is empty and should be cropped.
  public init(of image: Image, mask: Mask, isCropped: Bool = false) throws(ModelError) {
    try Tints.check(mask, belongsTo: image)
    var (left, top, width, height) = (0, 0, image.width, image.height)
    if isCropped {
      guard !mask.isEmpty else {
        throw ModelError(
          .invalidArgument,
          "An empty mask has no box to crop a cut-out to; ask for the cut-out at the size of the image.")
      }
      let box = mask.box
      (left, top, width, height) = (Int(box.x0), Int(box.y0), Int(box.width), Int(box.height))
    }
    let bitmap = mask.bitmap
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    for y in 0..<height {
      var source = (top + y) * image.width + left
      var target = y * width * 4
      for _ in 0..<width {
        if bitmap[source] != 0 {
          pixels[target] = image.pixels[source * 3]
          pixels[target + 1] = image.pixels[source * 3 + 1]
          pixels[target + 2] = image.pixels[source * 3 + 2]
          pixels[target + 3] = 255
        }
        source += 1
        target += 4
      }
    }
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
