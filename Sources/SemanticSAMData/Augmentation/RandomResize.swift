import SemanticSAMCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Scales a picture to fit into a rectangle, times a random factor, and stretches it a little: both uniform in their
/// logarithms.
public struct RandomResize: Augmentation, Hashable {
  /// In pixels.
  public var width: Int
  /// In pixels.
  public var height: Int
  public var scale: ClosedRange<Double>
  /// The factor by which width to height changes.
  public var aspect: ClosedRange<Double>

  public init(width: Int, height: Int, scale: ClosedRange<Double>, aspect: ClosedRange<Double> = 1...1) {
    self.width = width
    self.height = height
    self.scale = scale
    self.aspect = aspect
  }

  public func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage {
    guard scale.lowerBound > 0, aspect.lowerBound > 0, scale.upperBound <= 100, aspect.upperBound <= 100,
      (1...65_535).contains(width), (1...65_535).contains(height)
    else {
      throw ModelError(
        .invalidArgument,
        "A picture cannot be scaled to \(width) x \(height) pixels times \(scale) with aspects of \(aspect); give factors "
          + "in 0...100 and sides in 1...65535.")
    }
    let image = picture.image
    let factor = Self.logarithmic(scale, generator.uniform())
    let stretch = Self.logarithmic(aspect, generator.uniform()).squareRoot()
    let fit = min(Double(height) / Double(image.height), Double(width) / Double(image.width)) * factor
    func side(_ length: Int, _ stretch: Double) -> Int {
      min(max(1, Int((Double(length) * fit * stretch).rounded())), 65_535)
    }
    return try picture.transformed(
      by: .resize(
        fromWidth: image.width, height: image.height, toWidth: side(image.width, stretch),
        height: side(image.height, 1 / stretch)))
  }

  /// The number of a range whose logarithm lies at a share of the way.
  private static func logarithmic(_ range: ClosedRange<Double>, _ share: Double) -> Double {
    range.lowerBound * pow(range.upperBound / range.lowerBound, share)
  }
}
