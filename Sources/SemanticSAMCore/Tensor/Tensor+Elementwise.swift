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

  /// `x * sigmoid(1.702 * x)`, CLIP's approximation of GELU.
  public func quickGELU() -> Tensor {
    self * scaled(by: 1.702).sigmoid()
  }

  /// Each number times `e` to the power of `exponent`, a tensor of one number.
  public func scaled(byExponentialOf exponent: Tensor) -> Tensor {
    precondition(exponent.count == 1, "A factor is one number, not \(exponent.shape).")
    let factor = Float.exponential(exponent.values[0])
    let output = detached.scaled(by: factor)
    let wanted = [isRecorded, exponent.isRecorded]
    let exponentShape = exponent.shape
    return output.recorded(from: [self, exponent]) { gradient in
      [
        wanted[0] ? gradient.scaled(by: factor) : nil,
        wanted[1] ? gradient.multiplied(by: output).sum().reshaped(to: exponentShape) : nil,
      ]
    }
  }

  /// The rows of a matrix `[N, C]` brought to unit length: `x / max(||x||, least)`, or `x / (||x|| + addend)`.
  public func normalizedRows(least: Float = 0, addend: Float = 0) -> Tensor {
    var output = detached
    let channels = channels
    // What a row is divided by, and the part of it that changes with the row: its length, or 0 for one below `least`.
    var lengths: [(divisor: Float, own: Float)] = []
    lengths.reserveCapacity(rowCount)
    output.withUnsafeMutableBufferPointer { values in
      for row in stride(from: 0, to: values.count, by: max(channels, 1)) {
        let range = row..<row + channels
        let length = values[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
        let divisor = max(length, least) + addend
        lengths.append((divisor, length > least ? length : 0))
        for index in range { values[index] /= divisor }
      }
    }
    return output.recorded(from: [self]) { [output, lengths] gradient in
      [output.normalizationGradient(lengths, gradient)]
    }
  }

  /// `(g - (g . y) x / ||x||) / d` for rows y = x / d, d = ||x|| + addend; `g / d` where d does not depend on x.
  private func normalizationGradient(_ lengths: [(divisor: Float, own: Float)], _ gradient: Tensor) -> Tensor {
    var result = gradient.detached
    let channels = channels
    result.withUnsafeMutableBufferPointer { g in
      withUnsafeBufferPointer { y in
        for (row, (divisor, own)) in lengths.enumerated() {
          let range = row * channels..<(row + 1) * channels
          let along = range.reduce(Float(0)) { $0 + g[$1] * y[$1] }
          let share = own > 0 ? along * divisor / own : 0
          for index in range { g[index] = (g[index] - share * y[index]) / divisor }
        }
      }
    }
    return result
  }
}
