import Testing

@testable import SemanticSAMCore

/// SAM's rounds: masks and clicks that correct them.
@Suite(.serialized) struct CorrectionRoundsTests {
  private static var recipe: Recipe {
    var recipe = Recipe.samManyToOne
    recipe.name = "test"
    recipe.network = "tiny"
    recipe.prompts.clicks.clickCount = 4
    recipe.prompts.boxes = 2
    recipe.prompts.rounds = CorrectionRounds(clicks: 2, maskOnly: 2, prompts: 5)
    recipe.loss.points = .uncertain(UncertainPoints(count: 100))
    recipe.optimizer.rate = 1e-3
    recipe.optimizer.clip = 1
    recipe.course = Recipe.Course(kind: .constant)
    recipe.steps = 3
    recipe.dropPath = 0
    return recipe
  }

  @Test func theOrderHasAllRoundsAndEndsWithTheMaskAlone() {
    var generator = SampleGenerator(seed: 1)
    var orders: Set<[Bool]> = []
    for _ in 0..<200 {
      let order = CorrectionRounds(clicks: 3, maskOnly: 2).order(using: &generator)
      #expect(order.count == 5 && order.filter(\.self).count == 3 && order.last == false)
      orders.insert(order)
    }
    #expect(orders.count == 4)
    #expect(CorrectionRounds(clicks: 2, maskOnly: 0).order(using: &generator) == [true, true])
  }

  @Test func aRestoredRunComputesTheSameBits() throws {
    try withSteadyInstructionSet {
      var whole = try TrainingScenes.trainer(Self.recipe)
      try TrainingScenes.train(&whole, upTo: 3)
      var first = try TrainingScenes.trainer(Self.recipe)
      try TrainingScenes.train(&first, upTo: 1)
      let folder = try TemporaryFolder()
      let path = try folder.write(first.state(progress: ""), to: "state.safetensors")
      var second = try Trainer.restored(from: path).trainer
      #expect(second.configuration.maskPrompt != nil)
      try TrainingScenes.train(&second, upTo: 3)
      #expect(try second.state(progress: "") == whole.state(progress: ""))
      let begun = try TrainingScenes.trainer(Self.recipe).network.maskDecoder.maskPrompt
      let trained = second.network.maskDecoder.maskPrompt
      #expect(begun?.content.weight.values.values.allSatisfy { $0 == 0 } == true)
      #expect(trained?.content.weight.values.values.contains { $0 != 0 } == true)
      #expect(trained?.logits.weight.values.values.contains { $0 != 0 } == true)
    }
  }

  private func gradients(
    _ trainer: Trainer, _ loss: (Network, inout SampleGenerator) throws(ModelError) -> Tensor
  ) throws -> [String: [Float]] {
    let gradients = try trainer.network.valueAndGradient { network throws(ModelError) in
      var generator = SampleGenerator(seed: 8)
      return try loss(network, &generator)
    }.gradients
    return Dictionary(uniqueKeysWithValues: zip(gradients.keys, gradients.tensors.map(\.values)))
  }

  /// Nothing goes back into the answers that a round corrects: whether they are followed by a tape makes no difference.
  @Test func earlierMasksAreConstants() throws {
    try withSteadyInstructionSet {
      var trainer = try TrainingScenes.trainer(Self.recipe)
      try TrainingScenes.train(&trainer, upTo: 2)  // The last layers are no longer zeros.
      let sample = try TrainingScenes.sample(5)
      let size = trainer.size(of: sample)
      var drawing = SampleGenerator(seed: 7)
      let prompts = try TrainingPrompts(
        on: sample, Self.recipe.prompts, meansRegion: true, encoding: trainer.network.maskDecoder.prompts, size: size,
        using: &drawing)
      #expect(prompts.targets.allSatisfy { $0.targets.count == 1 })
      let truth = try TrainingTruth(
        sample.targets.compactMap(\.mask), width: size.paddedWidth, height: size.paddedHeight)
      let rounds = CorrectionRounds(clicks: 1, maskOnly: 1)
      let both = try [true, false].map { isFollowed in
        try gradients(trainer) { network, generator throws(ModelError) in
          let pyramid = try network.backbone(sample.image.normalized(trainer.configuration.image, size: size)) {
            () throws(ModelError) in
          }
          let features = try network.pixelDecoder(pyramid) { _ throws(ModelError) in }
          let memory = network.maskDecoder.memory(of: features)
          let start = isFollowed ? network : trainer.network
          let startMemory =
            isFollowed
            ? memory
            : start.maskDecoder.memory(
              of: try start.pixelDecoder(
                start.backbone(sample.image.normalized(trainer.configuration.image, size: size)) {
                  () throws(ModelError) in
                }
              ) { _ throws(ModelError) in })
          let layers = start.maskDecoder(
            start.maskDecoder.prompts.queries(prompts.prompts), memory: startMemory, everyLayer: true
          ).predictions
          #expect(layers.last?.masks.isRecorded == isFollowed)
          return try trainer.corrections(
            rounds, of: network, sample, prompts, layers: layers, memory: memory, truth: truth, normalizer: 4,
            using: &generator
          ).total
        }
      }
      #expect(both[0] == both[1])
      let key = "model.sem_seg_head.predictor.mask_prompt.logits.weight"
      #expect(both[0][key]?.contains { $0 != 0 } == true)
      let convolution = "model.sem_seg_head.predictor.mask_prompt.convs.0.weight"
      #expect(both[0][convolution]?.contains { $0 != 0 } == true)
    }
  }

  /// With rounds the loss of a scene falls, and an answer that is given its mask and a click becomes better than the first.
  @Test func theLossFallsAndRoundsLearnToUseMasks() throws {
    var recipe = Self.recipe
    recipe.steps = 60
    recipe.prompts.boxes = 0
    recipe.prompts.rounds = CorrectionRounds(clicks: 1, maskOnly: 1)
    var trainer = try TrainingScenes.trainer(recipe)
    let sample = try TrainingScenes.sample(1)
    var losses: [Double] = []
    while trainer.step < recipe.steps { losses.append(try trainer.train([sample]).loss) }
    let (first, last) = (losses.prefix(6).reduce(0, +) / 6, losses.suffix(6).reduce(0, +) / 6)
    #expect(last < 0.8 * first, "\(first) \(last)")
  }

  @Test func aClickMeansItsRegionInManyToOneTraining() throws {
    let trainer = try TrainingScenes.trainer(Self.recipe)
    let sample = try TrainingScenes.sample(2)
    var generator = SampleGenerator(seed: 3)
    var targets: Set<Int> = []
    for _ in 0..<10 {
      let prompts = try TrainingPrompts(
        on: sample, Self.recipe.prompts, meansRegion: true, encoding: trainer.network.maskDecoder.prompts,
        size: trainer.size(of: sample), using: &generator)
      for prompt in prompts.targets {
        #expect(prompt.targets.count == 1)
        targets.formUnion(prompt.targets)
      }
    }
    // Also the regions inside others, which come later in the list.
    #expect(targets == [0, 1, 2, 3])
  }

  @Test func roundsOutOfRangeAreRefused() throws {
    func refuse(_ field: String, _ edit: (inout Recipe) -> Void) {
      var recipe = Self.recipe
      edit(&recipe)
      expectRefusal(.invalidConfiguration, containing: field) { try recipe.validate() }
    }
    refuse("prompts.rounds.clicks") { $0.prompts.rounds?.clicks = -1 }
    refuse("prompts.rounds.clicks") { $0.prompts.rounds?.maskOnly = 101 }
    refuse("prompts.rounds.prompts") { $0.prompts.rounds?.prompts = 0 }
    refuse("many-to-one") { $0.loss.assignment = .manyToMany }
    let recipe = Self.recipe
    #expect(try Recipe(json: recipe.json(), name: "r") == recipe)
    #expect(Recipe.samManyToOne.prompts.rounds == CorrectionRounds())
  }
}
