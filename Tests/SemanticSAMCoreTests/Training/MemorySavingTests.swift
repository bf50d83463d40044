import Testing

@testable import SemanticSAMCore

struct MemorySavingTests {
  private static let side = 64

  /// A gradient and two squares in it.
  private static func sample() throws -> TrainingSample {
    let pixels = (0..<side * side * 3).map { (place: Int) -> UInt8 in UInt8((place * 7 / 3 + place / 64) % 256) }
    let targets = try [(8, 24), (20, 30)].map { start, size in
      let square = start..<start + size
      var bitmap = [UInt8](repeating: 0, count: side * side)
      for y in square {
        for x in square { bitmap[y * side + x] = 1 }
      }
      let mask = try Mask(width: side, height: side, bitmap: bitmap)
      return TrainingSample.Target(mask: mask, box: mask.box)
    }
    return TrainingSample(image: try Image(width: side, height: side, pixels: pixels), targets: targets)
  }

  private static func recipe(dropPath: Float, savesMemory: Bool) -> Recipe {
    var recipe = Recipe.sa1bManyToMany
    recipe.batch = 1
    recipe.prompts.clicks.clickCount = 3
    recipe.prompts.boxes = 1
    recipe.loss.points = .uncertain(UncertainPoints(count: 32))
    recipe.loss.matchPoints = .uniform(count: 64)
    recipe.dropPath = dropPath
    recipe.savesMemory = savesMemory
    return recipe
  }

  private static func parameters(afterSteps steps: Int, dropPath: Float, savesMemory: Bool) throws -> NamedTensors {
    var trainer = try Trainer(
      recipe(dropPath: dropPath, savesMemory: savesMemory), configuration: .tiny, seed: 11)
    for _ in 0..<steps { _ = try trainer.train([sample()]) }
    return try trainer.network.parameters { _ in true }
  }

  /// What is computed twice is the same twice, so the network that comes out is, too.
  @Test(arguments: [0, 0.4] as [Float])
  func computingTwiceChangesNothing(dropPath: Float) throws {
    let kept = try Self.parameters(afterSteps: 2, dropPath: dropPath, savesMemory: false)
    let saved = try Self.parameters(afterSteps: 2, dropPath: dropPath, savesMemory: true)
    #expect(kept.keys == saved.keys)
    for (key, (one, other)) in zip(kept.keys, zip(kept.tensors, saved.tensors)) {
      #expect(one.values == other.values, "\(key)")
    }
  }

  @Test func theLightBackboneIsComputedTwiceToTheSameBits() throws {
    let networks = try [false, true].map { savesMemory in
      var recipe = Recipe.fineTune
      recipe.frozen = ["names."]
      recipe.prompts.clicks.clickCount = 3
      recipe.savesMemory = savesMemory
      var trainer = try Trainer(recipe, from: TestModels.model(), seed: 11)
      for _ in 0..<2 { _ = try trainer.train([Self.sample()]) }
      return try trainer.network.parameters { _ in true }
    }
    for (key, (one, other)) in zip(networks[0].keys, zip(networks[0].tensors, networks[1].tensors)) {
      #expect(one.values == other.values, "\(key)")
    }
  }

  @Test func dropPathChangesTheStep() throws {
    let whole = try Self.parameters(afterSteps: 1, dropPath: 0, savesMemory: false)
    let dropped = try Self.parameters(afterSteps: 1, dropPath: 0.9, savesMemory: false)
    #expect(zip(whole.tensors, dropped.tensors).contains { $0.values != $1.values })
  }

  /// The branches of the first block always stay, those of the last with the probability that is left.
  @Test func branchesAreLeftOutMoreTheDeeperTheyAre() {
    var generator = SampleGenerator(seed: 3)
    var counts = [Int](repeating: 0, count: 12)
    for _ in 0..<1000 {
      let scales = SwinTraining(blocks: 12, dropPath: 0.5, savesMemory: false, using: &generator).branchScales
      for (block, scale) in scales.enumerated() where scale.x > 0 { counts[block] += 1 }
    }
    #expect(counts[0] == 1000)
    #expect(abs(counts[11] - 500) < 70)
    #expect(abs(counts[5] - 773) < 60)
  }
}
