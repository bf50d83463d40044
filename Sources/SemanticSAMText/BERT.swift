import SemanticSAMCore

/// The encoder of BERT (Devlin et al., 2018): embeddings, then post-norm transformer layers. Keys are those of Hugging
/// Face's `BertModel`; its pooler is not used.
struct BERT: Module {
  /// What `config.json` says of the network.
  struct Sizes: Codable, Hashable, Sendable {
    var vocabulary: Int
    var channels: Int
    var layers: Int
    var heads: Int
    var feedForward: Int
    var positions: Int
    var tokenTypes: Int
    var epsilon: Float

    enum CodingKeys: String, CodingKey {
      case vocabulary = "vocab_size"
      case channels = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case feedForward = "intermediate_size"
      case positions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case epsilon = "layer_norm_eps"
    }
  }

  var embeddings: Embeddings
  var layers: [Layer]

  init(_ sizes: Sizes) {
    embeddings = Embeddings(sizes)
    layers = (0..<sizes.layers).map { _ in Layer(sizes) }
  }

  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("embeddings", &embeddings)
    try visitor.modules("encoder.layer", &layers)
  }

  /// Hidden states of texts that have `tokens` tokens each, `[texts * tokens, C]`.
  /// - Parameters:
  ///   - ids: of all texts, one after the other.
  ///   - onState: gets the embeddings and each layer's output.
  func callAsFunction(
    _ ids: [Int], tokens: Int, onState: (Tensor) throws(ModelError) -> Void = { _ in }
  ) throws(ModelError) -> Tensor {
    var x = embeddings(ids, tokens: tokens)
    try onState(x)
    for layer in layers {
      x = layer(x, tokens: tokens)
      try onState(x)
    }
    return x
  }

  /// Words + positions + token type 0, normalised.
  struct Embeddings: Module {
    /// `[V, C]`, `[P, C]`, `[types, C]`.
    var words: Tensor
    var positions: Tensor
    var types: Tensor
    var norm: LayerNorm

    init(_ sizes: Sizes) {
      words = Tensor(repeating: 0, shape: [sizes.vocabulary, sizes.channels])
      positions = Tensor(repeating: 0, shape: [sizes.positions, sizes.channels])
      types = Tensor(repeating: 0, shape: [sizes.tokenTypes, sizes.channels])
      norm = LayerNorm(channels: sizes.channels, epsilon: sizes.epsilon)
    }

    mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
      try visitor.parameter("word_embeddings.weight", &words)
      try visitor.parameter("position_embeddings.weight", &positions)
      try visitor.parameter("token_type_embeddings.weight", &types)
      try visitor.module("LayerNorm", &norm)
    }

    func callAsFunction(_ ids: [Int], tokens: Int) -> Tensor {
      let texts = ids.count / max(tokens, 1)
      let places = positions.rows(0..<tokens).adding(row: types.rows(0..<1))
      return norm(words.gathered(rows: ids), adding: Tensor.concatenated(Array(repeating: places, count: texts)))
    }
  }

  /// Attention, then a perceptron, each added to its input and normalised.
  struct Layer: Module {
    var query: Linear
    var key: Linear
    var value: Linear
    var output: Linear
    var attentionNorm: LayerNorm
    var expand: Linear
    var contract: Linear
    var norm: LayerNorm
    let heads: Int

    init(_ sizes: Sizes) {
      query = Linear(inputs: sizes.channels, outputs: sizes.channels)
      key = query
      value = query
      output = query
      attentionNorm = LayerNorm(channels: sizes.channels, epsilon: sizes.epsilon)
      expand = Linear(inputs: sizes.channels, outputs: sizes.feedForward)
      contract = Linear(inputs: sizes.feedForward, outputs: sizes.channels)
      norm = attentionNorm
      heads = sizes.heads
    }

    mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
      try visitor.module("attention.self.query", &query)
      try visitor.module("attention.self.key", &key)
      try visitor.module("attention.self.value", &value)
      try visitor.module("attention.output.dense", &output)
      try visitor.module("attention.output.LayerNorm", &attentionNorm)
      try visitor.module("intermediate.dense", &expand)
      try visitor.module("output.dense", &contract)
      try visitor.module("output.LayerNorm", &norm)
    }

    func callAsFunction(_ x: Tensor, tokens: Int) -> Tensor {
      let attended = query(x).attention(keys: key(x), values: value(x), tokens: tokens, heads: heads)
      let y = attentionNorm(output(attended), adding: x)
      return norm(y.feedForward(expand, contract, activation: .gelu), adding: y)
    }
  }
}
