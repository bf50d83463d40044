extension Trainer {
  /// A network with what a recipe trains: the module that earlier masks enter through, where prompts are corrected in rounds
  /// and the checkpoint has none. It begins with zeros in its last layers, so the network answers as before.
  static func extended(
    _ network: Network, _ configuration: Configuration, for recipe: Recipe, seed: UInt64
  ) throws(ModelError) -> (network: Network, configuration: Configuration) {
    guard recipe.prompts.rounds != nil, configuration.maskPrompt == nil else { return (network, configuration) }
    let sizes = Configuration.MaskPrompt()
    var (network, configuration) = (network, configuration)
    var module = MaskPromptEncoding(sizes, queryChannels: configuration.decoder.channels)
    var initialization = ParameterInitialization(configuration, seed: seed)
    initialization.path = ParameterPath(prefix: "model.sem_seg_head.predictor.mask_prompt")
    try module.visit(&initialization)
    network.maskDecoder.maskPrompt = module
    configuration.maskPrompt = sizes
    return (network, configuration)
  }
}
