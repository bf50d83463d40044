import TensorKernels

/// A layer of the mask decoder: the queries of a prompt look at each other, then at the image near their boxes
/// (reference: `DeformableTransformerDecoderLayer` of MaskDINO).
public struct DecoderLayer: Module {
  public var selfAttention: MultiHeadAttention
  public var crossAttention: DeformableAttention
  /// After the cross-attention.
  public var norm1: LayerNorm
  /// After the self-attention, which comes first.
  public var norm2: LayerNorm
  public var norm3: LayerNorm
  public var feedForward: FeedForward

  init(_ configuration: Configuration.Decoder) {
    let channels = configuration.channels
    selfAttention = MultiHeadAttention(channels: channels, heads: configuration.selfAttentionHeads)
    crossAttention = DeformableAttention(
      channels: channels, heads: configuration.crossAttentionHeads, levels: configuration.levels,
      points: configuration.crossAttentionPoints)
    norm1 = LayerNorm(channels: channels)
    norm2 = LayerNorm(channels: channels)
    norm3 = LayerNorm(channels: channels)
    feedForward = FeedForward(channels: channels, hidden: configuration.feedForwardSize)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("self_attn", &selfAttention)
    try visitor.module("cross_attn", &crossAttention)
    try visitor.module("norm1", &norm1)
    try visitor.module("norm2", &norm2)
    try visitor.module("norm3", &norm3)
    try feedForward.visit(&visitor)
  }

  /// - Parameters:
  ///   - x: `[Q, C]`, the queries.
  ///   - position: `[Q, C]`, made from `reference`.
  ///   - reference: `[Q, 4]` boxes (cx, cy, w, h) in 0...1.
  ///   - values: this layer's `crossAttention.valueProjection` of the image's tokens, `[L, C]`.
  public func callAsFunction(
    _ x: Tensor, position: Tensor, reference: Tensor, groups: [QueryGroup], values: Tensor, levels: [LevelShape]
  ) -> Tensor {
    var x = norm2(x, adding: selfAttention(x, position: position, groups: groups))
    x = norm1(x, adding: crossAttention(x + position, values: values, levels: levels, reference: reference))
    return norm3(x, adding: feedForward(x))
  }
}
