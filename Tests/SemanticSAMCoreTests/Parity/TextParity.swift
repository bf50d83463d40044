import Foundation

@testable import SemanticSAMCore
@testable import SemanticSAMText

/// Checks of text encoders. Bounds: ten times the largest absolute error of the reference's own f32 run, as the goldens'
/// documentation tables them.
enum TextParity {
  /// The text transformer of the published checkpoints, with weights by rule.
  static func transformer(_ golden: Golden, _ report: inout GoldenReport) throws {
    struct Sizes: Decodable {
      var contextLength: Int
      var vocabSize: Int
      var width: Int
      var heads: Int
      var layers: Int
      var dimProj: Int
    }
    let sizes = try decoded(Sizes.self, golden, "config")
    var network = TextTransformer(
      TextTransformer.Sizes(
        vocabulary: sizes.vocabSize, context: sizes.contextLength, channels: sizes.width, layers: sizes.layers,
        heads: sizes.heads, projection: sizes.dimProj))
    var filler = FixtureWeights(path: ParameterPath(prefix: "sem_seg_head.predictor.lang_encoder"))
    try network.visit(&filler)
    try network.packWeights()
    try report.compareAbsolute("logit_scale", network.logitScale.values) { _ in 1e-6 }

    let isTiny = sizes.width < 512
    let tokens = try golden.rows("tokens").map { $0.map(Int.init) }
    let ends = tokens.map { ids in ids.firstIndex(of: ids.max() ?? 0) ?? 0 }
    try report.compareExactly("pooled_position", ends.map(Double.init))
    report.used("tokens")

    // All positions of the first texts, those behind the end too.
    let name = isTiny ? "block_outputs" : "block_outputs_pooled"
    let count = try golden.shape(name)[1]
    var blocks: [Float] = []
    let states = try network.states(tokens[..<count].flatMap(\.self), tokens: sizes.contextLength) { output in
      for text in 0..<count {
        let rows = output.rows(text * sizes.contextLength..<(text + 1) * sizes.contextLength)
        blocks += isTiny ? rows.values : rows.gathered(rows: [ends[text]]).values
      }
    }
    try report.compareAbsolute(name, blocks) { _ in isTiny ? 2.6e-5 : 7.7e-5 }
    if isTiny { try report.compareAbsolute("last_hidden", states.values) { _ in 2.6e-5 } }

    let all = try network.states(tokens.flatMap(\.self), tokens: sizes.contextLength)
    let pooled = all.gathered(rows: ends.enumerated().map { $0 * sizes.contextLength + $1 })
    try report.compareAbsolute("projected", network.projected(pooled).values) { _ in 2.4e-5 }
    let bound = isTiny ? 2.0e-6 : 9.8e-7
    try report.compareAbsolute(
      "embedding", try CLIPTextEncoder.embeddings(of: tokens, network: network).values
    ) { _ in bound }

    let templates = try golden.rows("template_tokens_class0").map { $0.map(Int.init) }
    report.used("template_tokens_class0")
    let sentences = try CLIPTextEncoder.embeddings(of: templates, network: network)
    if isTiny { try report.compareAbsolute("template_embedding_class0", sentences.values) { _ in bound } }
    let classes = try decoded([String].self, golden, "class_names")
    guard let merges = SharedData.folder.map({ $0 + "/text/bpe_simple_vocab_16e6.txt.gz" }) else {
      report.used("class_embedding")
      return
    }
    let tokenizer = try BytePairTokenizer(merges: merges)
    let sentenceTokens = PromptTemplates.sentences(about: classes[0]).map { sentence in
      let ids = tokenizer.encode(sentence, limit: sizes.contextLength)
      return ids + Array(repeating: tokenizer.end, count: sizes.contextLength - ids.count)
    }
    if sentenceTokens != templates { throw GoldenFailure("the sentences about '\(classes[0])' have other tokens") }
    let texts = try decoded([String].self, golden, "texts")
    for (text, ids) in zip(texts, tokens) {
      let own = tokenizer.encode(text, limit: sizes.contextLength)
      if own != Array(ids.prefix(own.count)) { throw GoldenFailure("'\(text)' has other tokens") }
    }
    // The last row of the small file is a sentence, not a class.
    var embeddings = try CLIPTextEncoder.classEmbeddings(
      of: classes, tokenizer: tokenizer, context: sizes.contextLength, network: network
    ).values
    if try golden.shape("class_embedding")[0] > classes.count {
      embeddings += try CLIPTextEncoder.embeddings(
        of: [tokenizer.encode("A background in coco.", limit: sizes.contextLength)], network: network
      ).values
    }
    try report.compareAbsolute("class_embedding", embeddings) { _ in isTiny ? 1.2e-6 : 4.5e-7 }
  }

  /// BERT with weights by rule, or MiniLM with those in the folder that SEMANTIC_SAM_MINILM names.
  static func sentences(_ golden: Golden, _ report: inout GoldenReport) throws {
    let tokens = try golden.rows("tokens").map { $0.map(Int.init) }
    if golden.file.metadata["config"] == nil {
      guard let folder = ProcessInfo.processInfo.environment["SEMANTIC_SAM_MINILM"] else {
        print("golden \(golden.name): skipped, SEMANTIC_SAM_MINILM does not name the folder of MiniLM's weights")
        report.used("tokens", "lengths", "embedding", "similarity", "hidden_states_one")
        return
      }
      let encoder = try SentenceEncoder(folder: folder)
      let texts = try decoded([String].self, golden, "texts")
      let embeddings = try encoder.embeddings(of: texts)
      let bound = 1.4e-6
      try report.compareAbsolute("embedding", embeddings.values) { _ in bound }
      var weights = Weights(shape: embeddings.shape)
      weights.values = embeddings
      try report.compareAbsolute("similarity", embeddings.linear(weights).values) { _ in 6.0e-6 }
      let lengths = try golden.doubles("lengths").map { Int($0) }
      report.used("tokens", "lengths")
      let one = Int(golden.file.metadata["hidden_states_of"] ?? "0") ?? 0
      var states: [Float] = []
      _ = try encoder.network(Array(tokens[one].prefix(lengths[one])), tokens: lengths[one]) { states += $0.values }
      try report.compareAbsolute("hidden_states_one", states) { _ in 1.8e-5 }
      return
    }
    struct Sizes: Decodable {
      var vocabSize: Int
      var hidden: Int
      var layers: Int
      var heads: Int
      var intermediate: Int
      var maxPositions: Int
      var layerNormEps: Float
    }
    let sizes = try decoded(Sizes.self, golden, "config")
    var network = BERT(
      BERT.Sizes(
        vocabulary: sizes.vocabSize, channels: sizes.hidden, layers: sizes.layers, heads: sizes.heads,
        feedForward: sizes.intermediate, positions: sizes.maxPositions, tokenTypes: 2, epsilon: sizes.layerNormEps))
    var filler = FixtureWeights()
    try network.visit(&filler)
    try network.packWeights()
    let mask = try golden.rows("attention_mask")
    let lengths = mask.map { Int($0.reduce(0, +)) }
    let real = zip(tokens, lengths).map { Array($0.prefix($1)) }
    report.used("tokens", "attention_mask")
    let embeddings = try SentenceEncoder.embeddings(of: real, network: network)
    try report.compareAbsolute("embedding", embeddings.values) { _ in 8.6e-7 }

    // Only real tokens have states: what the padding's would be changes nothing.
    let width = tokens[0].count
    let expected = try golden.doubles("last_hidden")
    for (text, ids) in real.enumerated() {
      let states = try network(ids, tokens: ids.count).values
      let start = text * width * sizes.hidden
      for (index, value) in states.enumerated() where !(abs(Double(value) - expected[start + index]) <= 9e-6) {
        throw GoldenFailure("\(golden.name): last_hidden[\(text)] has \(value) instead of \(expected[start + index])")
      }
    }
    report.used("last_hidden")
    let first = try golden.doubles("hidden_states_0")
    var layer = 0
    _ = try network(real[0], tokens: real[0].count) { (states) throws(ModelError) in
      let start = layer * width * sizes.hidden
      for (index, value) in states.values.enumerated() where !(abs(Double(value) - first[start + index]) <= 9e-6) {
        throw ModelError(.invalidArgument, "Layer \(layer) has \(value) instead of \(first[start + index]).")
      }
      layer += 1
    }
    report.used("hidden_states_0")
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ golden: Golden, _ key: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data((golden.file.metadata[key] ?? "").utf8))
  }
}
