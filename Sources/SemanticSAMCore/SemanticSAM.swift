import TensorKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A loaded model that segments whatever is clicked, at six granularities, and names it.
///
/// Immutable and thread-safe: share one instance between tasks. Results are the same bits with any number of threads and
/// with any company of other prompts.
///
/// ```swift
/// let model = try SemanticSAM.load(.default)
/// let image = try Image(contentsOf: "photograph.jpg")
/// for candidate in try model.segment(image: image, prompt: .point(320, 240)) {
///   print(candidate.granularity, candidate.predictedIoU, candidate.area)
/// }
/// ```
public final class SemanticSAM: Sendable {
  public let configuration: Configuration
  /// How the checkpoint is called: its path, or "default".
  public let name: String
  /// The file that the weights came from: metadata, checksum, tensors.
  public let checkpoint: Checkpoint
  /// The number of the network's parameters, vocabularies included.
  public let parameterCount: Int
  /// The names that came with the weights; `nil` where they name nothing.
  public let vocabulary: Vocabulary?
  /// The names that two-stage queries were trained with, where the checkpoint holds them: what is looked for without a
  /// vocabulary.
  public let trainedVocabulary: Vocabulary?
  /// In what the products are computed.
  public let precision: Precision
  /// Its weights are there in the kernels' layout only.
  let network: Network

  private init(
    configuration: Configuration, name: String, checkpoint: Checkpoint, network: Network, vocabulary: Vocabulary?,
    trainedVocabulary: Vocabulary?, precision: Precision
  ) {
    self.configuration = configuration
    self.name = name
    self.checkpoint = checkpoint
    self.network = network
    self.vocabulary = vocabulary
    self.trainedVocabulary = trainedVocabulary
    self.precision = precision
    parameterCount = network.parameterCount
  }

  /// Loads weights. `.default`, of the module SemanticSAMDefaultModel, needs no file and no network.
  /// - Parameters:
  ///   - configuration: the network, for a file that does not say it and is none of the published checkpoints, which
  ///     are recognised. It goes before what a file says.
  ///   - precision: in what weights are kept and products computed: `.float32`; `.bfloat16`, with half the memory of weights
  ///     and answers that differ a little (Docs/Performance.md); `.automatic`, the faster of the two on this processor.
  /// - Throws: `unreadableFile`, `malformedFile`, `unsupported`, `invalidConfiguration`, `mismatchedParameters`.
  public static func load(
    _ source: ModelSource, configuration: Configuration? = nil, precision: Precision = .float32
  ) throws(ModelError) -> SemanticSAM {
    let file = try source.open()
    let configuration = if let configuration { configuration } else { try stated(by: file) }
    let objectNames = try names(of: "object", in: file.metadata, name: file.name)
    let partNames = try names(of: "part", in: file.metadata, name: file.name)
    var network = try network(
      configuration, objectCount: objectNames.count, partCount: partNames.count, from: file, readsTensors: true)
    try network.packWeights(precision, dropsValues: true)
    var vocabulary: Vocabulary?
    if let names = network.names {
      vocabulary = Vocabulary(
        objects: try Vocabulary.Table(names: objectNames, embeddings: names.objects.vocabulary),
        parts: try Vocabulary.Table(names: partNames, embeddings: names.parts.vocabulary))
    }
    return SemanticSAM(
      configuration: configuration, name: source.name, checkpoint: file, network: network, vocabulary: vocabulary,
      trainedVocabulary: try Vocabulary(json: file.metadata["vocabulary"], name: file.name) { file.tensor($0) },
      precision: precision)
  }

  /// The network with the numbers of its checkpoint, to be trained.
  func trainableNetwork() throws(ModelError) -> Network {
    try Self.network(
      configuration, objectCount: try Self.names(of: "object", in: checkpoint.metadata, name: checkpoint.name).count,
      partCount: try Self.names(of: "part", in: checkpoint.metadata, name: checkpoint.name).count, from: checkpoint,
      readsTensors: true)
  }

  /// The configuration of the network that a file fits, without reading its tensors.
  /// - Throws: as `load`.
  static func configuration(
    _ configuration: Configuration?, fitting file: Checkpoint
  ) throws(ModelError) -> Configuration {
    let configuration = if let configuration { configuration } else { try stated(by: file) }
    _ = try network(
      configuration, objectCount: try names(of: "object", in: file.metadata, name: file.name).count,
      partCount: try names(of: "part", in: file.metadata, name: file.name).count, from: file, readsTensors: false)
    return configuration
  }

  /// A network that a file fits, with the file's tensors or with arbitrary ones.
  private static func network(
    _ configuration: Configuration, objectCount: Int, partCount: Int, from file: Checkpoint, readsTensors: Bool
  ) throws(ModelError) -> Network {
    try configuration.validate()
    try check(configuration, names: objectCount + partCount, fits: file)
    var network = Network(configuration, objectCount: objectCount, partCount: partCount)
    var loader = ParameterLoader(file, readsTensors: readsTensors)
    try network.visit(&loader)
    try loader.finish(configuration: configuration.model) {
      $0.hasPrefix(headPrefix) || $0.hasPrefix(Vocabulary.keyPrefix) || PublishedKeys.isOfTextEncoder($0)
    }
    return network
  }

  /// The configuration in a file's metadata, or of the published network that it holds.
  private static func stated(by file: Checkpoint) throws(ModelError) -> Configuration {
    guard let json = file.metadata["configuration"] else {
      if let published = Configuration.published(in: file) { return published }
      throw ModelError(
        .invalidConfiguration,
        "\(file.name) does not say which network it belongs to (no 'configuration' in its metadata); name one (tiny, "
          + "swinT, swinL, openseedSwinT or openseedSwinLDecoupled), or use a checkpoint made for this library.")
    }
    return try Configuration(json: json)
  }

  /// Refuses a configuration of a network that is large and that the file cannot fill, before it is built. A small one is
  /// built, so that its error names the parameters.
  private static func check(
    _ configuration: Configuration, names: Int, fits file: Checkpoint
  ) throws(ModelError) {
    let harmless = 1 << 25
    let needed = configuration.leastParameterCount(names: names)
    // Views of a PyTorch checkpoint may share numbers, but it has no more than bytes.
    let stored = min(file.entries.values.reduce(0) { $0 + $1.count }, file.source.bytes.count)
    guard needed <= max(harmless, stored) else {
      throw ModelError(
        .mismatchedParameters,
        "\(file.name) does not fit the network \(ModelError.quoted(configuration.model)) (it holds \(stored) numbers, the "
          + "network has more than \(needed)); use a checkpoint of that configuration.")
    }
  }

  /// The names of a kind, from the metadata `object_names` or `part_names`: a JSON list.
  static func names(
    of kind: String, in metadata: [String: String], name: String
  ) throws(ModelError) -> [String] {
    guard let json = metadata["\(kind)_names"] else { return [] }
    guard let names = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) else {
      throw ModelError(
        .invalidConfiguration, "The '\(kind)_names' of \(name) are not a JSON list of names; get a complete copy.")
    }
    return names
  }

  /// Runs backbone and pixel decoder: the slow part, once for an image.
  /// - Parameters:
  ///   - longEdgeLimit: where the checkpoint's size rule would make the long edge longer, it becomes this many pixels.
  ///   - progress: called after each block.
  /// - Throws: `cancelled`; `invalidArgument` for a limit below 32; `limitExceeded` for a picture so long and thin that the
  ///   size rule makes it too large.
  public func encode(
    _ image: Image, longEdgeLimit: Int? = nil, progress: ProgressHandler? = nil
  ) throws(ModelError) -> ImageEmbedding {
    let size = try SizeRule(configuration.image, longEdgeLimit: longEdgeLimit)
      .affordableSize(width: image.width, height: image.height)
    return try encode(
      try image.resized(width: size.width, height: size.height), imageWidth: image.width, imageHeight: image.height,
      progress: progress)
  }

  /// Encodes pixels as they are, as the network's input for an image of the given size.
  package func encode(
    _ input: Image, imageWidth: Int, imageHeight: Int, progress: ProgressHandler? = nil
  ) throws(ModelError) -> ImageEmbedding {
    let rule = configuration.image
    let size = InputSize(width: input.width, height: input.height, divisibility: rule.sizeDivisibility)
    var steps = StepProgress(
      total: network.backbone.blockCount + network.pixelDecoder.layers.count, handler: progress)
    let pixels = input.normalized(rule, size: size)
    let pyramid = try network.backbone(pixels) { () throws(ModelError) in try steps.advance() }
    let features = try network.pixelDecoder(pyramid) { (_) throws(ModelError) in try steps.advance() }
    return ImageEmbedding(
      imageWidth: imageWidth, imageHeight: imageHeight, inputSize: size, res4: pyramid[2], res5: pyramid[3],
      features: features, network: network, configuration: configuration, checkpoint: checkpoint)
  }

  /// Reads an embedding that `ImageEmbedding.write(to:)` wrote.
  /// - Throws: `mismatchedParameters` where other weights made it; `unreadableFile`, `malformedFile`.
  public func embedding(contentsOf path: String) throws(ModelError) -> ImageEmbedding {
    try ImageEmbedding(contentsOf: path, network: network, configuration: configuration, checkpoint: checkpoint)
  }

  /// Refuses an embedding that other weights made, or the same ones as another network.
  func check(_ embedding: ImageEmbedding) throws(ModelError) {
    guard
      embedding.configuration == configuration,
      embedding.checkpoint.isSameFile(as: checkpoint) || embedding.checkpoint.checksum == checkpoint.checksum
    else {
      throw ModelError(
        .invalidArgument,
        "The embedding was made by other weights than '\(name)' or for another network; encode the image with this "
          + "model.")
    }
  }
}
