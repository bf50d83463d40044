import TensorKernels

extension Tensor {
  /// The sum of two tensors of one shape.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.count == b.count, "Tensors of shapes \(a.shape) and \(b.shape) cannot be added.")
    var output = Tensor(uninitialized: a.shape)
    withExtendedLifetime((a, b)) { tk_add_f32(a.count, a.address, b.address, output.mutableAddress) }
    let shape = b.shape
    return output.recorded(from: [a, b]) { gradient in [gradient, gradient.reshaped(to: shape)] }
  }

  /// The products of the numbers of two tensors of one shape.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.count == b.count, "Tensors of shapes \(a.shape) and \(b.shape) cannot be multiplied.")
    let output = a.multiplied(by: b)
    guard isAnyRecorded([a, b]) else { return output }
    let (first, second) = (a.detached, b.detached)
    let wanted = [a.isRecorded, b.isRecorded]
    return output.recorded(from: [a, b]) { gradient in
      [
        wanted[0] ? gradient.multiplied(by: second) : nil,
        wanted[1] ? first.multiplied(by: gradient).reshaped(to: second.shape) : nil,
      ]
    }
  }

  /// Products, not recorded.
  private func multiplied(by other: Tensor) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, other)) { tk_multiply_f32(count, address, other.address, output.mutableAddress) }
    return output
  }

  /// The row `[C]` added to each row.
  public func adding(row: Tensor) -> Tensor {
    precondition(channels == row.count, "A row of \(row.count) cannot be added to rows of \(channels).")
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, row)) {
      tk_add_row_f32(rowCount, channels, address, row.address, output.mutableAddress)
    }
    let (isRowRecorded, rowShape) = (row.isRecorded, row.shape)
    return output.recorded(from: [self, row]) { gradient in
      [gradient, isRowRecorded ? gradient.columnSums().reshaped(to: rowShape) : nil]
    }
  }

  /// Each number times `factor`.
  public func scaled(by factor: Float) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_scale_f32(count, factor, address, output.mutableAddress) }
    return output.recorded(from: [self]) { gradient in [gradient.scaled(by: factor)] }
  }

  /// The sum of all numbers, `[1]`.
  public func sum() -> Tensor { reduced(factor: 1) }

  /// The mean of all numbers, `[1]`.
  public func mean() -> Tensor { reduced(factor: 1 / Double(count)) }

  private func reduced(factor: Double) -> Tensor {
    let sum = withUnsafeBufferPointer { numbers in numbers.baseAddress.map { tk_sum_f32(numbers.count, $0) } ?? 0 }
    let shape = shape
    return Tensor([Float(sum * factor)], shape: [1]).recorded(from: [self]) { gradient in
      let value = gradient.withUnsafeBufferPointer { Float(Double($0[0]) * factor) }
      return [Tensor(repeating: value, shape: shape)]
    }
  }

  public func sigmoid() -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_sigmoid_f32(count, address, output.mutableAddress) }
    let result = output
    return output.recorded(from: [self]) { gradient in
      var output = Tensor(uninitialized: result.shape)
      withExtendedLifetime((result, gradient)) {
        tk_sigmoid_gradient_f32(result.count, result.address, gradient.address, output.mutableAddress)
      }
      return [output]
    }
  }

  /// `log(x / (1 - x))` of numbers in 0...1, both factors at least `epsilon` (reference: `inverse_sigmoid`).
  public func inverseSigmoid(epsilon: Float = 1e-5) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_inverse_sigmoid_f32(count, epsilon, address, output.mutableAddress) }
    let x = detached
    return output.recorded(from: [self]) { gradient in
      var output = Tensor(uninitialized: x.shape)
      withExtendedLifetime((x, gradient)) {
        tk_inverse_sigmoid_gradient_f32(x.count, epsilon, x.address, gradient.address, output.mutableAddress)
      }
      return [output]
    }
  }

  /// `x * sigmoid(1.702 * x)`, CLIP's approximation of GELU. No tape follows it.
  public func quickGELU() -> Tensor {
    var scaled = self
    scaled.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] *= 1.702 }
    }
    var output = scaled.sigmoid()
    output.withUnsafeMutableBufferPointer { gates in
      withUnsafeBufferPointer { values in
        for index in gates.indices { gates[index] *= values[index] }
      }
    }
    return output
  }

  /// The rows of a table `[rows, C]` at `indices`, one below the other: `[indices, C]`. No tape follows them.
  /// - Precondition: all indices lie in the table.
  public func gathered(_ indices: [Int]) -> Tensor {
    var output = Tensor(uninitialized: [indices.count, channels])
    let target = output.mutableAddress
    withUnsafeBufferPointer { table in
      for (row, index) in indices.enumerated() {
        precondition((0..<rowCount).contains(index), "Row \(index) of a table of \(rowCount).")
        for channel in 0..<channels { target[row * channels + channel] = table[index * channels + channel] }
      }
    }
    return output
  }

  /// The rows of a matrix `[N, C]` brought to unit length: `x / max(||x||, least)`, or `x / (||x|| + addend)`. No tape
  /// follows it.
  public func normalizedRows(least: Float = 0, addend: Float = 0) -> Tensor {
    var output = self
    let channels = channels
    output.withUnsafeMutableBufferPointer { values in
      for row in stride(from: 0, to: values.count, by: max(channels, 1)) {
        let range = row..<row + channels
        let length = max(values[range].reduce(0) { $0 + $1 * $1 }.squareRoot(), least) + addend
        for index in range { values[index] /= length }
      }
    }
    return output
  }
}
