import SemanticSAMCore
import SemanticSAMData
import SemanticSAMHeads

/// The names that masks get from one model: what `NameOptions` asks for, read and encoded.
struct Naming {
  /// `nil`: the names that came with the weights.
  let vocabulary: Vocabulary?
  /// Encodes the words of texts that the vocabulary does not have.
  let encoder: (any TextEncoder)?
  /// Names masks in place of the vocabulary.
  let head: ClosedFormHead?
  let confidence: Float
  /// What distinguishes these names from the usual ones of the weights; `nil` for those.
  let identity: String?

  var options: SegmentOptions {
    SegmentOptions(vocabulary: vocabulary, confidenceThreshold: confidence, textEncoder: encoder)
  }

  /// Automatic masks with these names. A head's are given by `applied`.
  func options(_ options: AutomaticMaskOptions) -> AutomaticMaskOptions {
    var options = options
    options.vocabulary = vocabulary
    options.confidenceThreshold = confidence
    return options
  }

  /// The classes of labels: of the head, or of the vocabulary and the texts.
  func classes(for model: SemanticSAM, texts: [String] = []) -> ClassList {
    if let head { return ClassList(names: head.names) }
    let vocabulary = vocabulary ?? model.vocabulary
    return ClassList(
      names: (vocabulary?.objects.names ?? []) + (vocabulary?.parts.names ?? []) + texts)
  }

  /// The candidates with the names of the head, or unchanged without one.
  func applied(
    to candidates: [Candidate], in embedding: @autoclosure () throws(ModelError) -> ImageEmbedding, _ model: SemanticSAM
  ) throws(ModelError) -> [Candidate] {
    guard let head else { return candidates }
    return try model.naming(candidates, in: embedding(), threshold: confidence) { head.labels(of: $0) }
  }
}
