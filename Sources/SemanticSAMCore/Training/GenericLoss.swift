/// The loss of generic segmentation: latent queries, each true thing given to one of them, with names of objects and parts
/// (Mask DINO, OpenSeeD).
public struct GenericLoss: Hashable, Sendable, Codable {
  public var weights: LossWeights
  public var matching: OneToOne
  public var matchPoints: MatchPoints
  public var points: PointPlacement

  public init(
    weights: LossWeights = LossWeights(), matching: OneToOne = OneToOne(),
    matchPoints: MatchPoints = .uniform(count: 12_544), points: PointPlacement = .uncertain(UncertainPoints())
  ) {
    self.weights = weights
    self.matching = matching
    self.matchPoints = matchPoints
    self.points = points
  }

  /// The loss of one picture; each layer is matched for itself.
  /// - Parameters:
  ///   - layers: what is predicted, with the name of each place: the decoder's layers, "proposals" for the encoder's.
  ///   - normalizer: what all sums are divided by: the number of true things of the whole batch, at least 1.
  /// - Throws: `invalidArgument` where a prediction is not a finite number.
  public func callAsFunction(
    _ layers: [(place: String, prediction: LayerPrediction)], truth: TrainingTruth, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> LossTerms {
    var terms = LossTerms()
    for (place, layer) in layers {
      let matches = try matches(
        layer, truth: truth, points: matchPoints.points(in: layer.masks, using: &generator))
      terms.append(
        contentsOf: self.terms(
          layer, matches: matches, truth: truth, points: points(layer, matches, truth, using: &generator),
          form: .allQueries, normalizer: normalizer, place: place))
    }
    return terms
  }

  /// The loss of denoising queries, which know what they are to become: query `s * T + t` of group s is the true thing t.
  /// - Parameters:
  ///   - layers: each with `groups * T` queries.
  ///   - normalizer: as for the other queries; the number of groups is multiplied here.
  public func denoising(
    _ layers: [(place: String, prediction: LayerPrediction)], groups: Int, truth: TrainingTruth, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) -> LossTerms {
    let matches = Self.denoisingMatches(groups: groups, things: truth.boxes.count)
    var terms = LossTerms()
    for (place, layer) in layers {
      terms.append(
        contentsOf: self.terms(
          layer, matches: matches, truth: truth, points: points(layer, matches, truth, using: &generator),
          form: .matchedQueries, normalizer: max(normalizer, 1) * Double(groups), place: place + ".denoising"))
    }
    return terms
  }

  static func denoisingMatches(groups: Int, things: Int) -> [Match] {
    (0..<groups * things).map { Match(prediction: $0, target: $0 % max(things, 1), slot: $0) }
  }

  private func points(
    _ layer: LayerPrediction, _ matches: [Match], _ truth: TrainingTruth,
    using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    points.points(
      in: layer.masks, of: matches.map(\.prediction), boxes: matches.map { truth.boxes[$0.target] }, using: &generator)
  }

  /// Names of objects and of parts decide together with masks and boxes; a thing without a name goes by the rest alone.
  /// - Parameter points: `[P, 2]`.
  func matches(_ layer: LayerPrediction, truth: TrainingTruth, points: Tensor) throws(ModelError) -> [Match] {
    let samples = truth.masks.map { masks in
      MaskSamples(
        logits: layer.masks.detached.sampled(at: points, of: Array(0..<layer.masks.shape[0])),
        labels: masks.sampled(at: points, of: Array(0..<masks.count)))
    }
    return try matching.matches(
      classes: layer.classCosts(truth), masks: samples, boxes: layer.boxes.detached, trueBoxes: truth.boxes)
  }

  /// The terms of one set of predictions; names only where the data set has them.
  func terms(
    _ layer: LayerPrediction, matches: [Match], truth: TrainingTruth, points: Tensor, form: FocalLoss.Form,
    normalizer: Double, place: String
  ) -> LossTerms {
    let pairs = PairLoss(prediction: layer, truth: truth, matches: matches, normalizer: max(normalizer, 1))
    var terms = pairs.terms(masks: pairs.maskTerms(at: points), weights: weights, scale: 1, place: place)
    terms.append(contentsOf: pairs.nameTerms(weights: weights, form: form, place: place))
    return terms
  }
}
