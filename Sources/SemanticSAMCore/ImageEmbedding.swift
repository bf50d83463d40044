import TensorKernels

/// What the network knows of an image before any prompt: made once by `SemanticSAM.encode`, asked as often as wanted.
public struct ImageEmbedding: Sendable {
  /// Of the original image, in pixels.
  public let imageWidth: Int
  public let imageHeight: Int
  /// Of the image as the network saw it.
  public let inputSize: InputSize
  /// The backbone's maps of stride 16 and 32, from which names are pooled.
  let res4: Tensor
  let res5: Tensor
  let features: PixelDecoder.Output
  /// What the decoder and the refiner compute of the image alone.
  let memory: DecoderMemory
  let refinerMaps: [Tensor]
  /// The network and the weights that made this.
  let configuration: Configuration
  let checkpoint: Checkpoint

  init(
    imageWidth: Int, imageHeight: Int, inputSize: InputSize, res4: Tensor, res5: Tensor, features: PixelDecoder.Output,
    network: Network, configuration: Configuration, checkpoint: Checkpoint
  ) {
    self.imageWidth = imageWidth
    self.imageHeight = imageHeight
    self.inputSize = inputSize
    self.res4 = res4
    self.res5 = res5
    self.features = features
    self.configuration = configuration
    self.checkpoint = checkpoint
    memory = network.maskDecoder.memory(of: features)
    refinerMaps = network.refiner?.reducedMaps(of: features) ?? []
  }

  private static let format = "semantic-sam-embedding-1"
  private static let names = ["res4", "res5", "tokens", "fused_map", "mask_features"]

  /// Writes the embedding as safetensors (f32), beside and renamed; `SemanticSAM.embedding(contentsOf:)` reads it.
  /// - Throws: `unreadableFile` where the file cannot be written.
  public func write(to path: String) throws(ModelError) {
    let sizes = [imageWidth, imageHeight, inputSize.width, inputSize.height]
    var writer = SafetensorsWriter(metadata: [
      "format": Self.format, "checkpoint": checkpoint.checksum, "configuration": try configuration.json(),
      "sizes": sizes.map(String.init).joined(separator: " "),
    ])
    let tensors = [res4, res5, features.tokens, features.fusedMap, features.maskFeatures]
    for (name, tensor) in zip(Self.names, tensors) { try writer.add(name, tensor) }
    try writer.write(to: path)
  }

  /// Reads what `write(to:)` wrote, for the model that made it.
  init(
    contentsOf path: String, network: Network, configuration: Configuration, checkpoint: Checkpoint
  ) throws(ModelError) {
    let file = try Safetensors(contentsOf: path)
    let sizes = (file.metadata["sizes"] ?? "").split(separator: " ").compactMap { Int($0) }
    let tensors = Self.names.compactMap { file.tensor($0) }
    guard file.metadata["format"] == Self.format, sizes.count == 4, tensors.count == Self.names.count else {
      throw ModelError(
        .malformedFile, "'\(path)' is not an embedding of an image; give a file that ImageEmbedding.write wrote.")
    }
    // Files of version 0.1 have no configuration: it was always that of the weights.
    let json = try configuration.json()
    guard file.metadata["checkpoint"] == checkpoint.checksum, file.metadata["configuration"] ?? json == json else {
      throw ModelError(
        .mismatchedParameters,
        "The embedding '\(path)' was made by other weights or for another network; encode the image again or load those "
          + "weights.")
    }
    guard sizes.allSatisfy({ (1...1 << 24).contains($0) }), sizes[2] <= 1 << 14, sizes[3] <= 1 << 14 else {
      throw ModelError(.malformedFile, "The embedding '\(path)' has impossible sizes \(sizes); encode the image again.")
    }
    // Masks are drawn at the size of the image, so it must be one that a mask can have.
    _ = try RunLengths.checkedPixelCount(height: sizes[1], width: sizes[0])
    let input = InputSize(
      width: sizes[2], height: sizes[3], divisibility: configuration.image.sizeDivisibility)
    let levels = [4, 8, 16, 32, 64].suffix(configuration.pixelDecoder.levels).map { stride in
      LevelShape(
        height: (input.paddedHeight + stride - 1) / stride, width: (input.paddedWidth + stride - 1) / stride)
    }
    let channels = configuration.pixelDecoder.channels
    func map(_ stride: Int, _ channels: Int) -> [Int] {
      [input.paddedHeight / stride, input.paddedWidth / stride, channels]
    }
    let expected = [
      map(16, configuration.backbone.channels[2]), map(32, configuration.backbone.channels[3]),
      [levels.reduce(0) { $0 + $1.height * $1.width }, channels], map(4, channels),
      map(4, configuration.pixelDecoder.maskChannels),
    ]
    guard tensors.map(\.shape) == expected else {
      throw ModelError(
        .malformedFile, "The embedding '\(path)' holds maps of other sizes than it says; encode the image again.")
    }
    self.init(
      imageWidth: sizes[0], imageHeight: sizes[1], inputSize: input, res4: tensors[0], res5: tensors[1],
      features: PixelDecoder.Output(
        tokens: tensors[2], levels: levels, fusedMap: tensors[3], maskFeatures: tensors[4]),
      network: network, configuration: configuration, checkpoint: checkpoint)
  }
}
