import TensorKernels

/// From the backbone's pyramid to tokens of four or five levels and to mask features at stride 4
/// (reference: `OpenSeeDEncoder` / MaskDINO's `MaskDINOEncoder` with one FPN level).
public struct PixelDecoder: Module {
  /// For the last maps of the pyramid (1x1) and once more res5 (3x3, stride 2): a convolution and its GroupNorm. Four levels
  /// begin with res3, five with res2.
  public var inputProjections: [ProjectedLevel]
  /// `[levels, C]`: tells the levels apart.
  public var levelEmbedding: Tensor
  public var layers: [DeformableEncoderLayer]
  /// res2 at the decoder's width.
  public var adapter: NormedConvolution
  public var fusion: NormedConvolution
  public var maskFeatures: Convolution

  init(_ configuration: Configuration.PixelDecoder, backboneChannels: [Int]) {
    let channels = configuration.channels
    let groups = configuration.groupNormGroups
    inputProjections =
      backboneChannels.suffix(configuration.levels - 1).map {
        ProjectedLevel(inputs: $0, outputs: channels, kernel: 1, stride: 1, groups: groups)
      } + [ProjectedLevel(inputs: backboneChannels[3], outputs: channels, kernel: 3, stride: 2, groups: groups)]
    levelEmbedding = Tensor(repeating: 0, shape: [configuration.levels, channels])
    layers = (0..<configuration.layers).map { _ in DeformableEncoderLayer(configuration) }
    adapter = NormedConvolution(inputs: backboneChannels[0], outputs: channels, kernel: 1, groups: groups)
    fusion = NormedConvolution(inputs: channels, outputs: channels, kernel: 3, groups: groups)
    maskFeatures = Convolution(
      inputs: channels, outputs: configuration.maskChannels, kernel: 1, padding: .symmetric(0))
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.modules("input_proj", &inputProjections)
    try visitor.parameter("transformer.level_embed", &levelEmbedding)
    try visitor.modules("transformer.encoder.layers", &layers)
    try visitor.module("adapter_1", &adapter)
    try visitor.module("layer_1", &fusion)
    try visitor.module("mask_features", &maskFeatures)
  }

  /// What the pixel decoder knows of an image.
  public struct Output: Sendable {
    /// `[sum of H*W, C]`: the levels at stride 8, 16, 32, 64 (with five, 4 before them), one after the other.
    public var tokens: Tensor
    public var levels: [LevelShape]
    /// `[H/4, W/4, C]`: the map from which the mask features come.
    public var fusedMap: Tensor
    /// `[H/4, W/4, maskChannels]`.
    public var maskFeatures: Tensor

    /// The tokens of a level as a map `[H, W, C]`.
    func map(level: Int) -> Tensor {
      let start = levels.prefix(level).reduce(0) { $0 + $1.height * $1.width }
      let shape = levels[level]
      return tokens.rows(start..<start + shape.height * shape.width)
        .reshaped(to: [shape.height, shape.width, tokens.channels])
    }
  }

  /// - Parameters:
  ///   - features: res2, res3, res4, res5.
  ///   - savesMemory: whether training computes the layers once more on the way back instead of keeping what lies inside.
  ///   - onLayer: called with the tokens after each encoder layer; what it throws ends the work.
  public func callAsFunction(
    _ features: [Tensor], savesMemory: Bool = false, onLayer: (Tensor) throws(ModelError) -> Void
  ) throws(ModelError) -> Output {
    let projected = projectedLevels(features)
    let levels = projected.map { LevelShape(height: $0.shape[0], width: $0.shape[1]) }
    let channels = levelEmbedding.channels
    var x = Tensor.concatenated(projected.map { $0.reshaped(to: [$0.rowCount, channels]) })
    let position = positions(levels)
    let reference = Tensor.concatenated(levels.map { Tensor.centres(height: $0.height, width: $0.width) })
    for layer in layers {
      x =
        savesMemory
        ? layer.checkpointed(x, position) { layer, x, position in
          layer(x, position: position, levels: levels, reference: reference)
        } : layer(x, position: position, levels: levels, reference: reference)
      try onLayer(x)
    }
    var output = Output(tokens: x, levels: levels, fusedMap: x, maskFeatures: x)
    let lateral = adapter(features[0], activation: .none)
    output.fusedMap = fusion(output.map(level: 0).resized(adding: lateral), activation: .relu)
    output.maskFeatures = maskFeatures(output.fusedMap)
    return output
  }

  /// What is added to the tokens where they ask: sine embedding and level embedding, `[sum of H*W, C]`.
  func positions(_ levels: [LevelShape]) -> Tensor {
    Tensor.concatenated(
      levels.enumerated().map { index, level in
        Tensor.sinePositions(height: level.height, width: level.width, channels: levelEmbedding.channels)
          .adding(row: levelEmbedding.rows(index..<index + 1))
      })
  }

  /// The levels at the decoder's width, before the encoder: maps `[H, W, C]`.
  func projectedLevels(_ features: [Tensor]) -> [Tensor] {
    zip(inputProjections, features.suffix(inputProjections.count - 1) + features.suffix(1)).map { $0($1) }
  }
}

/// A convolution with bias and its GroupNorm, children 0 and 1 (reference: `nn.Sequential`).
public struct ProjectedLevel: Module {
  public var convolution: Convolution
  public var norm: GroupNorm

  init(inputs: Int, outputs: Int, kernel: Int, stride: Int, groups: Int) {
    convolution = Convolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: .symmetric(kernel / 2))
    norm = GroupNorm(channels: outputs, groups: groups)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("0", &convolution)
    try visitor.module("1", &norm)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    norm(convolution(x))
  }
}

/// A convolution without bias and its GroupNorm, child `norm` (reference: detectron2's `Conv2d`).
public struct NormedConvolution: Module {
  public var weight: Weights
  public var norm: GroupNorm

  init(inputs: Int, outputs: Int, kernel: Int, groups: Int) {
    weight = Weights(shape: [outputs, inputs, kernel, kernel])
    norm = GroupNorm(channels: outputs, groups: groups)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("weight", &weight)
    try visitor.module("norm", &norm)
  }

  public func callAsFunction(_ x: Tensor, activation: Activation) -> Tensor {
    norm(x.convolution(weight, padding: .symmetric(weight.shape[2] / 2)), activation: activation)
  }
}
