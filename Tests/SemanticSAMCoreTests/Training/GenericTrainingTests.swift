import TensorKernels
import Testing

@testable import SemanticSAMCore

/// Queries that the network chooses itself, and names of objects and parts, in training.
@Suite(.serialized) struct GenericTrainingTests {
  /// A step on which everything of the recipe is computed.
  private func report(_ recipe: Recipe, _ edit: (inout TrainingSample) -> Void = { _ in }) throws -> TrainingReport {
    var trainer = try TrainingScenes.trainer(recipe)
    var sample = try TrainingScenes.sample(1)
    edit(&sample)
    return try trainer.train([sample])
  }

  private static let all = [
    "bce", "dice", "box", "giou", "objects", "parts", "iou", "generic-bce", "generic-dice", "generic-box",
    "generic-giou", "generic-objects", "generic-parts", "denoising-bce", "denoising-dice", "denoising-box",
    "denoising-giou", "denoising-objects", "denoising-parts",
  ]

  @Test func everyTermIsThere() throws {
    let terms = try report(TrainingScenes.joint).terms
    #expect(Set(terms.map(\.name)) == Set(Self.all))
    #expect(terms.allSatisfy { $0.value > 0 && $0.value.isFinite })
  }

  /// A classifier learns only where the data set has its labels.
  @Test func lossesFollowTheLabels() throws {
    let objectsOnly = try report(TrainingScenes.joint) { sample in
      sample.names = TrainingSample.Names(objects: [0, 1, 2])
      for index in sample.targets.indices { sample.targets[index].part = nil }
    }
    #expect(Set(objectsOnly.terms.map(\.name)) == Set(Self.all.filter { !$0.hasSuffix("parts") }))
    let partsOnly = try report(TrainingScenes.joint) { sample in
      sample.names = TrainingSample.Names(objects: [], parts: [0, 1])
      for index in sample.targets.indices { sample.targets[index].object = nil }
    }
    // Not every region has a name now, so nothing is denoised.
    #expect(
      Set(partsOnly.terms.map(\.name))
        == Set(Self.all.filter { !$0.hasSuffix("objects") && !$0.hasPrefix("denoising") }))
    // As SA-1B: prompts alone.
    let unlabelled = try report(TrainingScenes.joint) { $0.names = nil }
    #expect(Set(unlabelled.terms.map(\.name)) == ["bce", "dice", "box", "giou", "iou"])
    // As Objects365: boxes without masks, so no clicks and no mask losses.
    let boxes = try report(TrainingScenes.joint) { sample in
      sample.names = TrainingSample.Names(objects: [0, 1, 2])
      for index in sample.targets.indices { sample.targets[index].mask = nil }
    }
    #expect(
      Set(boxes.terms.map(\.name)) == [
        "box", "giou", "objects", "generic-box", "generic-giou", "generic-objects", "denoising-box", "denoising-giou",
        "denoising-objects",
      ])
  }

  @Test func withoutARecipeForNamesThereAreNone() throws {
    #expect(Set(try report(TrainingScenes.tiny).terms.map(\.name)) == ["bce", "dice", "box", "giou", "iou"])
  }

  @Test func aNetworkWithoutPromptsTrains() throws {
    var recipe = TrainingScenes.joint
    recipe.averageDecay = 0
    var trainer = try Trainer(
      recipe, configuration: SceneRecognitionTests.configuration(), vocabulary: TrainingScenes.vocabulary(), seed: 3)
    #expect(!trainer.answersPrompts)
    let report = try trainer.train([try TrainingScenes.sample(1)])
    #expect(Set(report.terms.map(\.name)) == Set(Self.all.filter { $0.contains("-") && !$0.hasSuffix("parts") }))
    let model = try SemanticSAM.load(.bytes(trainer.weights(), name: "trained"))
    #expect(model.findsByText && !model.answersPrompts)
  }

  /// Learns two pictures by heart, and the weights then find and name what is in them.
  @Test func aTrainedNetworkFindsAndNames() throws {
    var recipe = TrainingScenes.joint
    recipe.course = Recipe.Course(kind: .constant)
    recipe.optimizer.rate = 2e-3
    recipe.steps = 60
    recipe.averageDecay = 0
    recipe.dropPath = 0
    var trainer = try TrainingScenes.trainer(recipe)
    let samples = [try TrainingScenes.sample(1), try TrainingScenes.sample(2)]
    var losses: [Double] = []
    while trainer.step < recipe.steps { losses.append(try trainer.train(samples).loss) }
    let (first, last) = (losses.prefix(5).reduce(0, +) / 5, losses.suffix(5).reduce(0, +) / 5)
    #expect(last < 0.6 * first, "\(first) to \(last)")

    let model = try SemanticSAM.load(.bytes(trainer.weights(), name: "trained"))
    #expect(model.configuration.model == "tinyJoint" && model.answersPrompts && model.findsByText)
    let vocabulary = try #require(model.trainedVocabulary)
    #expect(vocabulary.objects.names == ["cup", "spoon", "plate"] && vocabulary.parts.names == ["handle", "rim"])
    #expect(vocabulary.objects.embeddings.values == (try TrainingScenes.vocabulary().objects.embeddings.values))
    // Without a vocabulary the trained one is looked for.
    let embedding = try model.encode(
      samples[0].image, imageWidth: samples[0].image.width, imageHeight: samples[0].image.height)
    var rules = FindingRules()
    rules.instanceThreshold = 0
    rules.objectThreshold = 0
    let scene = try model.recognition(of: embedding, vocabulary: vocabulary, rules: rules)
    let instances = try scene.instances()
    #expect(!instances.isEmpty && instances.allSatisfy { vocabulary.objects.names.contains($0.name) })
    // Nothing in the pictures is a plate.
    let best = Dictionary(instances.map { ($0.name, $0.score) }) { max($0, $1) }
    #expect(best["cup", default: 0] > best["plate", default: 0], "\(best)")
    _ = try model.panoptic(samples[0].image)
    #expect(try model.segment(embedding, prompt: .point(20, 20)).count > 0)
  }

  /// Weights without two-stage queries get them, and keep what they know.
  @Test func aNetworkGrows() throws {
    var recipe = TrainingScenes.fineTune
    recipe.generic = TrainingScenes.joint.generic
    let model = try TestModels.model()
    let vocabulary = try TrainingScenes.vocabulary(dimension: 384)
    var trainer = try Trainer(recipe, from: model, vocabulary: vocabulary, seed: 3)
    let sample = try TrainingScenes.sample(1)
    let own = try Trainer(TrainingScenes.fineTune, from: model, seed: 3).predictions(on: sample)
    let grown = try trainer.predictions(on: sample)
    #expect(
      own.map(\.masks.values) == grown.map(\.masks.values) && own.map(\.boxes.values) == grown.map(\.boxes.values))
    #expect(grown.allSatisfy { $0.objects?.shape == [own[0].boxes.rowCount, 3] })
    _ = try trainer.train([sample])
    let trained = try SemanticSAM.load(.bytes(trainer.weights(), name: "grown"))
    #expect(trained.configuration.model == "defaultJoint" && trained.configuration.decoder.textDimension == 384)
    #expect(trained.vocabulary?.objects.names == model.vocabulary?.objects.names)
    // Once trained, only embeddings of the same space will do.
    expectRefusal(.invalidArgument, containing: "have 24 numbers") {
      try Trainer(recipe, from: trained, vocabulary: try TrainingScenes.vocabulary(dimension: 24))
    }
  }

  /// The gradient of the tokens' features, of which some are not valid, against differences.
  @Test func tokensThatAreNotValidLearnNothing() throws {
    let configuration = SceneRecognitionTests.configuration()
    var proposals = QueryProposals(try #require(configuration.proposals), channels: 64)
    var initialization = ParameterInitialization(configuration, seed: 1)
    try proposals.visit(&initialization)
    var generator = SampleGenerator(seed: 2)
    func random(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(-1...1)) }, shape: shape)
    }
    // Level 5 proposes boxes of 1.6 times the picture.
    let levels = (0..<6).map { _ in LevelShape(height: 1, width: 2) }
    let (tokens, seed) = (random([12, 64]), random([12, 64]))
    let tape = Tape()
    let watched = tape.watching(tokens)
    let encoded = proposals.encoded(watched, levels: levels)
    #expect(encoded.isValid.contains(true) && encoded.isValid.contains(false))
    let gradient = try #require(tape.gradients(of: encoded.features, seed: seed)[watched])
    for (row, isValid) in encoded.isValid.enumerated() {
      #expect(gradient.rows(row..<row + 1).values.contains { $0 != 0 } == isValid, "row \(row)")
    }
  }
}
