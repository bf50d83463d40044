/// LayerNorm over the innermost dimension.
public struct LayerNorm: Module {
  public var weight: Tensor
  public var bias: Tensor
  /// Added to the variance.
  public let epsilon: Float

  public init(channels: Int, epsilon: Float = 1e-5) {
    weight = Tensor(repeating: 1, shape: [channels])
    bias = Tensor(repeating: 0, shape: [channels])
    self.epsilon = epsilon
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("weight", &weight)
    try visitor.parameter("bias", &bias)
  }

  /// The norm of `x`, or of `x + addend` in one pass.
  public func callAsFunction(_ x: Tensor, adding addend: Tensor? = nil) -> Tensor {
    x.layerNorm(weight: weight, bias: bias, epsilon: epsilon, adding: addend)
  }
}
