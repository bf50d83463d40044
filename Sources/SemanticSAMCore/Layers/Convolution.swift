import TensorKernels

/// A 2-D convolution with bias of maps `[H, W, C]` or `[N, H, W, C]`.
public struct Convolution: Module {
  /// `[out, in, height, width]`, depthwise `[channels, 1, height, width]`.
  public var weight: Weights
  /// `[out]`.
  public var bias: Tensor
  public let stride: Int
  public let dilation: Int
  public let padding: Padding

  public init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Padding,
    isDepthwise: Bool = false
  ) {
    weight = Weights(shape: [outputs, isDepthwise ? 1 : inputs, kernel, kernel], isDepthwise: isDepthwise)
    bias = Tensor(repeating: 0, shape: [outputs])
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("weight", &weight)
    try visitor.parameter("bias", &bias)
  }

  /// `activation(convolution + bias) + residual`.
  /// - Parameter bias: replaces the layer's own, for instance by one for each map of a batch, `[N, out]`.
  public func callAsFunction(
    _ x: Tensor, bias: Tensor? = nil, activation: Activation = .none, residual: Tensor? = nil
  ) -> Tensor {
    x.convolution(
      weight, bias: bias ?? self.bias, stride: stride, dilation: dilation, padding: padding, activation: activation,
      residual: residual)
  }
}
