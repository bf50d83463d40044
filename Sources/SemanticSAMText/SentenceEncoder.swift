import Foundation
import SemanticSAMCore

/// Sentence embeddings by BERT: the mean of all tokens' last states, brought to unit length (Reimers and Gurevych,
/// "Sentence-BERT", 2019). all-MiniLM-L6-v2, in whose space the built-in weights name masks, is of this kind.
public struct SentenceEncoder: TextEncoder {
  let network: BERT
  let sizes: BERT.Sizes
  private let tokenizer: WordPieceTokenizer
  /// The most tokens of a text.
  private let limit: Int
  private let checkpoint: Checkpoint

  /// Tokens that are encoded together, which bounds the memory.
  private static let tokensPerBatch = 4096

  /// Opens a folder in the layout of Hugging Face: `config.json`, `vocab.txt`, and `model.safetensors` or
  /// `pytorch_model.bin`; `sentence_bert_config.json` may say how many tokens a text may have (else 256).
  /// - Throws: `unreadableFile`, `malformedFile`; `unsupported` for another network than BERT; `mismatchedParameters`.
  public init(folder: String) throws(ModelError) {
    let sizes = try Self.sizes(folder + "/config.json")
    let tokenizer = try WordPieceTokenizer(contentsOf: folder + "/vocab.txt")
    guard tokenizer.vocabularyCount <= sizes.vocabulary + 1 else {
      throw ModelError(
        .malformedFile,
        "'\(folder)/vocab.txt' has \(tokenizer.vocabularyCount) lines, and the network's table \(sizes.vocabulary); take "
          + "both from one model.")
    }
    let checkpoint = try TextWeights.open(folder)
    var network = BERT(sizes)
    let prefix = TextWeights.prefix(of: "embeddings.word_embeddings.weight", in: checkpoint) ?? ""
    let limit = Self.tokenLimit(folder + "/sentence_bert_config.json")
    try TextWeights.check(checkpoint, hold: sizes.vocabulary * sizes.channels, folder: folder)
    try network.load(from: checkpoint, prefix: prefix, name: "BERT") { key in
      key.hasSuffix("embeddings.position_ids") || key.contains("pooler.")
    }
    try network.packWeights()
    self.init(
      network: network, sizes: sizes, tokenizer: tokenizer, limit: min(limit, sizes.positions), checkpoint: checkpoint)
  }

  private init(
    network: BERT, sizes: BERT.Sizes, tokenizer: WordPieceTokenizer, limit: Int, checkpoint: Checkpoint
  ) {
    self.network = network
    self.sizes = sizes
    self.tokenizer = tokenizer
    self.limit = limit
    self.checkpoint = checkpoint
  }

  public var dimension: Int { sizes.channels }
  public var identity: String { "sentence \(limit) \(checkpoint.checksum)" }

  public func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
    try Self.embeddings(of: texts.map { tokenizer.encode($0, limit: limit) }, network: network)
  }

  /// Embeddings of tokenised texts, `[texts, C]`. Texts of equal length go together, so none is padded and no mask is needed.
  static func embeddings(of texts: [[Int]], network: BERT) throws(ModelError) -> Tensor {
    let sums = try TextBatches(texts, tokensPerBatch: tokensPerBatch).map { (batch) throws(ModelError) in
      let states = try network(batch.ids, tokens: batch.tokens)
      let tokens = (0..<batch.tokens).map { token in
        states.gathered(rows: batch.texts.indices.map { $0 * batch.tokens + token })
      }
      return tokens.dropFirst().reduce(tokens[0], +).scaled(by: 1 / Float(batch.tokens))
    }
    guard let sums else { return Tensor(repeating: 0, shape: [0, network.embeddings.words.shape[1]]) }
    return sums.normalizedRows(least: 1e-12)
  }

  private static func sizes(_ path: String) throws(ModelError) -> BERT.Sizes {
    struct Kind: Decodable {
      var modelType: String?
      var hiddenAct: String?
      var positionEmbeddingType: String?
    }
    let data = Data(try FileBytes.read(path, limit: 1 << 20))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let kind = try? decoder.decode(Kind.self, from: data),
      let sizes = try? JSONDecoder().decode(BERT.Sizes.self, from: data)
    else {
      throw ModelError(
        .malformedFile, "'\(path)' does not describe a BERT network; give the folder of a sentence encoder.")
    }
    guard kind.modelType ?? "bert" == "bert", kind.hiddenAct ?? "gelu" == "gelu",
      kind.positionEmbeddingType ?? "absolute" == "absolute"
    else {
      throw ModelError(
        .unsupported,
        "'\(path)' describes a network of the kind \(ModelError.quoted(kind.modelType ?? "bert")) that is not read; give a "
          + "BERT with exact GELU and absolute positions.")
    }
    let numbers = [
      sizes.vocabulary, sizes.channels, sizes.layers, sizes.heads, sizes.feedForward, sizes.positions, sizes.tokenTypes,
    ]
    guard numbers.allSatisfy({ (1...1 << 20).contains($0) }), sizes.layers <= 256, sizes.channels <= 1 << 14,
      sizes.feedForward <= 1 << 16, sizes.positions >= 2, sizes.channels.isMultiple(of: sizes.heads), sizes.epsilon >= 0
    else {
      throw ModelError(.invalidConfiguration, "'\(path)' has impossible sizes \(numbers); get a complete copy.")
    }
    return sizes
  }

  private static func tokenLimit(_ path: String) -> Int {
    struct Settings: Decodable { var maxSeqLength: Int? }
    let bytes = try? FileBytes.read(path, limit: 1 << 20)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let settings = bytes.flatMap { try? decoder.decode(Settings.self, from: Data($0)) }
    return max(settings?.maxSeqLength ?? 256, 2)
  }
}
