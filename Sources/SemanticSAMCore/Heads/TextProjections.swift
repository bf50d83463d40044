/// Projections between the decoder and a text encoder's space: names of objects and of parts are told apart by the
/// similarity of a query with each name's embedding. The two classifiers are decoupled: one query has a name of each kind.
///
/// The published Semantic-SAM checkpoints hold the projections but were trained without a text encoder: there nothing uses
/// them, and they are read and written with the rest. Those of OpenSeeD were trained.
public struct TextProjections: Module {
  /// `[D, C]`: from a name's embedding to the content of a query (denoising queries in training).
  public var languageMapper: Tensor
  /// `[C, D]`, for objects.
  public var objects: Tensor
  /// `[C, D]`, for parts; absent where only objects are told apart.
  public var parts: Tensor?
  /// The logarithm of the factor of similarities, a single number of shape `[]`; absent in checkpoints without text encoder.
  public var logitScale: Tensor?

  /// - Parameter textDimension: D.
  init(_ configuration: Configuration.Decoder, textDimension: Int) {
    let channels = configuration.channels
    languageMapper = Tensor(repeating: 0, shape: [textDimension, channels])
    objects = Tensor(repeating: 0, shape: [channels, textDimension])
    if configuration.classifiesParts ?? true { parts = Tensor(repeating: 0, shape: [channels, textDimension]) }
    // OpenAI's CLIP begins at log(1 / 0.07), the reference at 1.
    if configuration.hasLogitScale ?? false { logitScale = Tensor(repeating: 1, shape: []) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("lang_mapper", &languageMapper)
    try visitor.parameter("class_embed", &objects)
    if var parts {
      try visitor.parameter("class_embed_part", &parts)
      self.parts = parts
    }
    if var logitScale {
      try visitor.parameter("lang_encoder.logit_scale", &logitScale)
      self.logitScale = logitScale
    }
  }

  /// Logits of object names, `[Q, names]`; the score of a name is their sigmoid.
  /// - Parameters:
  ///   - queries: `[Q, C]`, normed.
  ///   - names: embeddings `[names, D]` of unit rows.
  public func objectLogits(_ queries: Tensor, names: Tensor) -> Tensor {
    similarity(queries, objects, names: names)
  }

  /// Logits of part names, `[Q, names]`; `nil` where parts are not told apart.
  /// - Parameters: as of `objectLogits`.
  public func partLogits(_ queries: Tensor, names: Tensor) -> Tensor? {
    parts.map { similarity(queries, $0, names: names) }
  }

  /// `exp(logitScale) <v / (|v| + 1e-7), t>` with v = q M (reference: `LanguageEncoder.compute_similarity`).
  private func similarity(_ queries: Tensor, _ projection: Tensor, names: Tensor) -> Tensor {
    let cosines = queries.product(with: projection).normalizedRows(addend: 1e-7).product(transposing: names)
    return cosines.scaled(byExponentialOf: logitScale ?? Tensor([1], shape: [1]))
  }

  /// The same numbers, followed by no tape.
  var detached: TextProjections {
    var copy = self
    copy.languageMapper = languageMapper.detached
    copy.objects = objects.detached
    copy.parts = parts?.detached
    copy.logitScale = logitScale?.detached
    return copy
  }

  /// The contents of queries that stand for names: `[names, D]` -> `[names, C]`.
  public func contents(names: Tensor) -> Tensor {
    names.product(with: languageMapper)
  }
}
