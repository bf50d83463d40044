import TensorKernels

/// Multi-scale deformable attention (Deformable DETR; reference: `MSDeformAttn`).
public struct DeformableAttention: Module {
  public var samplingOffsets: Linear
  public var attentionWeights: Linear
  public var valueProjection: Linear
  public var outputProjection: Linear
  public let heads: Int
  public let points: Int

  public init(channels: Int, heads: Int, levels: Int, points: Int) {
    samplingOffsets = Linear(inputs: channels, outputs: heads * levels * points * 2)
    attentionWeights = Linear(inputs: channels, outputs: heads * levels * points)
    valueProjection = Linear(inputs: channels, outputs: channels)
    outputProjection = Linear(inputs: channels, outputs: channels)
    self.heads = heads
    self.points = points
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("sampling_offsets", &samplingOffsets)
    try visitor.module("attention_weights", &attentionWeights)
    try visitor.module("value_proj", &valueProjection)
    try visitor.module("output_proj", &outputProjection)
  }

  /// - Parameters:
  ///   - query: `[Q, C]`, position included.
  ///   - values: `valueProjection` of the tokens, `[sum of H*W, C]`. They do not depend on the queries, so whoever asks
  ///     more than once about an image projects its tokens once.
  ///   - levels: the sizes of the token's levels.
  ///   - reference: `[Q, 2]` centres (offsets count cells) or `[Q, 4]` boxes (offsets count halves of the box).
  /// - Returns: `[Q, C]`.
  public func callAsFunction(_ query: Tensor, values: Tensor, levels: [LevelShape], reference: Tensor) -> Tensor {
    outputProjection(
      values.deformableAttention(
        levels: levels, heads: heads, points: points, offsets: samplingOffsets(query),
        logits: attentionWeights(query), reference: reference))
  }
}
