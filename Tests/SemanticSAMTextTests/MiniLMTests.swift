import Foundation
import SemanticSAMCore
import SemanticSAMDefaultModel
import SemanticSAMImages
import SemanticSAMText
import Testing

/// The real weights of all-MiniLM-L6-v2, where SEMANTIC_SAM_MINILM names their folder.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["SEMANTIC_SAM_MINILM"] != nil,
    "SEMANTIC_SAM_MINILM does not name the folder of all-MiniLM-L6-v2."))
struct MiniLMTests {
  private static let encoder = Result { () throws -> any TextEncoder in
    try TextEncoderFiles.open(ProcessInfo.processInfo.environment["SEMANTIC_SAM_MINILM"] ?? "")
  }
  private static let model = Result { try SemanticSAM.load(.embedded) }

  /// The vocabularies inside the weights are this encoder's (they are stored in 16 bits).
  @Test func builtInVocabulariesAreItsEmbeddings() throws {
    let vocabulary = try #require(try Self.model.get().vocabulary)
    for table in [vocabulary.objects, vocabulary.parts] {
      let own = try Self.encoder.get().embeddings(of: table.names)
      var least: Float = 1
      for row in 0..<table.names.count {
        let pair = zip(own.rows(row..<row + 1).values, table.embeddings.rows(row..<row + 1).values)
        least = min(least, pair.reduce(0) { $0 + $1.0 * $1.1 })
      }
      #expect(least > 0.9999)
    }
  }

  @Test func anyWordIsAName() throws {
    let model = try Self.model.get()
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let image = try Image(contentsOf: root.appending(path: "Examples/Images/chelsea.png").path())
    let embedding = try model.encode(image)
    let vocabulary = try Vocabulary(
      objects: ["kitten", "lorry", "fried egg", "skyscraper"], parts: ["wing", "muzzle"],
      encodedBy: try Self.encoder.get())
    let best = try #require(
      try model.segment(embedding, prompt: .point(225, 150), options: SegmentOptions(vocabulary: vocabulary)).best)
    #expect(best.labels?.objects.first?.name == "kitten")
    #expect(best.labels?.parts.count == 2)

    var options = SegmentOptions(confidenceThreshold: 0.1, textEncoder: try Self.encoder.get())
    options.textSearch.pointsPerSide = 8
    let found = try #require(try model.segment(embedding, prompt: .text("a kitten"), options: options).best)
    #expect(found.mask.contains(x: 225, y: 150) && found.recognition?.object?.name == "kitten")
  }
}
