/// Names of objects and of parts: two classifiers, each of which learns only where the data set has labels for it.
extension PairLoss {
  /// The logits and true classes of one kind.
  private struct Kind {
    let name: String
    let logits: Tensor
    /// Of each true thing.
    let classes: [Int?]
    let incomplete: Set<Int>
    let weight: Double
    /// Whether the class of a thing is not known: it may be any.
    let isUnknown: (Int) -> Bool
  }

  private func kinds(_ weights: LossWeights) -> [Kind] {
    let (objects, parts) = (truth.objects, truth.parts)
    func kind(
      _ name: String, _ logits: Tensor?, _ classes: [Int?], _ incomplete: Set<Int>, _ weight: Double,
      _ isUnknown: @escaping (Int) -> Bool
    ) -> Kind? {
      guard let logits, classes.count == truth.boxes.count else { return nil }
      return Kind(
        name: name, logits: logits, classes: classes, incomplete: incomplete, weight: weight, isUnknown: isUnknown)
    }
    // A thing that has a name among the objects only is no part; one without any name may be one.
    return [
      kind("objects", prediction.objects, objects, truth.incompleteObjects, weights.objects) { objects[$0] == nil },
      kind("parts", prediction.parts, parts, truth.incompleteParts, weights.parts) {
        parts[$0] == nil && (objects.isEmpty || objects[$0] == nil)
      },
    ].compactMap(\.self)
  }

  /// The terms of all queries: those that match nothing are negative examples of every class.
  func nameTerms(weights: LossWeights, form: FocalLoss.Form, place: String) -> LossTerms {
    var terms = LossTerms()
    for kind in kinds(weights) {
      var classes = [Int?](repeating: nil, count: kind.logits.rowCount)
      var exceptions = FocalLoss.Exceptions(classes: kind.incomplete)
      for match in matches {
        classes[match.prediction] = kind.classes[match.target]
        if kind.isUnknown(match.target) { exceptions.queries.insert(match.prediction) }
      }
      terms.add(
        "\(kind.name).\(place)",
        FocalLoss.loss(
          logits: kind.logits, classes: classes, form: form, exceptions: exceptions, normalizer: normalizer),
        weight: kind.weight)
    }
    return terms
  }

  /// The terms of matched queries alone: a prompt's other answers have no loss.
  func matchedNameTerms(weights: LossWeights, scale: Double, place: String) -> LossTerms {
    var terms = LossTerms()
    for kind in kinds(weights) {
      let known = matches.filter { !kind.isUnknown($0.target) }
      terms.add(
        "\(kind.name).\(place)",
        FocalLoss.loss(
          logits: kind.logits.taking(rows: known.map(\.prediction)), classes: known.map { kind.classes[$0.target] },
          exceptions: FocalLoss.Exceptions(classes: kind.incomplete), normalizer: normalizer),
        weight: scale * kind.weight)
    }
    return terms
  }
}
