import SemanticSAMCore

/// Random brightness, contrast, saturation and hue, as SSD has them (Liu et al. 2016; detectron2, `ColorAugSSDTransform`).
///
/// Each happens with probability 1/2: brightness first; then contrast, saturation and hue, or saturation, hue and contrast.
/// Brightness and contrast cut to 0...255 and drop fractions. Saturation and hue are computed in floating point, where
/// detectron2 has OpenCV's hue of 180 steps in a byte.
public struct ColorJitter: Augmentation, Hashable {
  /// Added to all channels: uniform in plus or minus this, of 255.
  public var brightness: Double
  /// The factor of all channels.
  public var contrast: ClosedRange<Double>
  /// The factor of the saturation.
  public var saturation: ClosedRange<Double>
  /// The hue turns by up to plus or minus this, in degrees.
  public var hue: Double

  public init(
    brightness: Double = 32, contrast: ClosedRange<Double> = 0.5...1.5, saturation: ClosedRange<Double> = 0.5...1.5,
    hue: Double = 36
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  public func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage {
    try check()
    let image = picture.image
    var pixels = image.pixels
    if generator.flip() {
      let shift = generator.uniform(-brightness...brightness)
      Self.map(&pixels) { $0 + shift }
    }
    let contrastFirst = generator.flip()
    if contrastFirst { changeContrast(&pixels, using: &generator) }
    let factor = generator.flip() ? generator.uniform(saturation) : 1
    let turn = generator.flip() ? generator.uniform(-hue...hue) : 0
    if factor != 1 || turn != 0 { Self.changeColours(&pixels, saturation: Float(factor), turn: Float(turn)) }
    if !contrastFirst { changeContrast(&pixels, using: &generator) }
    return picture.recoloured(try Image(width: image.width, height: image.height, pixels: pixels))
  }

  private func check() throws(ModelError) {
    let bounds = [
      brightness, hue, contrast.lowerBound, contrast.upperBound, saturation.lowerBound, saturation.upperBound,
    ]
    guard bounds.allSatisfy({ $0 >= 0 && $0 <= 1000 }) else {
      throw ModelError(
        .invalidArgument, "A colour jitter has the bounds \(bounds), and each must lie within 0...1000; change them.")
    }
  }

  private func changeContrast(_ pixels: inout [UInt8], using generator: inout some RandomNumberGenerator) {
    guard generator.flip() else { return }
    let factor = generator.uniform(contrast)
    Self.map(&pixels) { $0 * factor }
  }

  private static func map(_ pixels: inout [UInt8], _ change: (Double) -> Double) {
    let table = (0...255).map { UInt8(min(max(change(Double($0)), 0), 255)) }
    for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
  }

  /// Multiplies the saturation of HSV, cut to 1, and turns the hue by degrees.
  static func changeColours(_ pixels: inout [UInt8], saturation: Float, turn: Float) {
    for index in stride(from: 0, to: pixels.count - 2, by: 3) {
      let red = Float(pixels[index])
      let green = Float(pixels[index + 1])
      let blue = Float(pixels[index + 2])
      let value = max(red, green, blue)
      let chroma = value - min(red, green, blue)
      guard chroma > 0 else { continue }
      // In sixths of a turn.
      var hue: Float
      if value == red {
        hue = (green - blue) / chroma
      } else if value == green {
        hue = (blue - red) / chroma + 2
      } else {
        hue = (red - green) / chroma + 4
      }
      hue += turn / 60
      let newChroma = min(chroma * saturation, value)
      pixels[index] = channel(5, hue, value, newChroma)
      pixels[index + 1] = channel(3, hue, value, newChroma)
      pixels[index + 2] = channel(1, hue, value, newChroma)
    }
  }

  /// The channel that lies `offset` sixths of a turn from its hue: HSV to RGB without cases.
  @inline(__always)
  private static func channel(_ offset: Float, _ hue: Float, _ value: Float, _ chroma: Float) -> UInt8 {
    var place = (offset + hue).truncatingRemainder(dividingBy: 6)
    if place < 0 { place += 6 }
    return UInt8((value - chroma * max(0, min(place, 4 - place, 1))).rounded())
  }
}
