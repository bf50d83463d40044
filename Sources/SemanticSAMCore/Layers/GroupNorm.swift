import TensorKernels

/// GroupNorm of maps `[H, W, C]`, epsilon 1e-5.
public struct GroupNorm: Module {
  public var weight: Tensor
  public var bias: Tensor
  public let groups: Int
  static let epsilon: Float = 1e-5

  public init(channels: Int, groups: Int) {
    weight = Tensor(repeating: 1, shape: [channels])
    bias = Tensor(repeating: 0, shape: [channels])
    self.groups = groups
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("weight", &weight)
    try visitor.parameter("bias", &bias)
  }

  public func callAsFunction(_ x: Tensor, activation: Activation = .none) -> Tensor {
    x.groupNorm(groups: groups, weight: weight, bias: bias, epsilon: Self.epsilon, activation: activation)
  }
}
