import SemanticSAMCore

/// A random change of a picture and its regions.
public protocol Augmentation: Sendable {
  /// The picture after the change; all that is random in it comes from `generator`.
  /// - Throws: `outOfMemory`, and `invalidArgument` where the settings cannot be used.
  func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage
}

/// Augmentations one after the other.
public struct AugmentationPipeline: Sendable {
  public var steps: [any Augmentation]

  public init(_ steps: [any Augmentation]) {
    self.steps = steps
  }

  /// The reference's chain ("large-scale jittering"): flip, scale, crop to `size` x `size` with padding right and below.
  public static func largeScaleJitter(size: Int = 1024, scale: ClosedRange<Double>) -> AugmentationPipeline {
    AugmentationPipeline([
      HorizontalFlip(), ResizeScale(scale: scale, width: size, height: size),
      FixedSizeCrop(width: size, height: size),
    ])
  }

  /// The chain for SA-1B: scales 0.99...1.01.
  public static let unlabelled = largeScaleJitter(scale: 0.99...1.01)

  /// The chain for objects and parts: scales 0.1...2.
  public static let labelled = largeScaleJitter(scale: 0.1...2)

  /// The picture after all steps. The same three numbers give the same result, on every machine.
  /// - Throws: `outOfMemory`, and `invalidArgument` where a step's settings cannot be used.
  public func apply(
    to picture: AnnotatedImage, seed: UInt64, step: UInt64, sample: UInt64
  ) throws(ModelError) -> AnnotatedImage {
    var generator = SampleGenerator(seed: seed, step: step, sample: sample)
    var picture = picture
    for step in steps { picture = try step.apply(to: picture, using: &generator) }
    return picture
  }
}

/// Mirrors left to right with a probability.
public struct HorizontalFlip: Augmentation, Hashable {
  /// 0...1.
  public var probability: Double

  public init(probability: Double = 0.5) {
    self.probability = probability
  }

  public func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage {
    guard generator.uniform() < probability else { return picture }
    return try picture.transformed(
      by: .horizontalFlip(width: picture.image.width, height: picture.image.height))
  }
}

/// Scales a picture to fit into a rectangle of s times the target's sides, s uniform in a range (detectron2,
/// `ResizeScale`). The aspect is kept and the size rounded, halves to the even number, to at least one pixel.
public struct ResizeScale: Augmentation, Hashable {
  public var scale: ClosedRange<Double>
  /// In pixels.
  public var width: Int
  /// In pixels.
  public var height: Int

  public init(scale: ClosedRange<Double>, width: Int = 1024, height: Int = 1024) {
    self.scale = scale
    self.width = width
    self.height = height
  }

  public func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage {
    try picture.transformed(by: transform(picture.image, factor: generator.uniform(scale)))
  }

  func transform(_ image: Image, factor: Double) throws(ModelError) -> GeometricTransform {
    guard scale.lowerBound > 0, scale.upperBound <= 1000, (1...65_535).contains(width), (1...65_535).contains(height)
    else {
      throw ModelError(
        .invalidArgument,
        "A picture cannot be scaled by \(scale.lowerBound)...\(scale.upperBound) times \(width) x \(height) pixels; give "
          + "factors in 0...1000 and sides in 1...65535.")
    }
    let fit = min(
      Double(height) * factor / Double(image.height), Double(width) * factor / Double(image.width))
    func side(_ length: Int) -> Int { max(1, Int((Double(length) * fit).rounded(.toNearestOrEven))) }
    return .resize(
      fromWidth: image.width, height: image.height, toWidth: side(image.width), height: side(image.height))
  }
}

/// Cuts a picture to a size: at a random place where it is larger, with padding right and below where it is smaller.
///
/// One random number gives both offsets, u times what is too much, rounded, as detectron2's `FixedSizeCrop` has it.
public struct FixedSizeCrop: Augmentation, Hashable {
  /// In pixels.
  public var width: Int
  /// In pixels.
  public var height: Int

  public init(width: Int = 1024, height: Int = 1024) {
    self.width = width
    self.height = height
  }

  public func apply(
    to picture: AnnotatedImage, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> AnnotatedImage {
    guard (1...65_535).contains(width), (1...65_535).contains(height) else {
      throw ModelError(
        .invalidArgument, "A picture cannot be cut to \(width) x \(height) pixels; give sides in 1...65535.")
    }
    let share = generator.uniform()
    func offset(_ surplus: Int) -> Int { Int((Double(max(surplus, 0)) * share).rounded(.toNearestOrEven)) }
    let image = picture.image
    return try picture.transformed(
      by: .crop(
        fromWidth: image.width, height: image.height, x: offset(image.width - width), y: offset(image.height - height),
        width: width, height: height))
  }
}
