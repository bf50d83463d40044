/// A multi-layer perceptron: linear layers with ReLU between them (reference: `MLP`).
public struct Perceptron: Module {
  public var layers: [Linear]

  /// - Parameter sizes: of the input, of each hidden layer, of the output.
  public init(sizes: [Int]) {
    layers = zip(sizes, sizes.dropFirst()).map { Linear(inputs: $0, outputs: $1) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.modules("layers", &layers)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    layers.indices.reduce(x) { x, index in
      layers[index](x, activation: index + 1 < layers.count ? .relu : .none)
    }
  }
}
