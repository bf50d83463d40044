extension NamedQueries {
  /// Parts of objects, best first: of each query the pair of an object and a part whose product of sigmoids is largest.
  ///
  /// The paper classifies objects and parts apart and the released code never joins them; the product, over pairs that
  /// exist, is this library's choice.
  /// - Parameters:
  ///   - partScores: sigmoids, `[Q, parts]`; this value's own scores are those of objects.
  ///   - partNames: of the columns.
  ///   - pairs: the pairs that exist; `nil`: all.
  func parts(
    scores partScores: [[Float]], names partNames: [String], pairs: Set<Vocabulary.PartOfObject>?, limit: Int,
    onQuery: () throws(ModelError) -> Void = {}
  ) throws(ModelError) -> [PartDetection] {
    var chosen: [(query: Int, object: Int, part: Int, score: Float)] = []
    for query in 0..<foregroundCount {
      var best: (object: Int, part: Int, score: Float)?
      func consider(_ object: Int, _ part: Int) {
        let score = plainScores[query][object] * partScores[query][part]
        if score > best?.score ?? -1 { best = (object, part, score) }
      }
      if let pairs {
        for pair in pairs.sorted() where names.indices.contains(pair.object) && partNames.indices.contains(pair.part) {
          consider(pair.object, pair.part)
        }
      } else if let object = plainScores[query].largest, let part = partScores[query].largest {
        consider(object.index, part.index)
      }
      if let best { chosen.append((query, best.object, best.part, best.score)) }
    }
    let order = chosen.indices.sorted { (chosen[$1].score, $0) < (chosen[$0].score, $1) }.prefix(limit)
    var parts: [PartDetection] = []
    for choice in order.map({ chosen[$0] }) {
      let (mask, quality) = try mask(of: choice.query)
      try onQuery()
      let score = choice.score * (rules.weighsMaskQuality ? quality : 1)
      guard !mask.isEmpty, score >= rules.instanceThreshold else { continue }
      parts.append(
        PartDetection(
          mask: mask, box: box(of: choice.query), category: choice.part, name: partNames[choice.part],
          object: names[choice.object], score: score))
    }
    return parts.indices.sorted { (parts[$1].score, $0) < (parts[$0].score, $1) }.map { parts[$0] }
  }
}
