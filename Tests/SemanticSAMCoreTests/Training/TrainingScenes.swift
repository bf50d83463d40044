import Testing

@testable import SemanticSAMCore

/// Small pictures to learn from, and recipes that take a moment a step.
enum TrainingScenes {
  /// A picture of noise with three nested rectangles and one aside.
  static func sample(_ seed: UInt64, width: Int = 64, height: Int = 64) throws -> TrainingSample {
    var generator = SampleGenerator(seed: seed)
    let pixels = (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    func rectangle(
      _ x: Range<Int>, _ y: Range<Int>, object: Int, part: Int? = nil
    ) throws -> TrainingSample.Target {
      var bitmap = [UInt8](repeating: 0, count: width * height)
      for row in y { for column in x { bitmap[row * width + column] = 1 } }
      let mask = try Mask(width: width, height: height, bitmap: bitmap)
      return TrainingSample.Target(mask: mask, box: mask.box, object: object, part: part)
    }
    let shift = Int(seed % 5)
    return TrainingSample(
      image: try Image(width: width, height: height, pixels: pixels),
      targets: [
        try rectangle(4..<44 + shift, 6..<50, object: 0),
        try rectangle(10..<34, 12..<40 + shift, object: 0, part: 0),
        try rectangle(14..<24, 16..<30, object: 0, part: 1), try rectangle(48 + shift..<62, 40..<60, object: 1),
      ], names: TrainingSample.Names(objects: [0, 1, 2], parts: [0, 1]))
  }

  /// Six answers to a click, in the network without a refiner, with points drawn at random and an average.
  static var tiny: Recipe {
    var recipe = Recipe.sa1bManyToMany
    recipe.name = "test"
    recipe.network = "tiny"
    recipe.prompts.clicks.clickCount = 4
    recipe.prompts.boxes = 2
    recipe.loss.matchPoints = .uniform(count: 200)
    recipe.loss.points = .uncertain(UncertainPoints(count: 100))
    recipe.optimizer.rate = 1e-3
    recipe.course = Recipe.Course(kind: .cosine, warmUp: 2, end: 0.1)
    recipe.steps = 5
    recipe.averageDecay = 0.9
    return recipe
  }

  /// As a user fine-tunes, with fewer prompts.
  static var fineTune: Recipe {
    var recipe = Recipe.fineTune
    recipe.prompts.clicks.clickCount = 4
    recipe.prompts.boxes = 2
    recipe.steps = 4
    return recipe
  }

  /// Prompts, and queries that the network chooses itself, with names.
  static var joint: Recipe {
    var recipe = tiny
    recipe.name = "joint"
    recipe.generic = Recipe.Generic(
      queries: 12,
      loss: GenericLoss(matchPoints: .uniform(count: 200), points: .uncertain(UncertainPoints(count: 100))),
      denoising: Recipe.Denoising(queries: 9, noise: 0.4))
    return recipe
  }

  /// The names that the samples speak of, with embeddings by rule.
  static func vocabulary(dimension: Int = 24) throws -> Vocabulary {
    func table(_ names: [String]) throws -> Vocabulary.Table {
      var generator = SampleGenerator(seed: UInt64(names.count))
      let numbers = (0..<names.count * dimension).map { _ in Float(generator.uniform(-1...1)) }
      return try Vocabulary.Table(names: names, embeddings: Tensor(numbers, shape: [names.count, dimension]))
    }
    return Vocabulary(objects: try table(["cup", "spoon", "plate"]), parts: try table(["handle", "rim"]))
  }

  static func trainer(_ recipe: Recipe, heads: [TrainingHead] = [], seed: UInt64 = 3) throws -> Trainer {
    let vocabulary = recipe.generic == nil ? nil : try vocabulary()
    return recipe.network == "tiny"
      ? try Trainer(recipe, configuration: .preset("tiny"), vocabulary: vocabulary, heads: heads, seed: seed)
      : try Trainer(recipe, from: TestModels.model(), vocabulary: vocabulary, heads: heads, seed: seed)
  }

  /// Trains up to a number of steps; batch t is made of samples of its own.
  static func train(_ trainer: inout Trainer, upTo steps: Int) throws {
    while trainer.step < steps {
      _ = try trainer.train([try sample(UInt64(2 * trainer.step)), try sample(UInt64(2 * trainer.step + 1))])
    }
  }
}
