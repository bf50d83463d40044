import TensorKernels

extension Tensor {
  /// The rows of the given numbers, `[rows.count, ...]`; a row may be taken again and again.
  func taking(rows: [Int]) -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    var output = Tensor(uninitialized: [rows.count] + shape.dropFirst())
    let target = output.mutableAddress
    withExtendedLifetime(self) {
      for (place, row) in rows.enumerated() {
        (target + place * width).update(from: address + row * width, count: width)
      }
    }
    let shape = shape
    return output.recorded(from: [self]) { gradient in
      var input = Tensor(repeating: 0, shape: shape)
      let target = input.mutableAddress
      gradient.withUnsafeBufferPointer { gradient in
        for (place, row) in rows.enumerated() {
          for column in 0..<width { target[row * width + column] += gradient[place * width + column] }
        }
      }
      return [input]
    }
  }

  /// Maps `[N, H, W]` sampled bilinearly at points, zero outside (`align_corners` false): `[maps.count, P]`.
  /// - Parameters:
  ///   - points: (x, y) in 0...1, `[P, 2]` for all rows or `[maps.count, P, 2]`; no gradient comes back to them.
  ///   - maps: the map that each row reads.
  func sampled(at points: Tensor, of maps: [Int]) -> Tensor {
    precondition(shape.count == 3, "Maps [N, H, W] are sampled, not the shape \(shape).")
    let list = PointList(points, rows: maps.count)
    let (count, height, width) = (shape[0], shape[1], shape[2])
    var output = Tensor(repeating: 0, shape: [maps.count, list.count])
    let numbers = maps.map { UInt32($0) }
    guard output.count > 0, height > 0, width > 0 else { return output }
    withExtendedLifetime((self, points)) {
      numbers.withUnsafeBufferPointer { numbers in
        tk_sample_points_f32(
          maps.count, numbers.baseAddress, height, width, address, list.count, points.address, list.stride,
          output.mutableAddress)
      }
    }
    let places = points.detached
    return output.recorded(from: [self]) { gradient in
      var input = Tensor(repeating: 0, shape: [count, height, width])
      withExtendedLifetime((places, gradient)) {
        numbers.withUnsafeBufferPointer { numbers in
          tk_sample_points_gradient_f32(
            numbers.count, numbers.baseAddress, count, height, width, list.count, places.address, list.stride,
            gradient.address, input.mutableAddress)
        }
      }
      return [input]
    }
  }

  /// The binary cross-entropy (mean over the points) and the dice loss of each row of logits `[N, P]`: `[N, 2]`.
  /// - Parameter labels: `[N, P]`, 0...1; a label below 0 leaves its point out.
  func maskTerms(labels: Tensor) -> Tensor {
    precondition(shape == labels.shape, "Logits of shape \(shape) have labels of shape \(labels.shape).")
    let rows = shape[0]
    let points = channels
    var output = Tensor(uninitialized: [rows, 2])
    withExtendedLifetime((self, labels)) {
      tk_mask_terms_f32(rows, points, address, labels.address, output.mutableAddress)
    }
    let (logits, truth) = (detached, labels.detached)
    return output.recorded(from: [self]) { gradient in
      var input = Tensor(uninitialized: [rows, points])
      withExtendedLifetime((logits, truth, gradient)) {
        tk_mask_terms_gradient_f32(
          rows, points, logits.address, truth.address, gradient.address, input.mutableAddress)
      }
      return [input]
    }
  }

  /// The L1 distance and 1 - GIoU of each predicted box `[N, 4]` to its true one: `[N, 2]`.
  func boxTerms(truth: [SIMD4<Double>]) -> Tensor {
    let predicted = boxRows
    precondition(predicted.count == truth.count, "\(predicted.count) boxes have \(truth.count) true ones.")
    let terms = zip(predicted, truth).flatMap { predicted, truth in
      let terms = BoxTerms(predicted, truth)
      return [Float(terms.l1), Float(1 - terms.giou)]
    }
    return Tensor(terms, shape: [truth.count, 2]).recorded(from: [self]) { gradient in
      let numbers = gradient.values
      var input: [Float] = []
      input.reserveCapacity(4 * truth.count)
      for row in truth.indices {
        let (l1, giou) = BoxTerms.gradients(predicted[row], truth[row])
        let sum = Double(numbers[2 * row]) * l1 - Double(numbers[2 * row + 1]) * giou
        for index in 0..<4 { input.append(Float(sum[index])) }
      }
      return [Tensor(input, shape: [truth.count, 4])]
    }
  }

  /// The sum over the rows of `coefficients[row] * self[row, column]`, added up in double precision: `[1]`.
  func weightedSum(column: Int, coefficients: [Double]) -> Tensor {
    let (rows, width) = (rowCount, channels)
    precondition(rows == coefficients.count, "\(rows) rows have \(coefficients.count) coefficients.")
    let sum = withUnsafeBufferPointer { numbers in
      (0..<rows).reduce(0.0) { $0 + coefficients[$1] * Double(numbers[$1 * width + column]) }
    }
    let shape = shape
    return Tensor([Float(sum)], shape: [1]).recorded(from: [self]) { gradient in
      let scale = Double(gradient.values[0])
      var input = Tensor(repeating: 0, shape: shape)
      let target = input.mutableAddress
      for row in 0..<rows { target[row * width + column] = Float(scale * coefficients[row]) }
      return [input]
    }
  }

  /// `scale` times the sum of squared differences to as many other numbers, both with their gradients: `[1]`.
  func squaredError(to other: Tensor, scale: Double) -> Tensor {
    precondition(count == other.count, "Numbers of shapes \(shape) and \(other.shape) are compared.")
    let differences = zip(values, other.values).map { Double($0) - Double($1) }
    let (shape, otherShape) = (shape, other.shape)
    let sum = differences.reduce(0.0) { $0 + $1 * $1 } * scale
    return Tensor([Float(sum)], shape: [1]).recorded(from: [self, other]) { gradient in
      let factor = 2 * scale * Double(gradient.values[0])
      return [
        Tensor(differences.map { Float(factor * $0) }, shape: shape),
        Tensor(differences.map { Float(-factor * $0) }, shape: otherShape),
      ]
    }
  }

  /// `1 - self[row, column]` of each row: `[N, 1]`.
  func oneMinus(column: Int) -> Tensor {
    let (rows, width) = (rowCount, channels)
    let output = withUnsafeBufferPointer { numbers in (0..<rows).map { 1 - numbers[$0 * width + column] } }
    let shape = shape
    return Tensor(output, shape: [rows, 1]).recorded(from: [self]) { gradient in
      var input = Tensor(repeating: 0, shape: shape)
      let target = input.mutableAddress
      gradient.withUnsafeBufferPointer { gradient in
        for row in 0..<rows { target[row * width + column] = -gradient[row] }
      }
      return [input]
    }
  }
}
