import TensorKernels

/// `x W^T + b` on the innermost dimension.
public struct Linear: Module {
  /// `[out, in]`.
  public var weight: Weights
  /// `[out]`.
  public var bias: Tensor

  public init(inputs: Int, outputs: Int) {
    weight = Weights(shape: [outputs, inputs])
    bias = Tensor(repeating: 0, shape: [outputs])
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("weight", &weight)
    try visitor.parameter("bias", &bias)
  }

  public func callAsFunction(_ x: Tensor, activation: Activation = .none) -> Tensor {
    x.linear(weight, bias: bias, activation: activation)
  }
}
