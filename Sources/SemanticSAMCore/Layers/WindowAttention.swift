import TensorKernels

/// Attention inside the windows of a map, with relative positions (Swin Transformer, section 3.2).
public struct WindowAttention: Module {
  /// `[3 * C, C]` and `[3 * C]`: rows q, k, v, each heads x head size.
  public var projection: Linear
  public var output: Linear
  /// `[(2 * window - 1)^2, heads]`.
  public var relativePositionBias: Tensor
  public let heads: Int
  public let window: Int
  /// The windows are shifted by so many cells.
  public let shift: Int

  public init(channels: Int, heads: Int, window: Int, shift: Int) {
    projection = Linear(inputs: channels, outputs: 3 * channels)
    output = Linear(inputs: channels, outputs: channels)
    relativePositionBias = Tensor(repeating: 0, shape: [(2 * window - 1) * (2 * window - 1), heads])
    self.heads = heads
    self.window = window
    self.shift = shift
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("relative_position_bias_table", &relativePositionBias)
    try visitor.module("qkv", &projection)
    try visitor.module("proj", &output)
  }

  /// The attention of the map `x` `[H, W, C]`, plus the residual.
  public func callAsFunction(_ x: Tensor, residual: Tensor? = nil) -> Tensor {
    let attended = projection(x).windowAttention(
      padding: projection.bias, biasTable: relativePositionBias, heads: heads, window: window, shift: shift)
    return attended.linear(output.weight, bias: output.bias, residual: residual)
  }
}
