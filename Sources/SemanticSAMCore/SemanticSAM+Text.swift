extension SemanticSAM {
  /// Answers a text: automatic masks, ranked by how well the classifiers say that they are what the text names.
  ///
  /// A word that stands in one of the vocabularies is judged by that vocabulary's classifier; any other word, with an
  /// encoder, by both, and the higher probability counts. For "X of the Y" the score is the probability of part X times that
  /// of object Y for the most probable of the masks that X lies in. Masks come by their rank; those that lie in another mask
  /// of the thing come after that one, and nearly equal ones are left out. This ranking is a rule of this library; the reference has none.
  /// - Parameter masks: automatic masks of the image.
  /// - Returns: candidates with the text as `displayName` and the score as its probability: those of at least the confidence
  ///   threshold, or else the best one, as `unknown`.
  func answer(
    _ query: TextQuery, _ masks: [Candidate], _ embedding: ImageEmbedding, _ options: SegmentOptions
  ) throws(ModelError) -> [Candidate] {
    guard let names = network.names, !masks.isEmpty else { return [] }
    let features = regionFeatures(of: masks.map { Self.padded($0.mask, embedding) }, embedding)
    let (objectTable, partTable) = (query.vocabulary.objects, query.vocabulary.parts)
    let objects = objectTable.names.isEmpty ? [] : names.objects.probabilities(features, objectTable)
    let parts = partTable.names.isEmpty ? [] : names.parts.probabilities(features, partTable)
    let nesting = try DisplayNames.nesting(of: masks.map(\.mask))

    var scores: [Float] = []
    var recognitions: [Recognition] = []
    for index in masks.indices {
      let part = query.thingAsPart.map { parts[index][$0] }
      if let owner = query.owner {
        let holder = nesting[index].max { objects[$0][owner] < objects[$1][owner] }
        let belonging = holder.map { objects[$0][owner] } ?? 0
        scores.append((part ?? 0) * belonging)
        recognitions.append(
          .partOfObject(
            part: Label(name: query.phrase.thing, probability: part ?? 0),
            object: Label(name: query.phrase.owner ?? "", probability: belonging)))
        continue
      }
      let object = query.thingAsObject.map { objects[index][$0] }
      let score = max(part ?? 0, object ?? 0)
      let label = Label(name: query.phrase.thing, probability: score)
      scores.append(score)
      recognitions.append(object ?? -1 >= part ?? -1 ? .object(label) : .part(label))
    }
    let good = Set(masks.indices.filter { scores[$0] >= options.confidenceThreshold })
    // A region of the thing within another region of it: the head of a cat is a cat to the classifier.
    let isInner = masks.indices.map { index in nesting[index].contains { good.contains($0) } }
    let ranks = masks.indices.map { Self.rank(masks[$0], score: scores[$0]) }
    let ranked = masks.indices.sorted { one, other in
      if isInner[one] != isInner[other] { return isInner[other] }
      return ranks[one] == ranks[other] ? one < other : ranks[one] > ranks[other]
    }
    var chosen: [Int] = []
    for index in good.isEmpty ? ranked.prefix(1) : ranked.filter(good.contains)[...] {
      let overlaps = try chosen.map { earlier throws(ModelError) in try masks[index].mask.iou(masks[earlier].mask) }
      if overlaps.allSatisfy({ $0 <= Self.duplicateIoU }) { chosen.append(index) }
    }
    return chosen.map { index in
      var candidate = masks[index]
      candidate.displayName = Label(name: query.phrase.description, probability: scores[index])
      candidate.recognition = good.isEmpty ? .unknown : recognitions[index]
      return candidate
    }
  }

  /// Two answers with a larger intersection over union are the same thing.
  private static let duplicateIoU = 0.6

  /// How high an answer ranks: the probability that it is what the text names, times the square of its predicted IoU, times
  /// the fourth root of its area.
  ///
  /// Pieces of a thing look like the thing, and bad masks are surer of their IoU than they ought to be. The exponents are
  /// those of the best first answers on 143 photographs of COCO's training set: Docs/Text.md has the numbers.
  private static func rank(_ mask: Candidate, score: Float) -> Float {
    score * mask.predictedIoU * mask.predictedIoU * Float(mask.area).squareRoot().squareRoot()
  }
}
