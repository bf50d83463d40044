/// LayerNorm over the innermost dimension, epsilon 1e-5.
public struct LayerNorm: Module {
  public var weight: Tensor
  public var bias: Tensor
  static let epsilon: Float = 1e-5

  public init(channels: Int) {
    weight = Tensor(repeating: 1, shape: [channels])
    bias = Tensor(repeating: 0, shape: [channels])
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("weight", &weight)
    try visitor.parameter("bias", &bias)
  }

  /// The norm of `x`, or of `x + addend` in one pass.
  public func callAsFunction(_ x: Tensor, adding addend: Tensor? = nil) -> Tensor {
    x.layerNorm(weight: weight, bias: bias, epsilon: Self.epsilon, adding: addend)
  }
}
