extension Tensor {
  /// Logits of open vocabularies: how similar a query, mapped into the space of the texts, is to each text,
  /// `exp(scale) * v / (|v| + 1e-7) . t` with v = row . projection (OpenSeeD; section 3.1 of the paper).
  ///
  /// All four tensors get their gradients.
  /// - Parameters:
  ///   - projection: `[C, E]`, the reference's `class_embed` or `class_embed_part`.
  ///   - texts: `[N, E]`, of norm 1.
  ///   - scale: `logit_scale`, one number.
  /// - Returns: `[Q, N]` for queries `[Q, C]`.
  public func similarities(projection: Tensor, texts: Tensor, scale: Tensor) -> Tensor {
    let (queries, inputs, size, names) = (rowCount, channels, projection.channels, texts.rowCount)
    precondition(
      projection.rowCount == inputs && texts.channels == size && scale.count == 1,
      "Queries \(shape), projection \(projection.shape) and texts \(texts.shape) do not fit.")
    let (x, w, t) = (doubles, projection.doubles, texts.doubles)
    let factor = SafeMath.exp(Double(scale.values[0]))
    var directions = Matrix.product(x, w, rows: queries, inner: inputs, columns: size)
    var norms = [Double](repeating: 0, count: queries)
    for row in 0..<queries {
      let range = row * size..<(row + 1) * size
      norms[row] = directions[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
      for index in range { directions[index] /= norms[row] + 1e-7 }
    }
    let transposed = Matrix.transposed(t, rows: names, columns: size)
    let cosines = Matrix.product(directions, transposed, rows: queries, inner: size, columns: names)
    let output = Tensor(cosines.map { Float(factor * $0) }, shape: [queries, names])
    let (unit, lengths) = (directions, norms)
    let (scaleShape, xShape, wShape, tShape) = (scale.shape, shape, projection.shape, texts.shape)
    return output.recorded(from: [self, projection, texts, scale]) { gradient in
      let g = gradient.doubles
      let byScale = zip(g, cosines).reduce(0.0) { $0 + $1.0 * $1.1 } * factor
      var byUnit = Matrix.product(g, t, rows: queries, inner: names, columns: size)
      for row in 0..<queries {
        let range = row * size..<(row + 1) * size
        let length = lengths[row]
        // u = v / (|v| + e): its gradient loses the part along v; at v = 0 nothing is lost.
        let along = range.reduce(0.0) { $0 + byUnit[$1] * unit[$1] }
        for index in range {
          let lost = length > 0 ? along * unit[index] * (length + 1e-7) / length : 0
          byUnit[index] = factor * (byUnit[index] - lost) / (length + 1e-7)
        }
      }
      let byX = Matrix.product(
        byUnit, Matrix.transposed(w, rows: inputs, columns: size), rows: queries, inner: size, columns: inputs)
      let byW = Matrix.product(
        Matrix.transposed(x, rows: queries, columns: inputs), byUnit, rows: inputs, inner: queries, columns: size)
      let byT = Matrix.product(
        Matrix.transposed(g, rows: queries, columns: names), unit, rows: names, inner: queries, columns: size)
      return [
        Tensor(byX.map(Float.init), shape: xShape), Tensor(byW.map(Float.init), shape: wShape),
        Tensor(byT.map { Float(factor * $0) }, shape: tShape), Tensor([Float(byScale)], shape: scaleShape),
      ]
    }
  }

  private var doubles: [Double] { withUnsafeBufferPointer { $0.map(Double.init) } }
}

/// Products of small matrices in double precision.
private enum Matrix {
  /// `[rows, inner]` times `[inner, columns]`.
  static func product(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double] {
    var output = [Double](repeating: 0, count: rows * columns)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        output.withUnsafeMutableBufferPointer { output in
          for row in 0..<rows {
            for k in 0..<inner {
              let factor = a[row * inner + k]
              for column in 0..<columns { output[row * columns + column] += factor * b[k * columns + column] }
            }
          }
        }
      }
    }
    return output
  }

  static func transposed(_ a: [Double], rows: Int, columns: Int) -> [Double] {
    var output = [Double](repeating: 0, count: a.count)
    for row in 0..<rows {
      for column in 0..<columns { output[column * rows + row] = a[row * columns + column] }
    }
    return output
  }
}
