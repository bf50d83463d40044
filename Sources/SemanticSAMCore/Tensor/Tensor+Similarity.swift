#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Tensor {
  /// The matrix product `x M` of rows x with a matrix `[in, out]`.
  public func multiplied(by matrix: Tensor) -> Tensor {
    precondition(channels == matrix.shape[0], "Rows of \(channels) numbers meet a matrix of \(matrix.shape).")
    let columns = matrix.channels
    let panels = matrix.transposed(blocks: 1, rows: channels, columns: columns)
      .panels(outputs: columns, inputs: channels)
    return product(panels: panels, outputs: columns)
  }

  /// All numbers times a factor.
  public func scaled(by factor: Float) -> Tensor {
    var output = self
    let target = output.mutableAddress
    for index in 0..<count { target[index] *= factor }
    return output
  }
}

extension Float {
  /// e to the power of x.
  static func exponential(_ x: Float) -> Float { exp(x) }

  /// `log(x / (1 - x))`, rounded once.
  static func logit(_ x: Double) -> Float { Float(log(x / (1 - x))) }
}
