import TensorKernels

extension Tensor {
  /// Softmax attention with heads, inside each group of `tokens` successive rows; this tensor holds queries and keys side
  /// by side, `[groups * tokens, 2 * C]`.
  /// - Parameter values: `[groups * tokens, C]`.
  /// - Returns: `[groups * tokens, C]`.
  public func attention(values: Tensor, tokens: Int, heads: Int) -> Tensor {
    let size = values.channels / heads
    var output = Tensor(uninitialized: values.shape)
    withExtendedLifetime((self, values)) {
      tk_attention_f32(
        rowCount / max(tokens, 1), tokens, heads, size, address, channels, address + values.channels, channels,
        values.address, values.channels, 1 / Float(size).squareRoot(), output.mutableAddress, values.channels)
    }
    return output
  }

  /// Multi-scale deformable attention (Deformable DETR, equation 3) without its projections; this tensor holds the values,
  /// `[sum of H*W, C]`, level after level.
  /// - Parameters:
  ///   - offsets: `[Q, heads * levels * points * 2]`, as projected.
  ///   - logits: `[Q, heads * levels * points]`, as projected.
  ///   - reference: `[Q, 2]` centres, or `[Q, 4]` boxes (cx, cy, w, h), in 0...1.
  /// - Returns: `[Q, C]`.
  public func deformableAttention(
    levels: [LevelShape], heads: Int, points: Int, offsets: Tensor, logits: Tensor, reference: Tensor
  ) -> Tensor {
    var output = Tensor(uninitialized: [offsets.rowCount, channels])
    withExtendedLifetime((self, offsets, logits, reference)) {
      tk_deformable_attention_f32(
        offsets.rowCount, heads, channels / heads, levels.count, levels, points, address, offsets.address,
        offsets.channels, logits.address, logits.channels, reference.address, reference.channels,
        output.mutableAddress)
    }
    return output
  }
}
