import TensorKernels

extension Tensor {
  /// `activation(x W^T + bias) + residual` for each row x.
  /// - Parameters:
  ///   - weights: `[out, in]`, `in` the innermost size of `self`.
  ///   - bias: `[out]`.
  ///   - rows: of the weights (and of the bias), where only some of the outputs are wanted; begins at a multiple of 16.
  ///   - residual: of the result's shape.
  /// - Returns: `self`'s shape with the number of outputs innermost.
  public func linear(
    _ weights: Weights, bias: Tensor? = nil, rows: Range<Int>? = nil, activation: Activation = .none,
    residual: Tensor? = nil
  ) -> Tensor {
    precondition(channels == weights.inputs, "Rows of \(channels) numbers meet weights of \(weights.values.shape).")
    let rows = rows ?? 0..<weights.outputs
    precondition(rows.lowerBound % 16 == 0, "Panels hold 16 outputs, so a range of them begins at a multiple of 16.")
    return product(
      panels: weights.kernelLayout().rows(rows.lowerBound * channels..<tk_packed_size(weights.outputs, channels)),
      outputs: rows.count, bias: bias?.rows(rows), activation: activation, residual: residual)
  }

  /// `linear` with weights that are already panels (`Tensor.panels`).
  func product(
    panels: Tensor, outputs: Int, bias: Tensor? = nil, activation: Activation = .none, residual: Tensor? = nil
  ) -> Tensor {
    var output = Tensor(uninitialized: shape.dropLast() + [outputs])
    withExtendedLifetime((self, panels, bias, residual)) {
      let epilogue = Epilogue(
        bias: bias?.address, residual: residual?.address, residual_stride: outputs, activation: activation)
      tk_product_f32(
        rowCount, outputs, channels, address, channels, panels.address, output.mutableAddress, outputs, epilogue)
    }
    return output
  }
}
