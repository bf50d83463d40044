import SemanticSAMCore

/// Tokenised texts of equal length put together, so that none is padded.
struct TextBatches {
  struct Batch {
    /// Of each text, at least 1.
    var tokens: Int
    /// The texts' places in the list.
    var texts: [Int]
    /// All ids, text after text.
    var ids: [Int]
  }

  private(set) var batches: [Batch] = []

  /// - Parameter texts: of at least one token each.
  init(_ texts: [[Int]], tokensPerBatch: Int) {
    let byLength = Dictionary(grouping: texts.indices) { texts[$0].count }
    for (tokens, places) in byLength.sorted(by: { $0.key < $1.key }) {
      let size = max(tokensPerBatch / max(tokens, 1), 1)
      for start in stride(from: 0, to: places.count, by: size) {
        let part = Array(places[start..<min(start + size, places.count)])
        batches.append(Batch(tokens: tokens, texts: part, ids: part.flatMap { texts[$0] }))
      }
    }
  }

  /// One row for each text, in the order of the list: `[texts, C]`; `nil` where there is none.
  /// - Parameter rows: of a batch, `[texts of it, C]`.
  /// - Throws: `cancelled`, and what `rows` throws.
  func map(_ rows: (Batch) throws(ModelError) -> Tensor) throws(ModelError) -> Tensor? {
    var results: [Tensor] = []
    for batch in batches {
      if Task.isCancelled { throw ModelError(.cancelled, "The encoding of texts was cancelled.") }
      results.append(try rows(batch))
    }
    guard !results.isEmpty else { return nil }
    let order = batches.flatMap(\.texts)
    var places = [Int](repeating: 0, count: order.count)
    for (place, text) in order.enumerated() { places[text] = place }
    return Tensor.concatenated(results).gathered(rows: places)
  }
}
