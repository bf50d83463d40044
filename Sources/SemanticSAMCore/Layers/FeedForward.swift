/// Two linear layers with ReLU between them. Its parameters stand directly in the transformer layer it belongs to, as
/// `linear1` and `linear2`, so the layer visits them under its own name.
public struct FeedForward: Module {
  public var expand: Linear
  public var contract: Linear

  public init(channels: Int, hidden: Int) {
    expand = Linear(inputs: channels, outputs: hidden)
    contract = Linear(inputs: hidden, outputs: channels)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("linear1", &expand)
    try visitor.module("linear2", &contract)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.feedForward(expand, contract, activation: .relu)
  }
}
