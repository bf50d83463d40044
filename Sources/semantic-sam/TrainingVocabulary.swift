import SemanticSAMCore
import SemanticSAMData
import SemanticSAMText

/// Where a training run has the meaning of its data sets' names from.
struct TrainingVocabulary {
  /// A folder of a text encoder or a file of embeddings; `nil`: the weights' own, or codes.
  let textEncoder: String?

  /// The names of all data sets with their embeddings; `nil` where the recipe trains none, or there are none.
  /// - Parameters:
  ///   - model: the weights to start from; `nil` for random numbers.
  ///   - configuration: of the network.
  /// - Throws: `invalidArgument` where a text encoder was given for nothing, or the network could learn nothing.
  func load(
    for recipe: Recipe, datasets: [any Dataset], model: SemanticSAM?, configuration: Configuration,
    _ messages: Messages
  ) throws(ModelError) -> Vocabulary? {
    guard recipe.generic != nil else {
      guard textEncoder == nil else {
        throw ModelError(
          .invalidArgument,
          "The recipe '\(recipe.name)' trains no names, so nothing reads --text-encoder; leave it out, or take joint-seven or "
            + "generic.")
      }
      return nil
    }
    let names = TrainingNames(of: datasets)
    guard !names.isEmpty else {
      let sets = datasets.map(\.name).joined(separator: ", ")
      guard configuration.decoder.maskTokens > 0 else {
        throw ModelError(
          .invalidArgument,
          "The network answers no prompts, and the data (\(sets)) name nothing, so there is nothing to learn; give a data set "
            + "with names.")
      }
      messages.note("The data (\(sets)) name nothing, so only prompts are trained.")
      return nil
    }
    if let textEncoder { return try names.vocabulary(encodedBy: try TextEncoderFiles.open(textEncoder)) }
    for own in [model?.trainedVocabulary, model?.vocabulary].compactMap(\.self) {
      if let vocabulary = try names.vocabulary(from: own) { return vocabulary }
    }
    guard let model, model.findsByText else {
      messages.note(
        "Without --text-encoder the \(names.objects.count + names.parts.count) names have fixed random codes: the network "
          + "learns these names and no others.")
      return try names.vocabularyOfCodes()
    }
    throw ModelError(
      .invalidArgument,
      "The weights '\(model.name)' lack names that the data have; give their text encoder with --text-encoder.")
  }
}
