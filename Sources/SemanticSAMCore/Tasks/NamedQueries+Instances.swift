import TensorKernels

extension NamedQueries {
  /// A query under one of its names, with that name's score.
  struct Choice {
    var query: Int
    var category: Int
    var score: Float
  }

  /// The queries and names of the best scores, best first; a query may come under several names (reference:
  /// `instance_inference`).
  func instanceChoices(limit: Int) -> [Choice] {
    let choices = (0..<foregroundCount).flatMap { query in
      plainScores[query].enumerated().map { Choice(query: query, category: $0.offset, score: $0.element) }
    }
    let order = choices.indices.sorted { (choices[$1].score, $0) < (choices[$0].score, $1) }
    // Stuff goes after the best are chosen, so that there may be fewer.
    return order.prefix(limit).map { choices[$0] }.filter { !rules.keepsThingsOnly || isThing[$0.category] }
  }

  /// Instances, best first; those without pixels and those below the rules' threshold are left out where it is above 0.
  /// - Parameter onQuery: called after each query; what it throws ends the work.
  func instances(
    limit: Int, onQuery: () throws(ModelError) -> Void = {}
  ) throws(ModelError) -> [Detection] {
    let choices = instanceChoices(limit: limit)
    let chosen = Dictionary(grouping: choices.indices) { choices[$0].query }
    var detections = [Detection?](repeating: nil, count: choices.count)
    for (query, places) in chosen.sorted(by: { $0.key < $1.key }) {
      let (mask, quality) = try mask(of: query)
      for place in places {
        let choice = choices[place]
        let score = choice.score * (rules.weighsMaskQuality ? quality : 1)
        guard rules.instanceThreshold <= 0 || (score >= rules.instanceThreshold && !mask.isEmpty) else { continue }
        detections[place] = Detection(
          mask: mask, box: box(of: query), category: choice.category, name: names[choice.category], score: score)
      }
      try onQuery()
    }
    let found = detections.compactMap(\.self)
    return found.indices.sorted { (found[$1].score, $0) < (found[$0].score, $1) }.map { found[$0] }
  }

  /// Where a query's logits are above 0, and the mean of their sigmoids there.
  func mask(of query: Int) throws(ModelError) -> (mask: Mask, quality: Float) {
    let logits = masks.logits(of: query)
    let probabilities = logits.sigmoid()
    var sum = 0.0
    var count = 0
    let bitmap = logits.withUnsafeBufferPointer { logits in
      probabilities.withUnsafeBufferPointer { probabilities in
        logits.indices.map { index -> UInt8 in
          guard logits[index] > 0 else { return 0 }
          sum += Double(probabilities[index])
          count += 1
          return 1
        }
      }
    }
    return (
      try Mask(width: masks.width, height: masks.height, bitmap: bitmap), Float(sum / (Double(count) + 1e-6))
    )
  }
}
