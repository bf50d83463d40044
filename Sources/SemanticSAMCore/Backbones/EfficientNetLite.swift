import TensorKernels

/// EfficientNet-Lite0 without its classifier: inverted residuals with ReLU6, BatchNorm folded into the convolutions.
///
/// Tan and Le, EfficientNet (2019), table 1, in the "lite" form of Google's release: no squeeze-and-excite, no swish.
/// Padding is TensorFlow's SAME. Outputs are linear: no activation follows a block's projection.
public struct EfficientNetLite: Backbone {
  /// Runs of blocks: how many, kernel, stride of the first, expansion, channels out.
  private static let groups = [
    (blocks: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
    (blocks: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
    (blocks: 2, kernel: 5, stride: 2, expansion: 6, channels: 40),
    (blocks: 3, kernel: 3, stride: 2, expansion: 6, channels: 80),
    (blocks: 3, kernel: 5, stride: 1, expansion: 6, channels: 112),
    (blocks: 4, kernel: 5, stride: 2, expansion: 6, channels: 192),
    (blocks: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
  ]
  /// The blocks whose outputs are res2, res3, res4, res5.
  private static let outputBlocks: Set = [2, 4, 10, 15]
  /// Of res2, res3, res4, res5.
  static let channels = [24, 40, 112, 320]

  public var stem: Convolution
  public var blocks: [InvertedResidual]
  /// Whether training computes blocks once more on the way back instead of keeping what lies inside them.
  var savesMemory = false

  public init() {
    stem = Convolution(inputs: 3, outputs: 32, kernel: 3, stride: 2, padding: .same)
    var inputs = 32
    blocks = []
    for group in Self.groups {
      for index in 0..<group.blocks {
        blocks.append(
          InvertedResidual(
            inputs: inputs, outputs: group.channels, kernel: group.kernel, stride: index == 0 ? group.stride : 1,
            expansion: group.expansion))
        inputs = group.channels
      }
    }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("stem", &stem)
    try visitor.modules("blocks", &blocks)
  }

  public var blockCount: Int { blocks.count }

  /// The run of a block and its number in it, as timm counts.
  static func place(ofBlock block: Int) -> (run: Int, index: Int)? {
    var first = 0
    for (run, group) in groups.enumerated() {
      if block >= first, block < first + group.blocks { return (run, block - first) }
      first += group.blocks
    }
    return nil
  }

  public func callAsFunction(
    _ image: Tensor, onBlock: () throws(ModelError) -> Void
  ) throws(ModelError) -> [Tensor] {
    var x = stem(image, activation: .relu6)
    var outputs: [Tensor] = []
    for (index, block) in blocks.enumerated() {
      x = savesMemory ? block.checkpointed(x) { block, x in block(x) } : block(x)
      if Self.outputBlocks.contains(index) { outputs.append(x) }
      try onBlock()
    }
    return outputs
  }
}

/// Expansion, depthwise convolution, projection; the input is added where size and channels stay (MobileNetV2).
public struct InvertedResidual: Module {
  /// Absent where nothing is expanded.
  public var expand: Convolution?
  public var depthwise: Convolution
  public var project: Convolution
  public let hasResidual: Bool

  init(inputs: Int, outputs: Int, kernel: Int, stride: Int, expansion: Int) {
    let middle = inputs * expansion
    if expansion != 1 { expand = Convolution(inputs: inputs, outputs: middle, kernel: 1, padding: .symmetric(0)) }
    depthwise = Convolution(
      inputs: middle, outputs: middle, kernel: kernel, stride: stride, padding: .same, isDepthwise: true)
    project = Convolution(inputs: middle, outputs: outputs, kernel: 1, padding: .symmetric(0))
    hasResidual = stride == 1 && inputs == outputs
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    if var expand {
      try visitor.module("expand", &expand)
      self.expand = expand
    }
    try visitor.module("depthwise", &depthwise)
    try visitor.module("project", &project)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let expanded = expand?(x, activation: .relu6) ?? x
    return project(depthwise(expanded, activation: .relu6), residual: hasResidual ? x : nil)
  }
}
