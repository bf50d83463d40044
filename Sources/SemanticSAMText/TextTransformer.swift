import SemanticSAMCore

/// The text encoder of the published checkpoints with semantics (OpenSeeD, `lang_encoder`): a CLIP-style pre-norm
/// transformer with causal attention, and its projection.
struct TextTransformer: Module {
  /// All of them follow from the shapes of a checkpoint's tensors but the number of heads.
  struct Sizes: Hashable, Sendable {
    var vocabulary: Int
    var context: Int
    var channels: Int
    var layers: Int
    var heads: Int
    var projection: Int
  }

  /// `[V, C]`, `[context, C]`.
  var tokens: Tensor
  var positions: Tensor
  var blocks: [Block]
  var finalNorm: LayerNorm
  /// `[C, D]`, multiplied from the right.
  var projection: Tensor
  /// The logarithm of what cosines are multiplied with.
  var logitScale: Tensor

  static let epsilon: Float = 1e-12

  init(_ sizes: Sizes) {
    tokens = Tensor(repeating: 0, shape: [sizes.vocabulary, sizes.channels])
    positions = Tensor(repeating: 0, shape: [sizes.context, sizes.channels])
    blocks = (0..<sizes.layers).map { _ in Block(channels: sizes.channels, heads: sizes.heads) }
    finalNorm = LayerNorm(channels: sizes.channels, epsilon: Self.epsilon)
    projection = Tensor(repeating: 0, shape: [sizes.channels, sizes.projection])
    logitScale = Tensor(repeating: 1, shape: [])
  }

  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("lang_proj", &projection)
    try visitor.parameter("logit_scale", &logitScale)
    try visitor.parameter("lang_encoder.token_embedding.weight", &tokens)
    try visitor.parameter("lang_encoder.positional_embedding", &positions)
    try visitor.modules("lang_encoder.resblocks", &blocks)
    try visitor.module("lang_encoder.ln_final", &finalNorm)
  }

  /// Normalised last states of texts of `count` tokens each, `[texts * count, C]`.
  /// - Parameters:
  ///   - ids: of all texts, one after the other.
  ///   - onBlock: gets each block's output.
  func states(
    _ ids: [Int], tokens count: Int, onBlock: (Tensor) throws(ModelError) -> Void = { _ in }
  ) throws(ModelError) -> Tensor {
    let places = Array(repeating: positions.rows(0..<count), count: ids.count / max(count, 1))
    var x = tokens.gathered(rows: ids) + Tensor.concatenated(places)
    for block in blocks {
      x = block(x, tokens: count)
      try onBlock(x)
    }
    return finalNorm(x)
  }

  /// States `[texts, C]` in the space of the embeddings, not normalised: `[texts, D]`.
  func projected(_ states: Tensor) -> Tensor {
    states.product(with: projection)
  }

  /// Causal attention and a perceptron, each of a normalised input and added to it.
  struct Block: Module {
    /// `[3 * C, C]`, `[3 * C]`: rows q, k, v.
    var inputWeight: Weights
    var inputBias: Tensor
    var output: Linear
    var attentionNorm: LayerNorm
    var expand: Linear
    var contract: Linear
    var norm: LayerNorm
    let heads: Int

    init(channels: Int, heads: Int) {
      inputWeight = Weights(shape: [3 * channels, channels])
      inputBias = Tensor(repeating: 0, shape: [3 * channels])
      output = Linear(inputs: channels, outputs: channels)
      attentionNorm = LayerNorm(channels: channels, epsilon: TextTransformer.epsilon)
      expand = Linear(inputs: channels, outputs: 4 * channels)
      contract = Linear(inputs: 4 * channels, outputs: channels)
      norm = attentionNorm
      self.heads = heads
    }

    mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
      try visitor.weights("attn.in_proj_weight", &inputWeight)
      try visitor.parameter("attn.in_proj_bias", &inputBias)
      try visitor.module("attn.out_proj", &output)
      try visitor.module("ln_1", &attentionNorm)
      try visitor.module("mlp.c_fc", &expand)
      try visitor.module("mlp.c_proj", &contract)
      try visitor.module("ln_2", &norm)
    }

    func callAsFunction(_ x: Tensor, tokens: Int) -> Tensor {
      let y = attentionNorm(x)
      let channels = inputBias.count / 3
      let parts = (0..<3).map {
        y.linear(inputWeight, bias: inputBias, rows: $0 * channels..<($0 + 1) * channels)
      }
      let attended = parts[0].attention(
        keys: parts[1], values: parts[2], tokens: tokens, heads: heads, isCausal: true)
      let z = attended.linear(output.weight, bias: output.bias, residual: x)
      return expand(norm(z)).quickGELU().linear(contract.weight, bias: contract.bias, residual: z)
    }
  }
}
