import TensorKernels
import Testing

@testable import SemanticSAMCore

/// Steps of a training run: what they depend on, and what they do not.
@Suite(.serialized) struct TrainerTests {
  private static let recipes = [TrainingScenes.tiny, TrainingScenes.fineTune, TrainingScenes.joint]

  /// All numbers that a run goes on from, with the average.
  private func state(_ trainer: Trainer) throws -> [UInt8] { try trainer.state(progress: "") }

  @Test(arguments: recipes) func aRestoredRunComputesTheSameBits(recipe: Recipe) throws {
    try withSteadyInstructionSet {
      var whole = try TrainingScenes.trainer(recipe)
      try TrainingScenes.train(&whole, upTo: recipe.steps)
      for pause in [0, 1, 3] {
        var first = try TrainingScenes.trainer(recipe)
        try TrainingScenes.train(&first, upTo: pause)
        let folder = try TemporaryFolder()
        let path = try folder.write(first.state(progress: "at \(pause)"), to: "state.safetensors")
        var (second, progress) = try Trainer.restored(from: path)
        #expect(progress == "at \(pause)" && second.step == pause && second.recipe == recipe)
        try TrainingScenes.train(&second, upTo: recipe.steps)
        #expect(try state(second) == state(whole))
        #expect(try second.weights() == whole.weights())
      }
    }
  }

  @Test(arguments: recipes) func threadsChangeNothing(recipe: Recipe) throws {
    try withSteadyInstructionSet {
      let usual = tk_thread_count()
      defer { tk_set_thread_count(usual) }
      let states = try ([1, 2] as [Int32]).map { count in
        tk_set_thread_count(count)
        var trainer = try TrainingScenes.trainer(recipe)
        try TrainingScenes.train(&trainer, upTo: 2)
        return try state(trainer)
      }
      #expect(states[0] == states[1])
    }
  }

  @Test func theSeedChangesTheSteps() throws {
    let states = try ([3, 4] as [UInt64]).map { seed in
      var trainer = try Trainer(TrainingScenes.fineTune, from: TestModels.model(), seed: seed)
      try TrainingScenes.train(&trainer, upTo: 2)
      return try trainer.weights()
    }
    #expect(states[0] != states[1])
  }

  /// The gradient of a batch is the sum of its samples', each with the normaliser of the whole batch: whoever spreads a
  /// batch over machines gets the same numbers.
  @Test(arguments: recipes) func aBatchIsTheSumOfItsSamples(recipe: Recipe) throws {
    try withSteadyInstructionSet {
      var recipe = recipe
      // AdamW would hide the size of a gradient: its first moment after one step is 0.1 times the gradient.
      recipe.optimizer.clip = .greatestFiniteMagnitude
      let samples = [try TrainingScenes.sample(1), try TrainingScenes.sample(2)]
      var trainer = try TrainingScenes.trainer(recipe)
      let start = trainer
      _ = try trainer.train(samples)
      let prompts = try samples.indices.map { place in
        var generator = SampleGenerator(seed: 3, step: 0, sample: UInt64(2 * place))
        return try TrainingPrompts(
          on: samples[place], recipe.prompts, encoding: start.network.maskDecoder.prompts,
          size: start.size(of: samples[place]), using: &generator)
      }
      let normalizer = Double(prompts.reduce(0) { $0 + recipe.loss.count(of: $1.targets) })
      #expect(normalizer > 1)
      var sums: [String: [Double]] = [:]
      // The second one first: nothing may depend on the order.
      for place in [1, 0] {
        let gradients = try start.network.valueAndGradient(isTrained: recipe.isTrained) { network throws(ModelError) in
          var generator = SampleGenerator(seed: 3, step: 0, sample: UInt64(2 * place + 1))
          return try start.loss(
            of: network, samples[place], prompts[place], normalizer: normalizer,
            things: Double(start.thingCount(samples)), photographs: 2, using: &generator
          ).total
        }.gradients
        for (key, tensor) in zip(gradients.keys, gradients.tensors) {
          let numbers = tensor.values.map(Double.init)
          sums[key] = sums[key].map { zip($0, numbers).map { $0 + $1 } } ?? numbers
        }
      }
      #expect(sums.values.contains { $0.contains { $0 != 0 } })
      for (key, sum) in sums {
        let moment = try #require(trainer.optimizer.tensors["exp_avg." + key]).values.map { 10 * Double($0) }
        let distance = zip(moment, sum).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(distance <= 1e-5 * norm, "\(key): \(distance) of \(norm)")
      }
    }
  }

  @Test func numbersDependOnSeedStepAndPlaceOnly() {
    func first(_ seed: UInt64, _ step: UInt64, _ place: UInt64) -> UInt64 {
      var generator = SampleGenerator(seed: seed, step: step, sample: place)
      return generator.next()
    }
    #expect(first(1, 2, 3) == first(1, 2, 3))
    #expect(Set([first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(1, 3, 2)]).count == 5)
  }

  /// A sample sees the same prompts at its place, whatever lies beside it in the batch.
  @Test func promptsDoNotDependOnTheRestOfTheBatch() throws {
    let sample = try TrainingScenes.sample(1)
    let trainer = try TrainingScenes.trainer(TrainingScenes.fineTune)
    let clicks = try (0..<2).map { _ in
      var generator = SampleGenerator(seed: 3, step: 7, sample: 2)
      return try TrainingPrompts(
        on: sample, trainer.recipe.prompts, encoding: trainer.network.maskDecoder.prompts,
        size: trainer.size(of: sample), using: &generator)
    }
    #expect(clicks[0].clicks.map(\.bitPattern) == clicks[1].clicks.map(\.bitPattern))
    #expect(clicks[0].targets.map(\.targets) == clicks[1].targets.map(\.targets))
  }

  @Test func frozenParametersStay() throws {
    let recipe = TrainingScenes.fineTune
    var trainer = try TrainingScenes.trainer(recipe)
    let before = try trainer.network.parameters { _ in true }
    try TrainingScenes.train(&trainer, upTo: 2)
    let after = try trainer.network.parameters { _ in true }
    for (key, (old, new)) in zip(before.keys, zip(before.tensors, after.tensors)) where !recipe.isTrained(key) {
      #expect(old.values == new.values, "\(key)")
    }
    #expect(zip(before.tensors, after.tensors).contains { $0.values != $1.values })
  }

  /// What is not a number in one kind of prediction alone stops a step as well.
  @Test(arguments: [
    "decoder_norm.weight", "_bbox_embed.layers.2.bias", "mask_embed.layers.2.bias", "iou_prediction_head.layers.2.bias",
  ]) func nothingChangesWhereNumbersAreNotFinite(parameter: String) throws {
    let bytes = try TestModels.checkpoint(tensor: { name, tensor in
      guard name == "model.sem_seg_head.predictor." + parameter else { return tensor }
      return Tensor(tensor.values.map { _ in Float.nan }, shape: tensor.shape)
    })
    let model = try SemanticSAM.load(.bytes(bytes, name: "harmed"))
    var trainer = try Trainer(TrainingScenes.fineTune, from: model)
    let before = try state(trainer)
    let message = expectRefusal(.diverged, containing: "step 0") { try trainer.train([try TrainingScenes.sample(1)]) }
    #expect(message.contains("not done"))
    #expect(try state(trainer) == before && trainer.step == 0)
  }

  @Test func aSampleWithoutRegionsHasNoLoss() throws {
    var trainer = try TrainingScenes.trainer(TrainingScenes.fineTune)
    let report = try trainer.train([TrainingSample(image: try TrainingScenes.sample(1).image, targets: [])])
    #expect(report.loss == 0 && report.gradientNorm == 0 && trainer.step == 1)
    // The run can be saved, and goes on.
    let folder = try TemporaryFolder()
    let path = try folder.write(trainer.state(progress: ""), to: "state.safetensors")
    var (restored, _) = try Trainer.restored(from: path)
    #expect(try restored.train([try TrainingScenes.sample(1)]).loss > 0)
  }

  @Test func statesOfAnotherKindAreRefused() throws {
    let folder = try TemporaryFolder()
    let trainer = try TrainingScenes.trainer(TrainingScenes.fineTune)
    let weights = try folder.write(trainer.weights(), to: "model.safetensors")
    expectRefusal(.malformedFile, containing: "not the state of a training run") { try Trainer.restored(from: weights) }
    let whole = try trainer.state(progress: "")
    let cut = try folder.write(Array(whole.dropLast(1000)), to: "cut.safetensors")
    expectRefusal(.malformedFile) { try Trainer.restored(from: cut) }
    expectRefusal(.unreadableFile) { try Trainer.restored(from: folder.path("none")) }
    // The weights are a checkpoint like any other.
    let model = try SemanticSAM.load(.file(weights))
    #expect(model.checkpoint.metadata["training_recipe"] == "fine-tune")
    #expect(model.checkpoint.metadata["results"] == nil)
  }

  @Test func averagesAreWhatIsWritten() throws {
    var trainer = try TrainingScenes.trainer(TrainingScenes.tiny)
    try TrainingScenes.train(&trainer, upTo: 3)
    let average = try #require(trainer.average)
    let file = try ModelSource.bytes(trainer.weights(), name: "weights").open()
    let key = try #require(average.tensors.keys.sorted().first)
    #expect(file.tensor(key)?.values == average.tensors[key]?.values)
  }

  @Test func aRecipeThatTrainsNothingIsRefused() throws {
    var recipe = TrainingScenes.fineTune
    recipe.frozen = [""]
    expectRefusal(.invalidConfiguration, containing: "freezes every parameter") {
      try TrainingScenes.trainer(recipe)
    }
  }
}
