/// What queries cost by the names of one kind, objects or parts.
public struct ClassCosts: Sendable {
  /// `[Q, C]`.
  let logits: Tensor
  /// The class of each true thing; one without a class costs nothing.
  let labels: [Int?]

  public init(logits: Tensor, labels: [Int?]) {
    self.logits = logits.detached
    self.labels = labels
  }

  /// The focal cost of each pair; 0 where the true thing has no class.
  func terms(of pairs: [(prediction: Int, target: Int)]) -> [Double] {
    let width = logits.channels
    return logits.withUnsafeBufferPointer { numbers in
      pairs.map { pair in
        labels[pair.target].map { MatchCosts.classification(logit: Double(numbers[pair.prediction * width + $0])) } ?? 0
      }
    }
  }
}

extension LayerPrediction {
  /// The costs by names, where both the layer and the truth have them.
  func classCosts(_ truth: TrainingTruth) -> [ClassCosts] {
    [(objects, truth.objects), (parts, truth.parts)].compactMap { logits, labels in
      guard let logits, labels.count == truth.boxes.count else { return nil }
      return ClassCosts(logits: logits, labels: labels)
    }
  }
}
