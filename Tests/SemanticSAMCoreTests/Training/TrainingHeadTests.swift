import Synchronization
import Testing

@testable import SemanticSAMCore

/// Heads of one's own that the trainer trains.
@Suite(.serialized) struct TrainingHeadTests {
  /// Guesses one number a row.
  struct NumberHead: Head {
    var map: Linear
    var input: HeadInput

    init(_ input: HeadInput, features: Int) {
      self.input = input
      map = Linear(inputs: features, outputs: 1)
    }

    mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
      try visitor.module("map", &map)
    }

    func callAsFunction(_ features: Tensor) -> Tensor { map(features) }

    /// The mean square of the difference to one number for all rows.
    func loss(_ output: Tensor, _ target: Float) throws(ModelError) -> Tensor {
      let difference = output + Tensor(repeating: -target, shape: output.shape)
      return (difference * difference).mean()
    }
  }

  private static func features(_ input: HeadInput, _ configuration: Configuration) -> Int {
    input == .queries ? configuration.decoder.channels : configuration.backbone.channels[2...3].reduce(0, +)
  }

  private func heads(_ input: HeadInput) throws -> [TrainingHead] {
    let configuration = try Configuration.preset("tiny")
    return [
      TrainingHead("number", NumberHead(input, features: Self.features(input, configuration)), weight: 2) { rows in
        switch input {
        case .regions: #expect(rows.targets == [0, 1, 2, 3])
        case .queries: #expect(rows.targets.contains(nil) && rows.targets.contains { $0 != nil })
        case .cells: #expect(rows.targets.isEmpty)
        }
        return 3
      }
    ]
  }

  /// The head alone, in a frozen network: its loss falls, its numbers are in the checkpoint, and a resumed run goes on with the
  /// same bits.
  @Test(arguments: [HeadInput.regions, .queries, .cells]) func aHeadLearns(input: HeadInput) throws {
    var recipe = TrainingScenes.tiny
    recipe.frozen = ["model."]
    recipe.course = Recipe.Course(kind: .constant)
    recipe.optimizer.rate = 0.1
    recipe.optimizer.clip = 10
    recipe.averageDecay = 0
    recipe.steps = 12
    var trainer = try TrainingScenes.trainer(recipe, heads: heads(input))
    let network = try trainer.network.parameters { $0.hasPrefix("model.") }
    var losses: [Double] = []
    var middle: [UInt8] = []
    while trainer.step < recipe.steps {
      if trainer.step == 6 { middle = try trainer.state(progress: "") }
      let report = try trainer.train([try TrainingScenes.sample(1), try TrainingScenes.sample(2)])
      losses.append(try #require(report.terms.first { $0.name == "head-number" }).value)
    }
    #expect(losses[11] < 0.5 * losses[0], "\(losses)")
    #expect(
      try trainer.network.parameters { $0.hasPrefix("model.") }.tensors.map(\.values) == network.tensors.map(\.values))

    let folder = try TemporaryFolder()
    let path = try folder.write(middle, to: "state.safetensors")
    var (resumed, _) = try Trainer.restored(from: path, heads: heads(input))
    while resumed.step < recipe.steps {
      _ = try resumed.train([try TrainingScenes.sample(1), try TrainingScenes.sample(2)])
    }
    #expect(try resumed.weights() == trainer.weights())
    // Without its head the state is not that of the trainer.
    expectRefusal(.invalidConfiguration, containing: "freezes every parameter") { try Trainer.restored(from: path) }

    let model = try SemanticSAM.load(.bytes(trainer.weights(), name: "trained"))
    let read = try model.head(
      "number", filling: NumberHead(input, features: Self.features(input, model.configuration)))
    let own = try #require(trainer.head("number", as: NumberHead.self))
    #expect(read.map.weight.values.values == own.map.weight.values.values)
    #expect(own.map.bias.values[0] != 0)
  }

  /// Together with the network, its gradient reaches the network too.
  @Test func aHeadTrainsTheNetwork() throws {
    var recipe = TrainingScenes.tiny
    recipe.frozen = ["model.sem_seg_head"]
    // Without prompts nothing but the head has a loss.
    let sample = TrainingSample(image: try TrainingScenes.sample(1).image, targets: [])
    var trainer = try TrainingScenes.trainer(recipe, heads: heads(.cells))
    trainer = try Trainer(
      recipe, configuration: .preset("tiny"),
      heads: [
        TrainingHead("number", try #require(trainer.head("number", as: NumberHead.self))) { _ in 3 }
      ], seed: 3)
    // The head's own weights begin at 0, which no gradient passes; after two steps they do not.
    for _ in 0..<3 { _ = try trainer.train([sample]) }
    let moments = trainer.optimizer.tensors.filter { $0.key.hasPrefix("exp_avg.model.backbone") }
    #expect(moments.contains { $0.value.values.contains { $0 != 0 } })
  }

  /// The features are those that the head gets of the model afterwards.
  @Test func featuresAreThoseOfTheModel() throws {
    final class Seen: Sendable {
      let features = Mutex<[Float]>([])
    }
    struct Probe: Head {
      var map = Linear(inputs: 1, outputs: 1)
      var input: HeadInput
      let seen: Seen
      mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
        try visitor.module("map", &map)
      }
      func callAsFunction(_ features: Tensor) -> Tensor {
        seen.features.withLock { $0 = features.values }
        return Tensor(repeating: 0, shape: [1])
      }
      func loss(_ output: Tensor, _ target: Int) throws(ModelError) -> Tensor { output }
    }
    let model = try TestModels.model()
    var recipe = TrainingScenes.fineTune
    recipe.optimizer.rate = 1e-6
    let sample = try TrainingScenes.sample(1)
    let embedding = try model.encode(sample.image, imageWidth: sample.image.width, imageHeight: sample.image.height)
    for input in [HeadInput.regions, .cells] {
      let seen = Seen()
      var trainer = try Trainer(
        recipe, from: model, heads: [TrainingHead("probe", Probe(input: input, seen: seen)) { _ in 1 }])
      _ = try trainer.train([sample])
      let expected =
        input == .cells
        ? try model.denseFeatures(of: embedding)
        : try model.regionFeatures(of: sample.targets.compactMap(\.mask), in: embedding)
      let got = seen.features.withLock { $0 }
      #expect(got.count == expected.count)
      let largest = zip(got, expected.values).map { abs($0 - $1) }.max() ?? .infinity
      let scale = expected.values.map(abs).max() ?? 0
      #expect(largest <= 1e-5 * scale, "\(input): \(largest) of \(scale)")
    }
  }

  @Test func namesOfHeadsAreChecked() throws {
    let head = NumberHead(.cells, features: 96)
    for names in [["a.b"], [""], ["a", "a"]] {
      expectRefusal(.invalidArgument, containing: "A head cannot be called") {
        try TrainingScenes.trainer(TrainingScenes.tiny, heads: names.map { TrainingHead($0, head) { _ in 1 } })
      }
    }
  }
}
