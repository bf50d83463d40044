import SemanticSAMCore
import SemanticSAMImages

/// Draws training samples from a mixture of data sets, changed at random as a recipe says. What is drawn, and how it is
/// changed, depends on the seed and the number of the draw alone.
public struct TrainingSource: Sendable {
  private var mixture: JointDataset
  private let members: [Member]
  private let minimumArea: Int
  private let seed: UInt64
  private let limits: DecodingLimits

  /// What is known of a data set beside its samples.
  private struct Member: Sendable {
    let augmentation: AugmentationPipeline
    /// `nil` where no names are trained: targets then keep the places in the data set's own tables.
    let names: NamePlaces?
  }

  /// Samples as a recipe wants them: each data set's photographs changed as the recipe's mixture says, and regions with the
  /// places of their names in a vocabulary.
  /// - Parameters:
  ///   - vocabulary: of the run, with the names of all data sets; `nil` where no names are trained.
  ///   - position: where a run was saved; `nil` for its beginning.
  /// - Throws: as `JointDataset.init`; `invalidArgument` where the vocabulary lacks a name.
  public init(
    _ members: [JointDataset.Member], _ recipe: Recipe, vocabulary: Vocabulary?, seed: UInt64,
    from position: JointDataset.Position? = nil, limits: DecodingLimits = .default
  ) throws(ModelError) {
    mixture = try JointDataset(members, seed: seed, from: position)
    var known: [Member] = []
    for member in members {
      known.append(
        Member(
          augmentation: AugmentationPipeline(recipe.images(of: member.dataset.name)),
          names: try vocabulary.map { vocabulary throws(ModelError) in
            try NamePlaces(member.dataset, in: vocabulary)
          }))
    }
    self.members = known
    minimumArea = recipe.images.minimumArea
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
      let member = members[draw.member]
      let sample = try mixture.sample(draw)
      let changed = try member.augmentation.apply(
        to: try AnnotatedImage(sample, limits: limits), seed: seed, step: draw.number, sample: 0)
      let targets = changed.regions.compactMap { region -> TrainingSample.Target? in
        guard !region.isCrowd, region.area >= Double(minimumArea) else { return nil }
        return TrainingSample.Target(
          mask: region.mask, box: region.box,
          object: member.names.map { $0.object(region.objectCategory) } ?? region.objectCategory,
          part: member.names.map { $0.part(region.partCategory) } ?? region.partCategory)
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
      samples.append(
        TrainingSample(
          image: changed.image, targets: targets,
          names: member.names?.names(of: targets, federation: sample.federation)))
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
