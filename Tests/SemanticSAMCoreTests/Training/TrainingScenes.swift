import Testing

@testable import SemanticSAMCore

/// Small pictures to learn from, and recipes that take a moment a step.
enum TrainingScenes {
  /// A picture of noise with three nested rectangles and one aside.
  static func sample(_ seed: UInt64, width: Int = 64, height: Int = 64) throws -> TrainingSample {
    var generator = SampleGenerator(seed: seed)
    let pixels = (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    func rectangle(_ x: Range<Int>, _ y: Range<Int>) throws -> TrainingSample.Target {
      var bitmap = [UInt8](repeating: 0, count: width * height)
      for row in y { for column in x { bitmap[row * width + column] = 1 } }
      let mask = try Mask(width: width, height: height, bitmap: bitmap)
      return TrainingSample.Target(mask: mask, box: mask.box)
    }
    let shift = Int(seed % 5)
    return TrainingSample(
      image: try Image(width: width, height: height, pixels: pixels),
      targets: [
        try rectangle(4..<44 + shift, 6..<50), try rectangle(10..<34, 12..<40 + shift), try rectangle(14..<24, 16..<30),
        try rectangle(48 + shift..<62, 40..<60),
      ])
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

  static func trainer(_ recipe: Recipe, seed: UInt64 = 3) throws -> Trainer {
    recipe.network == "tiny"
      ? try Trainer(recipe, configuration: .preset("tiny"), seed: seed)
      : try Trainer(recipe, from: TestModels.model(), seed: seed)
  }

  /// Trains up to a number of steps; batch t is made of samples of its own.
  static func train(_ trainer: inout Trainer, upTo steps: Int) throws {
    while trainer.step < steps {
      _ = try trainer.train([try sample(UInt64(2 * trainer.step)), try sample(UInt64(2 * trainer.step + 1))])
    }
  }
}
