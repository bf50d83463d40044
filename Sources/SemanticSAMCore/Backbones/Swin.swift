import TensorKernels

/// Swin Transformer (Liu et al., 2021) for maps of any size (reference: detectron2's `D2SwinTransformer`).
public struct Swin: Backbone {
  public var patchEmbedding: PatchEmbedding
  public var stages: [SwinStage]
  /// Of the outputs of the stages.
  public var norms: [LayerNorm]
  /// How training changes the way through the blocks.
  var training = SwinTraining()

  /// The sizes of a Swin, as its configuration has them.
  public struct Sizes: Hashable, Sendable {
    /// Channels of the first stage; each further stage has twice as many.
    public var channels: Int
    /// Blocks of each stage.
    public var depths: [Int]
    /// Heads of each stage.
    public var heads: [Int]
    /// The side of a window, in cells.
    public var window: Int
    /// The hidden size of a block's perceptron, in channels of its stage.
    public var expansion: Int

    /// Channels of each stage.
    var stageChannels: [Int] { depths.indices.map { channels << $0 } }

    /// Whether a network can be built from the sizes.
    var isBuildable: Bool {
      (1...1024).contains(channels) && depths.count == 4 && heads.count == 4
        && depths.allSatisfy { (1...64).contains($0) } && (2...32).contains(window) && (1...16).contains(expansion)
        && zip(stageChannels, heads).allSatisfy { (1...1024).contains($1) && $0 % $1 == 0 }
    }
  }

  public init(_ sizes: Sizes) {
    patchEmbedding = PatchEmbedding(channels: sizes.channels)
    stages = sizes.depths.indices.map { SwinStage(sizes, index: $0) }
    norms = sizes.stageChannels.map { LayerNorm(channels: $0) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("patch_embed", &patchEmbedding)
    try visitor.modules("layers", &stages)
    for index in norms.indices { try visitor.module("norm\(index)", &norms[index]) }
  }

  public var blockCount: Int { stages.reduce(0) { $0 + $1.blocks.count } }

  public func callAsFunction(
    _ image: Tensor, onBlock: () throws(ModelError) -> Void
  ) throws(ModelError) -> [Tensor] {
    var x = patchEmbedding(image)
    var outputs: [Tensor] = []
    var number = 0
    for (stage, norm) in zip(stages, norms) {
      for block in stage.blocks {
        let scales = training.branchScales.isEmpty ? nil : training.branchScales[number]
        x =
          training.savesMemory
          ? block.checkpointed(x) { block, x in block(x, branchScales: scales) } : block(x, branchScales: scales)
        number += 1
        try onBlock()
      }
      outputs.append(norm(x))
      if let merging = stage.merging { x = merging(x) }
    }
    return outputs
  }
}

/// What training asks of a Swin beside its output.
struct SwinTraining: Sendable {
  /// For each block the factors of its two branches; empty: all are 1.
  var branchScales: [SIMD2<Float>] = []
  /// Whether blocks are computed once more on the way back instead of keeping what lies inside them.
  var savesMemory = false

  init() {}

  /// Stochastic depth (Huang et al., 2016): a branch is left out with a probability that rises linearly from 0 at the first
  /// block to `dropPath` at the last, and is otherwise divided by the probability that it stays.
  init(
    blocks: Int, dropPath: Float, savesMemory: Bool, using generator: inout some RandomNumberGenerator
  ) {
    self.savesMemory = savesMemory
    guard dropPath > 0 else { return }
    branchScales = (0..<blocks).map { block in
      let stays = 1 - Double(dropPath) * Double(block) / Double(max(blocks - 1, 1))
      func scale() -> Float { generator.uniform() < stays ? Float(1 / stays) : 0 }
      let attention = scale()
      return SIMD2(attention, scale())
    }
  }
}

/// Squares of 4 x 4 pixels to tokens.
public struct PatchEmbedding: Module {
  public var projection: Convolution
  public var norm: LayerNorm

  init(channels: Int) {
    projection = Convolution(inputs: 3, outputs: channels, kernel: 4, stride: 4, padding: .symmetric(0))
    norm = LayerNorm(channels: channels)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("proj", &projection)
    try visitor.module("norm", &norm)
  }

  public func callAsFunction(_ image: Tensor) -> Tensor {
    norm(projection(image))
  }
}

/// Blocks at one size, and the step to the next.
public struct SwinStage: Module {
  public var blocks: [SwinBlock]
  /// Absent in the last stage.
  public var merging: PatchMerging?

  init(_ sizes: Swin.Sizes, index: Int) {
    let channels = sizes.stageChannels[index]
    blocks = (0..<sizes.depths[index]).map { block in
      SwinBlock(
        channels: channels, heads: sizes.heads[index], window: sizes.window,
        shift: block % 2 == 0 ? 0 : sizes.window / 2, hidden: channels * sizes.expansion)
    }
    if index + 1 < sizes.depths.count { merging = PatchMerging(channels: channels) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.modules("blocks", &blocks)
    if var merging {
      try visitor.module("downsample", &merging)
      self.merging = merging
    }
  }
}

/// Window attention and a perceptron, each on normed input and added to what came in.
public struct SwinBlock: Module {
  public var norm1: LayerNorm
  public var attention: WindowAttention
  public var norm2: LayerNorm
  public var expand: Linear
  public var contract: Linear

  init(channels: Int, heads: Int, window: Int, shift: Int, hidden: Int) {
    norm1 = LayerNorm(channels: channels)
    attention = WindowAttention(channels: channels, heads: heads, window: window, shift: shift)
    norm2 = LayerNorm(channels: channels)
    expand = Linear(inputs: channels, outputs: hidden)
    contract = Linear(inputs: hidden, outputs: channels)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("norm1", &norm1)
    try visitor.module("attn", &attention)
    try visitor.module("norm2", &norm2)
    try visitor.module("mlp.fc1", &expand)
    try visitor.module("mlp.fc2", &contract)
  }

  /// - Parameters:
  ///   - x: `[H, W, C]`.
  ///   - branchScales: what the attention's and the perceptron's branch are multiplied by before they are added, in training
  ///     with stochastic depth; a branch times 0 is left out.
  public func callAsFunction(_ x: Tensor, branchScales: SIMD2<Float>? = nil) -> Tensor {
    guard let branchScales else {
      let attended = attention(norm1(x), residual: x)
      return norm2(attended).feedForward(expand, contract, activation: .gelu, residual: attended)
    }
    var x = x
    if branchScales.x > 0 { x = x + attention(norm1(x)).scaled(by: branchScales.x) }
    if branchScales.y > 0 { x = x + contract(expand(norm2(x), activation: .gelu)).scaled(by: branchScales.y) }
    return x
  }
}

/// Squares of 2 x 2 tokens to one of twice the channels.
public struct PatchMerging: Module {
  public var norm: LayerNorm
  /// `[2 * C, 4 * C]`.
  public var reduction: Weights

  init(channels: Int) {
    norm = LayerNorm(channels: 4 * channels)
    reduction = Weights(shape: [2 * channels, 4 * channels])
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("reduction.weight", &reduction)
    try visitor.module("norm", &norm)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    norm(x.squaresMerged()).linear(reduction)
  }
}

extension Tensor {
  /// Each square of 2 x 2 cells of a map `[H, W, C]` side by side, `[ceil(H/2), ceil(W/2), 4 * C]`, in the order (row,
  /// column) = (0, 0), (1, 0), (0, 1), (1, 1); zeros beyond odd edges.
  func squaresMerged() -> Tensor {
    let (height, width) = (shape[0], shape[1])
    var output = Tensor(uninitialized: [(height + 1) / 2, (width + 1) / 2, 4 * channels])
    var target = output.mutableAddress
    withExtendedLifetime(self) {
      for y in stride(from: 0, to: height, by: 2) {
        for x in stride(from: 0, to: width, by: 2) {
          for (row, column) in [(y, x), (y + 1, x), (y, x + 1), (y + 1, x + 1)] {
            if row < height, column < width {
              target.update(from: address + (row * width + column) * channels, count: channels)
            } else {
              target.update(repeating: 0, count: channels)
            }
            target += channels
          }
        }
      }
    }
    return output.recorded(from: [self]) { [shape] gradient in [gradient.squaresSplit(shape)] }
  }

  /// The map of `shape` `[H, W, C]` from which `squaresMerged` makes this one; what lies beyond odd edges is dropped.
  private func squaresSplit(_ shape: [Int]) -> Tensor {
    let (height, width, channels) = (shape[0], shape[1], shape[2])
    var output = Tensor(uninitialized: shape)
    let target = output.mutableAddress
    withExtendedLifetime(self) {
      var source = address
      for y in stride(from: 0, to: height, by: 2) {
        for x in stride(from: 0, to: width, by: 2) {
          for (row, column) in [(y, x), (y + 1, x), (y, x + 1), (y + 1, x + 1)] {
            if row < height, column < width {
              (target + (row * width + column) * channels).update(from: source, count: channels)
            }
            source += channels
          }
        }
      }
    }
    return output
  }
}
