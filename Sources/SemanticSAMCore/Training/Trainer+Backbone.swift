extension Trainer {
  /// A trainer of a network whose backbone comes from an ImageNet classifier; everything else begins with random numbers (see
  /// `ParameterInitialization`).
  /// - Parameter vocabulary: the names of the data sets with their embeddings.
  /// - Returns: the trainer, and what it took from the file.
  /// - Throws: `mismatchedParameters` where the file is another backbone's; `invalidConfiguration`.
  public static func starting(
    _ recipe: Recipe, configuration: Configuration, backbone file: BackboneWeights,
    vocabulary: Vocabulary? = nil, seed: UInt64 = 0
  ) throws(ModelError) -> (trainer: Trainer, report: BackboneWeights.Report) {
    var trainer = try Trainer(recipe, configuration: configuration, vocabulary: vocabulary, seed: seed)
    func filled(_ backbone: some Backbone) throws(ModelError) -> (any Backbone, BackboneWeights.Report) {
      var backbone = backbone
      let report = try file.fill(&backbone)
      return (backbone, report)
    }
    let (backbone, report) = try filled(trainer.network.backbone)
    trainer.network.backbone = backbone
    return (trainer, report)
  }
}
