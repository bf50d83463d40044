#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Trainer {
  private static let format = "semantic-sam-training-1"

  /// Everything that the next step depends on, as a safetensors file: a run that goes on from it computes the same bits.
  /// - Parameter progress: what the caller needs to go on, such as the position in its data.
  public func state(progress: String) throws(ModelError) -> [UInt8] {
    var metadata = [
      "format": Self.format, "step": "\(step)", "seed": "\(seed)", "progress": progress,
      "recipe": String(decoding: try recipe.json(), as: UTF8.self), "configuration": try configuration.json(),
    ]
    for (key, value) in self.metadata { metadata["start." + key] = value }
    metadata["vocabulary"] = try vocabulary?.json()
    var writer = SafetensorsWriter(metadata: metadata)
    let all = try network.parameters { _ in true }
    for (key, tensor) in zip(all.keys, all.tensors) { try writer.add("parameter." + key, tensor) }
    for (key, tensor) in vocabulary?.tensors ?? [] { try writer.add(key, tensor) }
    for (key, tensor) in optimizer.tensors.sorted(by: { $0.key < $1.key }) { try writer.add(key, tensor) }
    for (key, tensor) in (average?.tensors ?? [:]).sorted(by: { $0.key < $1.key }) {
      try writer.add("average." + key, tensor)
    }
    return try writer.encoded()
  }

  /// The trainer that wrote a state, and the progress that it wrote beside.
  /// - Parameters:
  ///   - steps: the length of the whole run, where it shall be another than before.
  ///   - heads: those of the trainer that wrote the state; their numbers are replaced.
  /// - Throws: `unreadableFile`, `malformedFile`.
  public static func restored(
    from path: String, steps: Int? = nil, heads: [TrainingHead] = []
  ) throws(ModelError) -> (trainer: Trainer, progress: String?) {
    let file = try Safetensors(contentsOf: path)
    let metadata = file.metadata
    guard metadata["format"] == format, let recipeJSON = metadata["recipe"], let json = metadata["configuration"],
      let step = metadata["step"].flatMap({ Int($0) }), let seed = metadata["seed"].flatMap({ UInt64($0) }), step >= 0
    else {
      throw ModelError(
        .malformedFile, "'\(path)' is not the state of a training run; give the folder that 'train' wrote.")
    }
    var recipe = try Recipe(json: Array(recipeJSON.utf8), name: path)
    if let steps { recipe.steps = steps }
    var start: [String: String] = [:]
    for (key, value) in metadata where key.hasPrefix("start.") { start[String(key.dropFirst(6))] = value }
    let configuration = try Configuration(json: json)
    let objects = try SemanticSAM.names(of: "object", in: start, name: "'\(path)'")
    let parts = try SemanticSAM.names(of: "part", in: start, name: "'\(path)'")
    var trainer = try Trainer(
      recipe, Network(configuration, objectCount: objects.count, partCount: parts.count), configuration,
      vocabulary: try Vocabulary(json: metadata["vocabulary"], name: "'\(path)'") { file.tensor($0) }, heads: heads,
      metadata: start, seed: seed)
    trainer.step = step
    let trained = try trainer.network.parameters(recipe.isTrained)
    func tensor(_ name: String, like old: Tensor) throws(ModelError) -> Tensor {
      guard let tensor = file.tensor(name), tensor.shape == old.shape else {
        throw ModelError(
          .malformedFile, "'\(path)' has no '\(name)' of its network's shape; start the run anew.")
      }
      return tensor
    }
    var parameters = try trainer.network.parameters { _ in true }
    for (place, key) in parameters.keys.enumerated() {
      parameters.tensors[place] = try tensor("parameter." + key, like: parameters.tensors[place])
    }
    try trainer.network.assign(parameters)
    var moments: [String: Tensor] = [:]
    var average: [String: Tensor] = [:]
    if step > 0 {
      for (key, old) in zip(trained.keys, trained.tensors) {
        for name in ["exp_avg.", "exp_avg_sq."] { moments[name + key] = try tensor(name + key, like: old) }
        if recipe.averageDecay > 0 { average[key] = try tensor("average." + key, like: old) }
      }
    }
    trainer.optimizer = try AdamW(stepCount: step, tensors: moments)
    if recipe.averageDecay > 0 { trainer.average = MovingAverage(decay: recipe.averageDecay, tensors: average) }
    return (trainer, metadata["progress"])
  }

  /// The network's parameters to be used, averaged where the recipe averages, as a file that `SemanticSAM.load` reads.
  public func weights(as type: Safetensors.ElementType = .float32) throws(ModelError) -> [UInt8] {
    // What the weights at the beginning were, and were measured to be, is not said of these.
    var metadata = self.metadata.filter { !["about", "results", "version"].contains($0.key) }
    metadata["configuration"] = try configuration.json()
    if let vocabulary { metadata["vocabulary"] = try vocabulary.json() }
    metadata["training_recipe"] = recipe.name
    metadata["training_steps"] = "\(step)"
    var writer = SafetensorsWriter(metadata: metadata)
    let all = try network.parameters { _ in true }
    for (key, tensor) in zip(all.keys, all.tensors) {
      try writer.add(key, average?.tensors[key] ?? tensor, as: tensor.shape.count > 1 ? type : .float32)
    }
    for (key, tensor) in vocabulary?.tensors ?? [] { try writer.add(key, tensor) }
    return try writer.encoded()
  }
}
