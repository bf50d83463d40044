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
    return output.recorded(from: [self, values]) { [queriesAndKeys = detached, values = values.detached] gradient in
      queriesAndKeys.attentionGradients(values: values, tokens: tokens, heads: heads, gradient: gradient)
    }
  }

  private func attentionGradients(values: Tensor, tokens: Int, heads: Int, gradient: Tensor) -> [Tensor?] {
    let size = values.channels / heads
    var own = Tensor(uninitialized: shape)
    var byValues = Tensor(uninitialized: values.shape)
    let isDone = withExtendedLifetime((self, values, gradient)) {
      let target = own.mutableAddress
      return tk_attention_gradient_f32(
        rowCount / max(tokens, 1), tokens, heads, size, address, channels, address + values.channels, channels,
        values.address, values.channels, 1 / Float(size).squareRoot(), gradient.address, values.channels, target,
        target + values.channels, byValues.mutableAddress)
    }
    precondition(isDone, "No memory for the gradient of attention among \(tokens) tokens.")
    return [own, byValues]
  }

  /// Softmax attention with heads, inside each group of `tokens` successive rows of this tensor, the queries `[groups *
  /// tokens, C]`.
  /// - Parameters:
  ///   - keys: `[groups * tokens, C]`.
  ///   - values: `[groups * tokens, C]`.
  ///   - isCausal: whether a query sees only the tokens up to its own.
  /// - Returns: `[groups * tokens, C]`.
  public func attention(keys: Tensor, values: Tensor, tokens: Int, heads: Int, isCausal: Bool = false) -> Tensor {
    precondition(keys.shape == shape && values.shape == shape, "Queries, keys and values have one shape.")
    let size = channels / heads
    let attention = isCausal ? tk_causal_attention_f32 : tk_attention_f32
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, keys, values)) {
      attention(
        rowCount / max(tokens, 1), tokens, heads, size, address, channels, keys.address, channels, values.address,
        channels, 1 / Float(size).squareRoot(), output.mutableAddress, channels)
    }
    return output.recorded(from: [self, keys, values]) {
      [queries = detached, keys = keys.detached, values = values.detached] gradient in
      queries.attentionGradients(
        keys: keys, values: values, tokens: tokens, heads: heads, isCausal: isCausal, gradient: gradient)
    }
  }

  private func attentionGradients(
    keys: Tensor, values: Tensor, tokens: Int, heads: Int, isCausal: Bool, gradient: Tensor
  ) -> [Tensor?] {
    let size = channels / heads
    let attention = isCausal ? tk_causal_attention_gradient_f32 : tk_attention_gradient_f32
    var gradients = (0..<3).map { _ in Tensor(uninitialized: shape) }
    let targets = gradients.indices.map { gradients[$0].mutableAddress }
    let isDone = withExtendedLifetime((self, keys, values, gradient, gradients)) {
      attention(
        rowCount / max(tokens, 1), tokens, heads, size, address, channels, keys.address, channels, values.address,
        channels, 1 / Float(size).squareRoot(), gradient.address, channels, targets[0], targets[1], targets[2])
    }
    precondition(isDone, "No memory for the gradient of attention among \(tokens) tokens.")
    return gradients
  }

  /// Multi-scale deformable attention (Deformable DETR, equation 3) without its projections; this tensor holds the values,
  /// `[sum of H*W, C]`, level after level.
  /// - Parameters:
  ///   - offsets: `[Q, heads * levels * points * 2]`, as projected.
  ///   - logits: `[Q, heads * levels * points]`, as projected.
  ///   - reference: `[Q, 2]` centres, or `[Q, 4]` boxes (cx, cy, w, h), in 0...1; a constant to a tape.
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
    let wantsValues = isRecorded
    let wantsPlaces = offsets.isRecorded || logits.isRecorded
    return output.recorded(from: [self, offsets, logits]) {
      [values = detached, offsets = offsets.detached, logits = logits.detached, reference = reference.detached]
      gradient in
      var own = Tensor(uninitialized: wantsValues ? values.shape : [0])
      var byOffsets = Tensor(uninitialized: wantsPlaces ? offsets.shape : [0])
      var byLogits = Tensor(uninitialized: wantsPlaces ? logits.shape : [0])
      let isDone = withExtendedLifetime((values, offsets, logits, reference, gradient)) {
        tk_deformable_attention_gradient_f32(
          offsets.rowCount, heads, values.channels / heads, levels.count, levels, points, values.address,
          offsets.address, offsets.channels, logits.address, logits.channels, reference.address, reference.channels,
          gradient.address, wantsValues ? own.mutableAddress : nil, wantsPlaces ? byOffsets.mutableAddress : nil,
          wantsPlaces ? byLogits.mutableAddress : nil)
      }
      precondition(isDone, "No memory for the gradient of attention to \(values.rowCount) tokens.")
      return [wantsValues ? own : nil, wantsPlaces ? byOffsets : nil, wantsPlaces ? byLogits : nil]
    }
  }

  /// Attention inside windows of a map (see `tk_window_attention_f32`).
  /// - Parameters:
  ///   - padding: queries, keys and values of a token beyond the map, `[3 * C]`.
  ///   - biasTable: `[(2 * window - 1)^2, heads]`.
  /// - Returns: `[H, W, C]`; the input holds queries, keys and values side by side, `[H, W, 3 * C]`.
  public func windowAttention(padding: Tensor, biasTable: Tensor, heads: Int, window: Int, shift: Int) -> Tensor {
    let size = channels / 3
    var output = Tensor(uninitialized: shape.dropLast() + [size])
    let isDone = withExtendedLifetime((self, padding, biasTable)) {
      tk_window_attention_f32(
        shape[0], shape[1], heads, size / heads, window, shift, address, padding.address, biasTable.address,
        output.mutableAddress)
    }
    precondition(isDone, "No memory for attention in windows of \(window) x \(window) cells.")
    return output.recorded(from: [self, padding, biasTable]) {
      [map = detached, padding = padding.detached, biasTable = biasTable.detached] gradient in
      map.windowAttentionGradients(
        padding: padding, biasTable: biasTable, heads: heads, window: window, shift: shift, gradient: gradient)
    }
  }

  private func windowAttentionGradients(
    padding: Tensor, biasTable: Tensor, heads: Int, window: Int, shift: Int, gradient: Tensor
  ) -> [Tensor?] {
    var own = Tensor(uninitialized: shape)
    var byPadding = Tensor(uninitialized: padding.shape)
    var byTable = Tensor(uninitialized: biasTable.shape)
    let isDone = withExtendedLifetime((self, padding, biasTable, gradient)) {
      tk_window_attention_gradient_f32(
        shape[0], shape[1], heads, channels / 3 / heads, window, shift, address, padding.address, biasTable.address,
        gradient.address, own.mutableAddress, byPadding.mutableAddress, byTable.mutableAddress)
    }
    precondition(isDone, "No memory for the gradient of attention in windows of \(window) x \(window) cells.")
    return [own, byPadding, byTable]
  }
}
