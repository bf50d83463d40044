/// The terms of matched pairs, which all assignments share.
struct PairLoss {
  let prediction: LayerPrediction
  let truth: TrainingTruth
  let matches: [Match]
  /// What the sums are divided by.
  let normalizer: Double

  /// Cross-entropy and dice loss of each pair at the given points: `[N, 2]`; nil for data without masks.
  func maskTerms(at points: Tensor) -> Tensor? {
    guard let masks = truth.masks else { return nil }
    return prediction.masks.sampled(at: points, of: matches.map(\.prediction))
      .maskTerms(labels: masks.sampled(at: points, of: matches.map(\.target)))
  }

  /// L1 distance and 1 - GIoU of each pair: `[N, 2]`.
  func boxTerms() -> Tensor {
    prediction.boxes.taking(rows: matches.map(\.prediction)).boxTerms(truth: matches.map { truth.boxes[$0.target] })
  }

  /// The sum of a column, divided by the normaliser; `weights` of the pairs, where not all count alike.
  func sum(_ terms: Tensor, column: Int, weights: [Double]? = nil) -> Tensor {
    terms.weightedSum(
      column: column, coefficients: (weights ?? matches.map { _ in 1 }).map { $0 / normalizer })
  }

  /// Masks and boxes.
  /// - Parameters:
  ///   - masks: of `maskTerms`; nil for data without masks.
  ///   - scale: of all weights.
  ///   - boxWeights: of the pairs in the L1 term.
  func terms(
    masks: Tensor?, weights: LossWeights, scale: Double, place: String, boxWeights: [Double]? = nil
  ) -> LossTerms {
    var terms = LossTerms()
    if let masks {
      terms.add("bce.\(place)", sum(masks, column: 0), weight: scale * weights.maskCrossEntropy)
      terms.add("dice.\(place)", sum(masks, column: 1), weight: scale * weights.dice)
    }
    let boxes = boxTerms()
    terms.add("box.\(place)", sum(boxes, column: 0, weights: boxWeights), weight: scale * weights.box)
    terms.add("giou.\(place)", sum(boxes, column: 1), weight: scale * weights.giou)
    return terms
  }
}
