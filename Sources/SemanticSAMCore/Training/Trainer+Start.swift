extension Trainer {
  /// A trainer that starts from weights. Where the recipe trains names and the network does not find things yet, it gets what
  /// it lacks: two-stage queries and the classifiers of objects and parts, with random numbers.
  /// - Parameters:
  ///   - vocabulary: the names of the data sets with their embeddings; samples tell theirs by places in it.
  ///   - heads: of one's own, trained together with the network.
  ///   - seed: of everything random.
  /// - Throws: `invalidConfiguration` for a recipe that cannot be used; `invalidArgument` for a vocabulary whose embeddings
  ///   have another size than the weights were trained with.
  public init(
    _ recipe: Recipe, from model: SemanticSAM, vocabulary: Vocabulary? = nil, heads: [TrainingHead] = [],
    seed: UInt64 = 0
  ) throws(ModelError) {
    var configuration = model.configuration
    var network = try model.trainableNetwork()
    if let generic = recipe.generic {
      let size = vocabulary?.embeddingSize
      if configuration.proposals == nil {
        configuration = configuration.findingThings(generic, textDimension: size)
        network = try Self.grown(network, to: configuration, seed: seed)
      } else if let size, size != configuration.decoder.textDimension {
        throw ModelError(
          .invalidArgument,
          "The vocabulary's embeddings have \(size) numbers, the weights '\(model.name)' take "
            + "\(configuration.decoder.textDimension ?? 0); encode the names with the text encoder of the weights.")
      }
    }
    (network, configuration) = try Self.extended(network, configuration, for: recipe, seed: seed)
    try self.init(
      recipe, network, configuration, vocabulary: vocabulary, heads: heads, metadata: model.checkpoint.metadata,
      seed: seed)
  }

  /// A trainer of a network with random numbers; see `ParameterInitialization`. Parameters as above.
  /// - Throws: `invalidConfiguration` for a recipe or configuration that cannot be used.
  public init(
    _ recipe: Recipe, configuration: Configuration, vocabulary: Vocabulary? = nil, heads: [TrainingHead] = [],
    seed: UInt64 = 0
  ) throws(ModelError) {
    var configuration = configuration
    configuration.names = nil  // Names are fitted, not trained.
    if let generic = recipe.generic {
      configuration = configuration.findingThings(generic, textDimension: vocabulary?.embeddingSize)
    }
    try configuration.validate()
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var initialization = ParameterInitialization(configuration, seed: seed)
    try network.visit(&initialization)
    (network, configuration) = try Self.extended(network, configuration, for: recipe, seed: seed)
    try self.init(
      recipe, network, configuration, vocabulary: vocabulary, heads: heads, metadata: [:], seed: seed)
  }

  /// A larger network with the numbers of a smaller one; what only the larger one has is random, and so are the projections to
  /// text, which a network without two-stage queries never trained.
  private static func grown(
    _ old: Network, to configuration: Configuration, seed: UInt64
  ) throws(ModelError) -> Network {
    try configuration.validate()
    func count(_ map: KeyPath<RegionNames, NameMap>) -> Int { old.names?[keyPath: map].vocabulary.shape[0] ?? 0 }
    var network = Network(configuration, objectCount: count(\.objects), partCount: count(\.parts))
    var initialization = ParameterInitialization(configuration, seed: seed)
    try network.visit(&initialization)
    try network.assign(
      old.parameters { key in !["lang_mapper", "class_embed", "logit_scale"].contains { key.contains($0) } })
    return network
  }
}

extension Configuration {
  /// The same network with two-stage queries and the decoupled classifiers of objects and parts.
  /// - Parameter textDimension: of the vocabulary; `nil`: as it is, or 512.
  func findingThings(_ generic: Recipe.Generic, textDimension: Int?) -> Configuration {
    var configuration = self
    if proposals == nil {
      configuration.model += "Joint"
      configuration.proposals = Proposals(
        queries: generic.queries, backgroundQueries: 0, startingBoxes: .proposal, learnsContent: false,
        maximumInstances: 100)
      configuration.decoder.classifiesParts = true
      configuration.decoder.hasLogitScale = true
    }
    configuration.decoder.textDimension = textDimension ?? decoder.textDimension ?? 512
    return configuration
  }
}

extension Vocabulary {
  /// D; `nil` without a name.
  var embeddingSize: Int? { [objects, parts].first { !$0.names.isEmpty }?.embeddings.channels }
}

extension Trainer {
  /// Whether the network answers clicks and boxes.
  public var answersPrompts: Bool { network.maskDecoder.answersPrompts }
}
