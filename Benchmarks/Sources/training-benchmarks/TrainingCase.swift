import SemanticSAMCore
import SemanticSAMDefaultModel

/// A network and a photograph that it is trained on, made of numbers that are the same in each run.
struct TrainingCase {
  private var trainer: Trainer
  /// As it was before any step, its weights packed where they come from a file.
  private let start: Trainer
  private let batch: [TrainingSample]

  /// - Parameter name: "tiny" or "default" (320 x 240 pixels, 24 clicks, 12 boxes), or "swinT" (512 x 512, 20 clicks);
  ///   "default-saving" and "swinT-saving" are the same with the insides of blocks computed twice instead of kept.
  init?(_ name: String) throws {
    var generator = Generator(state: 1)
    switch name {
    case "default", "default-saving":
      var recipe = Recipe.fineTune
      recipe.frozen = ["names."]
      recipe.prompts.clicks.clickCount = 24
      recipe.prompts.clicks.clicksPerRegion = nil
      recipe.savesMemory = name == "default-saving"
      trainer = try Trainer(recipe, from: SemanticSAM.load(.embedded))
      batch = [try Self.sample(width: 320, height: 240, using: &generator)]
    case "tiny":
      var recipe = Recipe.sa1bManyToMany
      recipe.dropPath = 0
      recipe.savesMemory = false
      recipe.prompts.clicks.clickCount = 24
      recipe.prompts.boxes = 12
      trainer = try Trainer(recipe, configuration: .tiny)
      batch = [try Self.sample(width: 320, height: 240, using: &generator)]
    case "swinT", "swinT-saving":
      var recipe = Recipe.sa1bManyToMany
      recipe.dropPath = 0
      recipe.savesMemory = name == "swinT-saving"
      recipe.prompts.clicks.clickCount = 20
      recipe.prompts.boxes = 0
      trainer = try Trainer(recipe, configuration: .swinT)
      batch = [try Self.sample(width: 512, height: 512, using: &generator)]
    default:
      return nil
    }
    start = trainer
  }

  mutating func step() throws {
    _ = try trainer.train(batch)
  }

  func forward() throws {
    for sample in batch { _ = try start.predictions(on: sample) }
  }

  /// Noise, with 24 ellipses of many sizes as its regions, some of them inside others.
  private static func sample(width: Int, height: Int, using generator: inout Generator) throws -> TrainingSample {
    let image = try Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &generator) })
    let targets = try (0..<24).map { index in
      let radius = Double(height) * Double.random(in: 0.05...0.4, using: &generator)
      let centre = (
        x: Double.random(in: 0.2...0.8, using: &generator) * Double(width),
        y: Double.random(in: 0.2...0.8, using: &generator) * Double(height)
      )
      let mask = try Mask(
        width: width, height: height,
        bitmap: (0..<width * height).map { place in
          let (x, y) = (Double(place % width) - centre.x, Double(place / width) - centre.y)
          return x * x / 2 + y * y < radius * radius ? 1 : 0
        })
      return TrainingSample.Target(mask: mask, box: mask.box)
    }
    return TrainingSample(image: image, targets: targets)
  }
}

/// Numbers that are the same in each run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
