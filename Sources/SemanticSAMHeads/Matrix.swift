import SemanticSAMCore

/// Numbers of 64 bits in columns, one after the other, as LAPACK has them.
struct Matrix: Sendable {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = [Double](repeating: 0, count: rows * columns)
  }

  /// The rows of a tensor `[rows, columns]`.
  init(_ tensor: Tensor) {
    self.init(rows: tensor.shape[0], columns: tensor.shape[1])
    tensor.withUnsafeBufferPointer { source in
      for row in 0..<rows {
        for column in 0..<columns { values[column * rows + row] = Double(source[row * columns + column]) }
      }
    }
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[column * rows + row] }
    set { values[column * rows + row] = newValue }
  }

  /// `A^T B`, or `A B^T` with `isOuter`: columns, or rows, multiplied with each other.
  func product(_ other: Matrix, isOuter: Bool = false) -> Matrix {
    isOuter ? transposed.transposedProduct(other.transposed) : transposedProduct(other)
  }

  private func transposedProduct(_ other: Matrix) -> Matrix {
    var result = Matrix(rows: columns, columns: other.columns)
    let (count, height) = (rows, columns)
    values.withUnsafeBufferPointer { a in
      other.values.withUnsafeBufferPointer { b in
        result.values.withUnsafeMutableBufferPointer { c in
          for j in 0..<other.columns {
            for i in 0..<height {
              // Four sums of their own: additions need not wait for each other.
              let (x, y) = (i * count, j * count)
              var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
              var k = 0
              while k + 4 <= count {
                s0 += a[x + k] * b[y + k]
                s1 += a[x + k + 1] * b[y + k + 1]
                s2 += a[x + k + 2] * b[y + k + 2]
                s3 += a[x + k + 3] * b[y + k + 3]
                k += 4
              }
              var sum = (s0 + s1) + (s2 + s3)
              while k < count {
                sum += a[x + k] * b[y + k]
                k += 1
              }
              c[j * height + i] = sum
            }
          }
        }
      }
    }
    return result
  }

  var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for column in 0..<columns {
      for row in 0..<rows { result.values[row * columns + column] = values[column * rows + row] }
    }
    return result
  }
}
