#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Tensor {
  /// The matrix product `x M` of rows x with a matrix `[in, out]`.
  public func product(with matrix: Tensor) -> Tensor {
    precondition(channels == matrix.shape[0], "Rows of \(channels) numbers meet a matrix of \(matrix.shape).")
    let rows = matrix.transposed(blocks: 1, rows: channels, columns: matrix.channels)
    return product(transposing: rows.reshaped(to: [matrix.channels, channels]))
  }
}

extension Float {
  /// e to the power of x.
  static func exponential(_ x: Float) -> Float { exp(x) }

  /// `log(x / (1 - x))`, rounded once.
  static func logit(_ x: Double) -> Float { Float(log(x / (1 - x))) }
}
