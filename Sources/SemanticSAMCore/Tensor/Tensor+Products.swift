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
    precondition(channels == weights.inputs, "Rows of \(channels) numbers meet weights of \(weights.shape).")
    let rows = rows ?? 0..<weights.outputs
    precondition(rows.lowerBound % 16 == 0, "Panels hold 16 outputs, so a range of them begins at a multiple of 16.")
    let layout = weights.kernelLayout()
    let biasOfRows = bias?.detached.rows(rows)
    let inputs = [self, weights.recordedValues, bias, residual]
    guard Tensor.isAnyRecorded(inputs) else {
      return product(
        layout, firstOutput: rows.lowerBound, outputs: rows.count, bias: biasOfRows, activation: activation,
        residual: residual)
    }
    let (output, record) = activation.recording(residual: residual) { activation, residual in
      product(
        layout, firstOutput: rows.lowerBound, outputs: rows.count, bias: biasOfRows, activation: activation,
        residual: residual)
    }
    let wanted = inputs.map { $0?.isRecorded ?? false }
    let (x, values) = (detached, weights.values.detached)
    let (outputs, precision) = (weights.outputs, weights.kernelPrecision)
    let residualShape = residual?.shape ?? []
    return output.recorded(from: inputs) { gradient in
      let sums = record.gradient(gradient)
      return [
        wanted[0] ? sums.product(matrix: values.rows(rows), precision).reshaped(to: x.shape) : nil,
        wanted[1] ? sums.outerProduct(x, rows: rows, of: values.shape) : nil,
        wanted[2] ? sums.columnSums(columns: rows, of: outputs) : nil,
        wanted[3] ? gradient.reshaped(to: residualShape) : nil,
      ]
    }
  }

  /// `contract(activation(expand(x))) + residual` for each row x; the hidden numbers of many rows never exist at once, unless
  /// a tape needs them.
  /// - Parameter residual: of the result's shape.
  public func feedForward(
    _ expand: Linear, _ contract: Linear, activation: Activation, residual: Tensor? = nil
  ) -> Tensor {
    let inputs = [
      self, expand.weight.recordedValues, expand.bias, contract.weight.recordedValues, contract.bias, residual,
    ]
    let (first, second) = (expand.weight.kernelLayout(), contract.weight.kernelLayout())
    guard !Tensor.isAnyRecorded(inputs), first.precision == second.precision else {
      return linear(expand.weight, bias: expand.bias, activation: activation)
        .linear(contract.weight, bias: contract.bias, residual: residual)
    }
    let hidden = expand.weight.outputs
    precondition(
      channels == expand.weight.inputs && hidden == contract.weight.inputs,
      "Rows of \(channels) numbers meet weights of \(expand.weight.shape) and \(contract.weight.shape).")
    var output = Tensor(uninitialized: shape.dropLast() + [contract.weight.outputs])
    let isDone = withExtendedLifetime((self, expand, contract, residual)) {
      first.feedForward(
        second, rows: rowCount, outputs: contract.weight.outputs, inputs: channels, hidden: hidden, input: address,
        bias: expand.bias.address, activation: activation, output: output.mutableAddress,
        Epilogue(
          bias: contract.bias.address, residual: residual?.address, residual_stride: output.channels, activation: .none)
      )
    }
    precondition(isDone, "No memory for a feed-forward of \(shape) with \(hidden) hidden numbers a row.")
    return output
  }

  /// The product of each row with each row of `other`: `[.., K]` and `[N, K]` give `[.., N]`.
  public func product(transposing other: Tensor) -> Tensor {
    linear(Weights(values: other))
  }

  /// `linear` with weights that are packed already; not recorded.
  func product(
    _ weights: PackedWeights, firstOutput: Int = 0, outputs: Int, bias: Tensor? = nil, activation: Activation = .none,
    residual: Tensor? = nil
  ) -> Tensor {
    var output = Tensor(uninitialized: shape.dropLast() + [outputs])
    withExtendedLifetime((self, bias, residual)) {
      weights.product(
        rows: rowCount, outputs: outputs, inputs: channels, firstOutput: firstOutput, input: address,
        output: output.mutableAddress,
        Epilogue(bias: bias?.address, residual: residual?.address, residual_stride: outputs, activation: activation))
    }
    return output
  }
}

// The ways back.
extension Tensor {
  static func isAnyRecorded(_ tensors: [Tensor?]) -> Bool { tensors.contains { $0?.isRecorded ?? false } }

  /// Each row times a matrix `[channels, N]`: `[.., N]`.
  func product(matrix: Tensor, _ precision: Precision = .float32) -> Tensor {
    let outputs = matrix.count / max(channels, 1)
    return product(
      PackedWeights(transposing: matrix, outputs: outputs, inputs: channels, precision: precision), outputs: outputs)
  }

  /// The sum over all rows of the products of each number of a row with each number of that row of `other`, which is the
  /// gradient by rows `rows` of weights of shape `shape`; 0 in the others.
  func outerProduct(_ other: Tensor, rows: Range<Int>, of shape: [Int]) -> Tensor {
    let isWhole = rows == 0..<shape[0]
    var output = isWhole ? Tensor(uninitialized: shape) : Tensor(repeating: 0, shape: shape)
    withExtendedLifetime((self, other)) {
      tk_outer_product_f32(
        rowCount, channels, other.channels, address, channels, other.address, other.channels,
        output.mutableAddress + rows.lowerBound * other.channels)
    }
    return output
  }

  /// The sum over all rows, as `columns` of a row of `count` numbers, of which the others are 0.
  func columnSums(columns: Range<Int>, of count: Int) -> Tensor {
    var output = Tensor(repeating: 0, shape: [count])
    withExtendedLifetime(self) {
      tk_column_sums_f32(rowCount, channels, address, output.mutableAddress + columns.lowerBound)
    }
    return output
  }

  /// The sum over all rows: the gradient by a row `[C]` that is added to each.
  func columnSums() -> Tensor { columnSums(columns: 0..<channels, of: channels) }
}
