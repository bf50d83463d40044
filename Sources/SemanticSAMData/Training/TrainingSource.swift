import SemanticSAMCore
import SemanticSAMImages

/// Draws training samples from a mixture of data sets, changed at random as a recipe says. What is drawn, and how it is
/// changed, depends on the seed and the number of the draw alone.
public struct TrainingSource: Sendable {
  private var mixture: JointDataset
  private let augmentation: AugmentationPipeline
  private let minimumArea: Int
  private let seed: UInt64
  private let limits: DecodingLimits

  /// - Parameter position: where a run was saved; `nil` for its beginning.
  /// - Throws: as `JointDataset.init`.
  public init(
    _ members: [JointDataset.Member], images: Recipe.Images, seed: UInt64, from position: JointDataset.Position? = nil,
    limits: DecodingLimits = .default
  ) throws(ModelError) {
    mixture = try JointDataset(members, seed: seed, from: position)
    augmentation = AugmentationPipeline(images)
    minimumArea = images.minimumArea
    self.seed = seed
    self.limits = limits
  }

  /// After the last draw.
  public var position: JointDataset.Position { mixture.position }

  /// The next samples with their numbers; photographs in which nothing is left after their change are passed over.
  /// - Throws: what a data set throws: `malformedFile` naming file and record; `invalidArgument` where a hundred photographs
  ///   one after the other have nothing to learn from.
  public mutating func next(_ count: Int) throws(ModelError) -> [TrainingSample] {
    var samples: [TrainingSample] = []
    var misses = 0
    while samples.count < count {
      let draw = mixture.next()
      let picture = try AnnotatedImage(mixture.sample(draw), limits: limits)
      let changed = try augmentation.apply(to: picture, seed: seed, step: draw.number, sample: 0)
      let targets = changed.regions.compactMap { region -> TrainingSample.Target? in
        guard !region.isCrowd, region.area >= Double(minimumArea) else { return nil }
        return TrainingSample.Target(
          mask: region.mask, box: region.box, object: region.objectCategory, part: region.partCategory)
      }
      if targets.isEmpty {
        misses += 1
        guard misses < 100 else {
          throw ModelError(
            .invalidArgument,
            "A hundred photographs one after the other have no region of \(minimumArea) pixels or more after their change; "
              + "check the data set with 'semantic-sam dataset inspect', or lower the recipe's images.minimumArea.")
        }
        continue
      }
      misses = 0
      samples.append(TrainingSample(image: changed.image, targets: targets))
    }
    return samples
  }
}

extension AugmentationPipeline {
  /// What a recipe does to its photographs.
  public init(_ images: Recipe.Images) {
    func range(_ bounds: [Double]) -> ClosedRange<Double> {
      guard let lower = bounds.min(), let upper = bounds.max() else { return 1...1 }
      return lower...upper
    }
    var steps: [any Augmentation] = [
      HorizontalFlip(probability: images.flip),
      RandomResize(
        width: images.width, height: images.height, scale: range(images.scale), aspect: range(images.aspect)),
      FixedSizeCrop(width: images.width, height: images.height),
    ]
    if images.color > 0 {
      let share = images.color
      steps.append(
        ColorJitter(
          brightness: 80 * share, contrast: (1 - share)...(1 + share), saturation: (1 - share)...(1 + share),
          hue: 30 * share))
    }
    self.init(steps)
  }
}
