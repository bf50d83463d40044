import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMText

@Suite struct EncoderTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "cat", "wheel", "##s", "of", "the"]

  /// A folder of a tiny BERT with numbers that differ from each other.
  private func folder(prefix: String = "") throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(Self.words.joined(separator: "\n") + "\n", "vocab.txt")
    try folder.write(
      """
      {"model_type": "bert", "hidden_act": "gelu", "vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 2,
       "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 12, "type_vocab_size": 2,
       "layer_norm_eps": 1e-12}
      """, "config.json")
    var network = BERT(
      BERT.Sizes(
        vocabulary: 10, channels: 8, layers: 2, heads: 2, feedForward: 16, positions: 12, tokenTypes: 2, epsilon: 1e-12)
    )
    var filler = SineFiller()
    try network.visit(&filler)
    var writer = SafetensorsWriter()
    try network.write(to: &writer, prefix: prefix)
    try writer.add((prefix.isEmpty ? "" : prefix + ".") + "pooler.dense.bias", Tensor([1], shape: [1]))
    try writer.write(to: folder.path + "/model.safetensors")
    return folder
  }

  private struct SineFiller: ParameterVisitor {
    var path = ParameterPath()
    mutating func visit(_ weights: inout Weights) { visit(&weights.values) }
    mutating func visit(_ parameter: inout Tensor) {
      let seed = Double(path.key.utf8.reduce(0) { $0 + Int($1) })
      parameter = Tensor(
        (0..<parameter.count).map { Float(sin(seed + 1.7 * Double($0))) / 2 }, shape: parameter.shape)
    }
  }

  @Test func foldersOfSentenceEncodersAreRead() throws {
    for prefix in ["", "bert"] {
      let folder = try folder(prefix: prefix)
      let encoder = try #require(try TextEncoderFiles.open(folder.path) as? SentenceEncoder)
      #expect(encoder.dimension == 8)
      let table = try encoder.embeddings(of: ["dog", "wheels of the cat", "", "dog"])
      #expect(table.shape == [4, 8])
      for row in 0..<4 {
        let length = table.rows(row..<row + 1).values.reduce(0) { $0 + $1 * $1 }
        #expect(abs(length - 1) < 1e-5)
      }
      // A text's embedding does not depend on its company.
      #expect(table.rows(0..<1).values == table.rows(3..<4).values)
      #expect(table.rows(1..<2).values == (try encoder.embeddings(of: ["Wheels of THE cat"])).values)
      #expect(try encoder.classEmbeddings(of: ["dog"]).values == table.rows(0..<1).values)
      #expect(try encoder.embeddings(of: []).shape == [0, 8])
      // Longer texts than the network has positions are cut.
      let long = Array(repeating: "dog", count: 100).joined(separator: " ")
      #expect(try encoder.embeddings(of: [long]).count == 8)
    }
  }

  @Test func folderThatContradictsItselfIsRefused() throws {
    let folder = try folder()
    let config = try String(contentsOfFile: folder.path + "/config.json", encoding: .utf8)
    for (old, new, code) in [
      ("\"vocab_size\": 10", "\"vocab_size\": 1000000", ModelError.Code.mismatchedParameters),
      ("\"vocab_size\": 10", "\"vocab_size\": 4", .malformedFile),
      ("\"hidden_size\": 8", "\"hidden_size\": 0", .invalidConfiguration),
      ("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", .invalidConfiguration),
      ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", .mismatchedParameters),
      ("\"gelu\"", "\"relu\"", .unsupported),
    ] {
      try folder.write(config.replacingOccurrences(of: old, with: new), "config.json")
      expectRefusal(code) { try SentenceEncoder(folder: folder.path) }
    }
  }

  @Test func precomputedEmbeddingsAreFoundByName() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/names.safetensors"
    let table = try PrecomputedEmbeddings(
      names: ["dog", "cat"], embeddings: Tensor([3, 4, 0, 2], shape: [2, 2]), identity: "test")
    try table.write(to: path)
    let read = try TextEncoderFiles.open(path)
    #expect(read.dimension == 2)
    #expect(try read.embeddings(of: ["cat", "dog", "cat"]).values == [0, 1, 0.6, 0.8, 0, 1])
    expectRefusal(.invalidArgument) { try read.embeddings(of: ["horse"]) }
    expectRefusal(.invalidArgument) {
      try PrecomputedEmbeddings(names: ["a"], embeddings: Tensor([0, 0], shape: [1, 2]), identity: "test")
    }
    var writer = SafetensorsWriter(metadata: ["names": "[\"a\"]"])
    try writer.add("embeddings", Tensor([1, 2], shape: [2, 1]))
    try writer.write(to: path)
    expectRefusal(.malformedFile) { try PrecomputedEmbeddings(contentsOf: path) }
  }

  /// Counts how often it is asked.
  private final class CountingEncoder: TextEncoder, @unchecked Sendable {
    let dimension = 2
    let identity: String
    private(set) var calls = 0

    init(_ identity: String) { self.identity = identity }

    func embeddings(of texts: [String]) throws(ModelError) -> Tensor {
      calls += 1
      return Tensor(texts.flatMap { [1, Float($0.count)] }, shape: [texts.count, 2])
    }
  }

  @Test func cacheComputesAVocabularyOnce() throws {
    let folder = try ScratchFolder()
    let place = folder.path + "/cache"
    let encoder = CountingEncoder("a")
    let first = try TextEncoderCache(encoder, folder: place).embeddings(of: ["dog", "horse"])
    let again = try TextEncoderCache(encoder, folder: place)
    #expect(try again.embeddings(of: ["dog", "horse"]).values == first.values)
    #expect(encoder.calls == 1)
    // Classes, another order and another encoder have files of their own.
    _ = try again.classEmbeddings(of: ["dog", "horse"])
    _ = try again.embeddings(of: ["horse", "dog"])
    #expect(encoder.calls == 3)
    let other = CountingEncoder("b")
    _ = try TextEncoderCache(other, folder: place).embeddings(of: ["dog", "horse"])
    #expect(other.calls == 1)
    // What is damaged is made anew, and no other file is left.
    let files = try FileManager.default.contentsOfDirectory(atPath: place)
    #expect(files.count == 4)
    for file in files { try folder.write("broken", "cache/" + file) }
    #expect(try again.embeddings(of: ["dog", "horse"]).values == first.values)
    #expect(encoder.calls == 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place).count == 4)
  }

  @Test func thereAreEightyOneSentencesAboutAClass() {
    let sentences = PromptTemplates.sentences(about: "sky-other-merged")
    #expect(sentences.count == 81)
    #expect(sentences.first == "sky.")
    #expect(Set(sentences).count == 81)
    #expect(sentences.allSatisfy { $0.contains("sky") && !$0.contains("sky-") })
    #expect(
      PromptTemplates.sentences(about: "wall-brick").last
        == "a photo of a wall-brick.".replacing("a photo of a", with: "a tattoo of the"))
  }
}
