import TensorKernels

/// A layer of the pixel decoder's transformer: deformable self-attention over all levels, then a feed-forward, each
/// followed by its norm (reference: `MSDeformAttnTransformerEncoderLayer`).
public struct DeformableEncoderLayer: Module {
  public var selfAttention: DeformableAttention
  public var norm1: LayerNorm
  public var feedForward: FeedForward
  public var norm2: LayerNorm

  init(_ configuration: Configuration.PixelDecoder) {
    let channels = configuration.channels
    selfAttention = DeformableAttention(
      channels: channels, heads: configuration.heads, levels: configuration.levels, points: configuration.points)
    norm1 = LayerNorm(channels: channels)
    feedForward = FeedForward(channels: channels, hidden: configuration.feedForwardSize)
    norm2 = LayerNorm(channels: channels)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("self_attn", &selfAttention)
    try visitor.module("norm1", &norm1)
    try feedForward.visit(&visitor)
    try visitor.module("norm2", &norm2)
  }

  /// - Parameters:
  ///   - x: the tokens of all levels, `[L, C]`.
  ///   - position: `[L, C]`, sine embedding and level embedding.
  ///   - reference: `[L, 2]`, each token's place in 0...1.
  public func callAsFunction(_ x: Tensor, position: Tensor, levels: [LevelShape], reference: Tensor) -> Tensor {
    let attended = selfAttention(
      x + position, values: selfAttention.valueProjection(x), levels: levels, reference: reference)
    let normed = norm1(x, adding: attended)
    return norm2(normed, adding: feedForward(normed))
  }
}
