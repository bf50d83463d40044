/// Tokenised texts of equal length put together, so that none is padded.
struct TextBatches {
  struct Batch {
    /// Of each text.
    var tokens: Int
    /// The texts' places in the list.
    var texts: [Int]
    /// All ids, text after text.
    var ids: [Int]
  }

  private(set) var batches: [Batch] = []

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
}
