import TensorKernels

extension Tensor {
  /// The sum of two tensors of one shape.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.count == b.count, "Tensors of shapes \(a.shape) and \(b.shape) cannot be added.")
    var output = Tensor(uninitialized: a.shape)
    withExtendedLifetime((a, b)) { tk_add_f32(a.count, a.address, b.address, output.mutableAddress) }
    return output
  }

  /// The row `[C]` added to each row.
  public func adding(row: Tensor) -> Tensor {
    precondition(channels == row.count, "A row of \(row.count) cannot be added to rows of \(channels).")
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, row)) {
      tk_add_row_f32(rowCount, channels, address, row.address, output.mutableAddress)
    }
    return output
  }

  public func sigmoid() -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_sigmoid_f32(count, address, output.mutableAddress) }
    return output
  }

  /// `log(x / (1 - x))` of numbers in 0...1, both factors at least `epsilon` (reference: `inverse_sigmoid`).
  public func inverseSigmoid(epsilon: Float = 1e-5) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_inverse_sigmoid_f32(count, epsilon, address, output.mutableAddress) }
    return output
  }
}
