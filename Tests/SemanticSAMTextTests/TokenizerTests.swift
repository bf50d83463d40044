import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMText

@Suite struct TokenizerTests {
  private struct CLIPTokens: Decodable {
    struct Text: Decodable {
      var text: String
      var ids18: [Int]
      var ids77: [Int]
      var ids77Plain: [Int]?
    }
    struct Class: Decodable {
      var text: String
      var ids: [Int]
    }
    var strings: [Text]
    var classNames: [Class]
  }

  private static let merges = SharedData.path("text/bpe_simple_vocab_16e6.txt.gz")

  /// Every text of the reference, without its repair of broken text.
  @Test(.enabled(if: SharedData.isPresent)) func bytePairsAreTheReferences() throws {
    let tokenizer = try BytePairTokenizer(merges: Self.merges)
    try check(tokenizer)
    #expect(tokenizer.start == 49406)
    #expect(tokenizer.end == 49407)
  }

  /// The same vocabulary in the files of Hugging Face's layout, made here from the published merges.
  @Test(.enabled(if: SharedData.isPresent)) func bothFormsOfTheVocabularyAgree() throws {
    let bytes = try Gzip.decompressed(
      [UInt8](Data(contentsOf: URL(filePath: Self.merges))), limit: 1 << 24, name: "merges")
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")[1...48_894]
    // The 256 characters in the order of their bytes' ids.
    let printable = Array(33...126) + Array(161...172) + Array(174...255)
    let characters = (printable + Array(256..<256 + 68)).compactMap { Unicode.Scalar($0).map(String.init) }
    let symbols =
      characters + characters.map { $0 + "</w>" } + lines.map { $0.replacingOccurrences(of: " ", with: "") }
      + ["<|startoftext|>", "<|endoftext|>"]
    #expect(symbols.count == 49_408)
    let table = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })
    let folder = try ScratchFolder()
    try folder.write(String(decoding: JSONEncoder().encode(table), as: UTF8.self), "vocab.json")
    try folder.write("#version: 0.2\n" + lines.joined(separator: "\n") + "\n", "merges.txt")
    try check(try BytePairTokenizer(folder: folder.path))
  }

  private func check(_ tokenizer: BytePairTokenizer) throws {
    let reference = try SharedData.decoded(CLIPTokens.self, "parity/clip_tokens.json")
    #expect(reference.strings.count > 90)
    for text in reference.strings {
      #expect(tokenizer.encode(text.text) == text.ids77Plain ?? text.ids77, "\(text.text)")
      guard text.ids77Plain == nil else { continue }
      let short = tokenizer.encode(text.text, limit: 18)
      #expect(short + Array(repeating: tokenizer.end, count: 18 - short.count) == text.ids18, "\(text.text)")
    }
    for name in reference.classNames {
      #expect(Array(tokenizer.encode(name.text).dropFirst().dropLast()) == name.ids, "\(name.text)")
    }
  }

  private struct WordPieces: Decodable {
    struct Text: Decodable {
      var text: String
      var ids: [Int]
    }
    var strings: [Text]
  }

  @Test(.enabled(if: SharedData.isPresent)) func wordPiecesAreTheReferences() throws {
    let tokenizer = try WordPieceTokenizer(contentsOf: SharedData.path("text/minilm_vocab.txt"))
    let reference = try SharedData.decoded(WordPieces.self, "parity/wordpiece_tokens.json")
    #expect(reference.strings.count > 100)
    for text in reference.strings { #expect(tokenizer.encode(text.text) == text.ids, "\(text.text)") }
  }

  /// A vocabulary of a few pieces, by hand.
  @Test func wordsAreCutIntoTheLongestPieces() throws {
    let folder = try ScratchFolder()
    try folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\nwheel\n##s\n##barrow\n-\nstrasse\n", "vocab.txt")
    let tokenizer = try WordPieceTokenizer(contentsOf: folder.path + "/vocab.txt")
    #expect(tokenizer.encode("Wheels") == [2, 4, 5, 3])
    #expect(tokenizer.encode("wheelbarrow-WHÉÉLS car") == [2, 4, 6, 7, 4, 5, 1, 3])
    #expect(tokenizer.encode("wheel wheel wheel", limit: 4) == [2, 4, 4, 3])
    #expect(tokenizer.encode(" ") == [2, 3])
    #expect(tokenizer.encode("wheel", limit: 0) == [2, 3])
  }

  @Test func brokenVocabulariesAreRefused() throws {
    let folder = try ScratchFolder()
    try folder.write("[PAD]\n[UNK]\n", "vocab.txt")
    expectRefusal(.malformedFile) { try WordPieceTokenizer(contentsOf: folder.path + "/vocab.txt") }
    expectRefusal(.malformedFile) { try BytePairTokenizer(merges: folder.path + "/vocab.txt") }
    expectRefusal(.unreadableFile) { try BytePairTokenizer(folder: folder.path) }
    try folder.write("{\"a\": 1}", "vocab.json")
    expectRefusal(.malformedFile) { try BytePairTokenizer(folder: folder.path) }
    try folder.write("{\"a\": 1, \"<|startoftext|>\": 2, \"<|endoftext|>\": 3}", "vocab.json")
    try folder.write("a b\n", "merges.txt")
    expectRefusal(.malformedFile) { try BytePairTokenizer(folder: folder.path) }
    expectRefusal(.malformedFile) { try Gzip.decompressed([0x1F, 0x8B, 8, 0, 0], limit: 100, name: "x") }
    expectRefusal(.unreadableFile) { try TextEncoderFiles.open(folder.path + "/none") }
    expectRefusal(.malformedFile) { try TextEncoderFiles.open(folder.path + "/vocab.json") }
    expectRefusal(.unreadableFile) { try SentenceEncoder(folder: folder.path) }
    try folder.write("{\"model_type\": \"gpt2\"}", "config.json")
    expectRefusal(.malformedFile) { try SentenceEncoder(folder: folder.path) }
  }
}

/// Expects an error of one sentence.
func expectRefusal<Result>(_ code: ModelError.Code, _ body: () throws -> Result) {
  #expect {
    _ = try body()
  } throws: { error in
    guard let error = error as? ModelError else { return false }
    return error.code == code && error.message.hasSuffix(".") && !error.message.contains("\n")
  }
}
