import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The text encoder of checkpoints of the published family (OpenSeeD): byte-pair tokens, a causal transformer, the state at
/// the first end token, projected and brought to unit length.
///
/// A class is the normalised mean of the embeddings of 81 sentences about it. Its vectors belong to the image model of the
/// same checkpoint: they cannot be exchanged for those of another encoder.
public struct CLIPTextEncoder: TextEncoder {
  let network: TextTransformer
  let sizes: TextTransformer.Sizes
  private let tokenizer: BytePairTokenizer
  private let checkpoint: Checkpoint

  /// Added to norms (reference: `x / (norm + 1e-7)`).
  static let addend: Float = 1e-7
  /// Tokens that are encoded together, which bounds the memory.
  private static let tokensPerBatch = 4096
  /// Channels of a head: 64 in the published networks.
  private static let headSize = 64

  /// Takes the text encoder out of a checkpoint.
  /// - Parameters:
  ///   - heads: of the attention; `nil`: one for each 64 channels.
  /// - Throws: `mismatchedParameters` where the checkpoint has none, or its vocabulary is smaller than the tokeniser's.
  public init(checkpoint: Checkpoint, tokenizer: BytePairTokenizer, heads: Int? = nil) throws(ModelError) {
    let key = "lang_encoder.token_embedding.weight"
    guard let prefix = TextWeights.prefix(of: key, in: checkpoint) else {
      throw ModelError(
        .mismatchedParameters,
        "The checkpoint has no text encoder (no key that ends in '\(key)'); use one of OpenSeeD, or a sentence encoder."
      )
    }
    let beginning = prefix.isEmpty ? "" : prefix + "."
    func shape(_ name: String, _ rank: Int) throws(ModelError) -> [Int] {
      guard let shape = checkpoint.entries[beginning + name]?.shape, shape.count == rank, !shape.contains(0) else {
        throw ModelError(
          .mismatchedParameters,
          "The text encoder's '\(beginning)\(name)' is missing or no array of \(rank) dimensions; get a complete copy.")
      }
      return shape
    }
    let table = try shape(key, 2)
    let context = try shape("lang_encoder.positional_embedding", 2)[0]
    let projection = try shape("lang_proj", 2)[1]
    var layers = 0
    while checkpoint.entries["\(beginning)lang_encoder.resblocks.\(layers).ln_1.weight"] != nil { layers += 1 }
    let heads = heads ?? max(table[1] / Self.headSize, 1)
    guard heads > 0, table[1].isMultiple(of: heads), table[1].isMultiple(of: 16), context >= 2,
      table[0] >= tokenizer.vocabularyCount
    else {
      throw ModelError(
        .mismatchedParameters,
        "The text encoder's table is \(table) with \(context) positions, which \(tokenizer.vocabularyCount) tokens and \(heads) "
          + "heads do not fit; take the tokeniser's files of that checkpoint.")
    }
    sizes = TextTransformer.Sizes(
      vocabulary: table[0], context: context, channels: table[1], layers: layers, heads: heads, projection: projection)
    var network = TextTransformer(sizes)
    // A file may write one number as an array of one.
    if checkpoint.entries[beginning + "logit_scale"]?.shape == [1] { network.logitScale = Tensor([1], shape: [1]) }
    try network.load(from: checkpoint, prefix: prefix, name: "text encoder") { _ in true }
    try network.packWeights()
    self.network = network
    self.tokenizer = tokenizer
    self.checkpoint = checkpoint
  }

  /// Opens a folder: weights (`model.safetensors` or `pytorch_model.bin`), and `vocab.json` with `merges.txt` or
  /// `bpe_simple_vocab_16e6.txt.gz`.
  public init(folder: String) throws(ModelError) {
    let tokenizer: BytePairTokenizer
    do throws(ModelError) {
      tokenizer = try BytePairTokenizer(folder: folder)
    } catch  where error.code == .unreadableFile {
      tokenizer = try BytePairTokenizer(merges: folder + "/bpe_simple_vocab_16e6.txt.gz")
    }
    try self.init(checkpoint: try TextWeights.open(folder), tokenizer: tokenizer)
  }

  public var dimension: Int { sizes.projection }
  public var identity: String { "clip \(sizes.heads) \(checkpoint.checksum)" }

  /// What cosines are multiplied with before the sigmoid: `exp(logit_scale)`.
  public var cosineScale: Float { exp(network.logitScale.values.first ?? 1) }

  public func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
    try Self.embeddings(of: texts.map { tokenizer.encode($0, limit: sizes.context) }, network: network)
  }

  public func classEmbeddings(of names: [String]) throws(ModelError) -> Tensor {
    try Self.classEmbeddings(of: names, tokenizer: tokenizer, context: sizes.context, network: network)
  }
}

extension CLIPTextEncoder {
  /// Embeddings of tokenised texts, `[texts, D]`: the state at each one's first end token, which has the largest id. What
  /// follows it is not computed: the network is causal.
  static func embeddings(of texts: [[Int]], network: TextTransformer) throws(ModelError) -> Tensor {
    let texts = texts.map { ids in Array(ids.prefix((ids.indices.first { ids[$0] == ids.max() } ?? 0) + 1)) }
    let ends = try TextBatches(texts, tokensPerBatch: tokensPerBatch).map { (batch) throws(ModelError) in
      try network.states(batch.ids, tokens: batch.tokens)
        .gathered(rows: batch.texts.indices.map { ($0 + 1) * batch.tokens - 1 })
    }
    guard let ends else { return Tensor(repeating: 0, shape: [0, network.projection.shape[1]]) }
    return network.projected(ends).normalizedRows(addend: addend)
  }

  /// The normalised means of the sentences about each class, `[names, D]`.
  static func classEmbeddings(
    of names: [String], tokenizer: BytePairTokenizer, context: Int, network: TextTransformer
  ) throws(ModelError) -> Tensor {
    var means: [Tensor] = []
    for name in names {
      let sentences = PromptTemplates.sentences(about: name).map { tokenizer.encode($0, limit: context) }
      let embeddings = try embeddings(of: sentences, network: network)
      let size = embeddings.shape[1]
      var mean = [Float](repeating: 0, count: size)
      embeddings.withUnsafeBufferPointer { values in
        for index in values.indices { mean[index % size] += values[index] }
      }
      means.append(Tensor(mean.map { $0 / Float(sentences.count) }, shape: [1, size]))
    }
    guard !means.isEmpty else { return Tensor(repeating: 0, shape: [0, network.projection.shape[1]]) }
    return Tensor.concatenated(means).normalizedRows()
  }
}
