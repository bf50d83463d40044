import TensorKernels

/// Queries in; for each a box, mask logits and a predicted IoU (reference: `MaskDINODecoder` of Semantic-SAM).
///
/// The queries are those of prompts, or the network chooses them itself (`proposals`, see MaskDecoder+Proposals.swift), or
/// a checkpoint has both: then the layers and heads are shared.
public struct MaskDecoder: Module {
  public var layers: [DecoderLayer]
  /// From the sine embedding of a box to the position of its query.
  public var referencePointHead: Perceptron
  public var norm: LayerNorm
  public var maskEmbedding: Perceptron
  public var boxHead: Perceptron
  public var iouHead: Perceptron
  public var prompts: PromptEncoding
  /// Whether the checkpoint has what prompts need: their encoding and the head of predicted IoUs.
  let answersPrompts: Bool
  /// How the network chooses queries by itself; absent where it only answers prompts.
  public var proposals: QueryProposals?
  public var prior: MaskPrior?
  /// How an earlier mask of a prompt enters; absent where the checkpoint takes none.
  public var maskPrompt: MaskPromptEncoding?
  /// Projections into a text encoder's space, of checkpoints that have them.
  public var textProjections: TextProjections?
  let readsCoarsestFirst: Bool

  init(_ configuration: Configuration) {
    let decoder = configuration.decoder
    let channels = decoder.channels
    layers = (0..<decoder.layers).map { _ in DecoderLayer(decoder) }
    referencePointHead = Perceptron(sizes: [2 * channels, channels, channels])
    norm = LayerNorm(channels: channels)
    maskEmbedding = Perceptron(sizes: [channels, channels, channels, configuration.pixelDecoder.maskChannels])
    boxHead = Perceptron(sizes: [channels, channels, channels, 4])
    iouHead = Perceptron(sizes: [channels, channels, channels, 1])
    prompts = PromptEncoding(configuration)
    prior = configuration.maskPrior.map(MaskPrior.init)
    maskPrompt = configuration.maskPrompt.map { MaskPromptEncoding($0, queryChannels: channels) }
    readsCoarsestFirst = decoder.readsCoarsestFirst ?? false
    textProjections = decoder.textDimension.map { TextProjections(decoder, textDimension: $0) }
    answersPrompts = decoder.maskTokens > 0
    proposals = configuration.proposals.map { QueryProposals($0, channels: channels) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.modules("decoder.layers", &layers)
    try visitor.module("decoder.ref_point_head", &referencePointHead)
    try visitor.module("decoder_norm", &norm)
    try visitor.module("mask_embed", &maskEmbedding)
    try visitor.module("_bbox_embed", &boxHead)
    if answersPrompts {
      try visitor.module("iou_prediction_head", &iouHead)
      try prompts.visit(&visitor)
    }
    if var proposals {
      try proposals.visit(&visitor)
      self.proposals = proposals
    }
    if var prior {
      try visitor.module("mask_prior", &prior)
      self.prior = prior
    }
    if var maskPrompt {
      try visitor.module("mask_prompt", &maskPrompt)
      self.maskPrompt = maskPrompt
    }
    if var textProjections {
      try textProjections.visit(&visitor)
      self.textProjections = textProjections
    }
  }

  /// The part of the work that depends on the image only.
  public func memory(of features: PixelDecoder.Output) -> DecoderMemory {
    var tokens = features.tokens
    var levels = features.levels
    if readsCoarsestFirst {
      tokens = Tensor.concatenated(
        levels.indices.reversed().map { level in
          let map = features.map(level: level)
          return map.reshaped(to: [map.rowCount, map.channels])
        })
      levels.reverse()
    }
    let map = features.maskFeatures
    var maskFeatures = Weights(values: map.reshaped(to: [map.rowCount, map.channels]))
    maskFeatures.pack()
    return DecoderMemory(
      levels: levels, values: layers.map { $0.crossAttention.valueProjection(tokens) },
      maskFeatures: maskFeatures, height: map.shape[0], width: map.shape[1],
      proposals: proposals?.encoded(tokens, levels: levels))
  }

  /// What a layer says of each query.
  public struct Prediction: Sendable {
    /// `[Q, C]`, normed.
    public var queries: Tensor
    /// `[Q, 4]` (cx, cy, w, h) in 0...1 of the padded image.
    public var boxes: Tensor
    /// `[Q, H/4, W/4]` logits, prior included; without masks `[0, H/4, W/4]`.
    public var masks: Tensor
    /// `[Q, 1]`, unbounded.
    public var iou: Tensor
    /// `[Q, 4]`: the boxes from which the layer started.
    public var reference: Tensor
  }

  /// A layer looks where the one before it said, and that place is a constant to a tape; but its own prediction starts from
  /// it as computed, so that a layer's box head also learns from the next layer's boxes ("look forward twice" of DINO).
  /// - Parameters:
  ///   - everyLayer: whether all layers' predictions are wanted (deep supervision) or the last one's only.
  ///   - includesMasks: whether predictions have masks; `masks(_:boxes:memory:)` computes them later.
  /// - Returns: predictions in the order of the layers, and the references that one more layer would start from.
  public func callAsFunction(
    _ queries: PromptQueries, memory: DecoderMemory, everyLayer: Bool = false, includesMasks: Bool = true
  ) -> (predictions: [Prediction], nextReference: Tensor) {
    var predictions: [Prediction] = []
    let next = run(
      queries.content, reference: queries.boxes.inverseSigmoid().sigmoid(), groups: queries.groups, memory: memory
    ) { index, x, reference, unbounded in
      if everyLayer || index + 1 == layers.count {
        predictions.append(
          predict(
            x, reference: reference, unbounded: unbounded, memory: memory, carried: queries.carried,
            includesMasks: includesMasks))
      }
    }
    return (predictions, next)
  }

  /// Runs the layers on queries `[Q, C]` that start from boxes `[Q, 4]`; each layer moves the boxes.
  /// - Parameter onLayer: called with a layer's number, its output `[Q, C]` without norm, the boxes from which it started and
  ///   their inverse sigmoid.
  /// - Returns: the boxes that one more layer would start from.
  func run(
    _ content: Tensor, reference: Tensor, groups: [QueryGroup], memory: DecoderMemory,
    onLayer: (Int, Tensor, Tensor, Tensor) -> Void
  ) -> Tensor {
    var x = content
    var reference = reference
    for (index, layer) in layers.enumerated() {
      let start = reference.detached
      x = layer(
        x, position: referencePointHead(start.sineBoxes(channels: x.channels)), reference: start,
        groups: groups, values: memory.values[index], levels: memory.levels)
      let unbounded = reference.inverseSigmoid()
      onLayer(index, x, reference, unbounded)
      reference = (boxHead(x) + unbounded.detached).sigmoid()
    }
    return reference
  }

  /// Mask logits `[Q, H/4, W/4]` of normed queries.
  func masks(_ queries: Tensor, memory: DecoderMemory) -> Tensor {
    maskEmbedding(queries)
      .linear(memory.maskFeatures)
      .reshaped(to: [queries.rowCount, memory.height, memory.width])
  }

  /// The same with the prior of the network, where it has one.
  /// - Parameter boxes: `[Q, 4]` (cx, cy, w, h).
  func masks(_ queries: Tensor, boxes: Tensor, memory: DecoderMemory) -> Tensor {
    let masks = masks(queries, memory: memory)
    return prior?.added(to: masks, boxes: boxes) ?? masks
  }

  private func predict(
    _ x: Tensor, reference: Tensor, unbounded: Tensor, memory: DecoderMemory, carried: [CarriedFeatures],
    includesMasks: Bool
  ) -> Prediction {
    // The reference applies one norm twice: in the decoder's intermediate outputs and again in its heads.
    let queries = norm(norm(x))
    let boxes = (boxHead(queries) + unbounded).sigmoid()
    var masks =
      includesMasks
      ? masks(queries, boxes: boxes, memory: memory)
      : Tensor(uninitialized: [0, memory.height, memory.width])
    if let maskPrompt, includesMasks, !carried.isEmpty {
      masks = maskPrompt.added(to: masks, queries: queries, carried)
    }
    return Prediction(
      queries: queries, boxes: boxes, masks: masks, iou: iouHead(queries), reference: reference)
  }
}
