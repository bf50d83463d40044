/// The loss of prompts (clicks and boxes): which query shall become which true mask, and how far it is from it, after every
/// layer of the decoder (deep supervision).
public struct PromptLoss: Hashable, Sendable, Codable {
  public enum Assignment: String, Hashable, Sendable, Codable {
    /// Every true mask of a prompt gets one of its queries; those left over get no loss (Semantic-SAM).
    case manyToMany = "many-to-many"
    /// The query with the least mask loss becomes the prompt's first true mask; each layer chooses for itself (SAM).
    case manyToOne = "many-to-one"
  }

  /// What the predicted IoU shall be.
  public enum IoUTarget: String, Hashable, Sendable, Codable {
    /// Of matched queries only: 1 - dice loss at the loss's points, with its gradient (the reference).
    case matchedDice = "matched-dice"
    /// Of every query: the IoU with the best of its prompt's true masks, at the points of the matching, without a gradient.
    case bestUnderPrompt = "best-under-prompt"
  }

  public var assignment: Assignment
  public var weights: LossWeights
  /// Many-to-many: what decides which query is given which mask.
  public var costs: MatchCosts
  public var matchPoints: MatchPoints
  /// Where the masks' losses are measured.
  public var points: PointPlacement
  /// What each layer counts, the first layer first; a shorter list means the last layers. Nil: all count 1.
  public var layerWeights: [Double]?
  /// Many-to-many: whether each layer is matched for itself, or all as the last one.
  public var matchesEachLayer: Bool
  public var iouTarget: IoUTarget
  /// Whether the L1 term counts for box prompts too, whose box is known.
  public var boxPromptsHaveL1: Bool
  /// Many-to-many: whether sums are divided by the number of prompts instead of that of their true masks.
  public var dividesByPrompts: Bool

  /// As the reference trains on SA-1B.
  public init(
    assignment: Assignment = .manyToMany, weights: LossWeights = LossWeights(), costs: MatchCosts = MatchCosts(),
    matchPoints: MatchPoints = .uniform(count: 12_544), points: PointPlacement = .uncertain(UncertainPoints()),
    layerWeights: [Double]? = nil, matchesEachLayer: Bool = false, iouTarget: IoUTarget = .matchedDice,
    boxPromptsHaveL1: Bool = true, dividesByPrompts: Bool = false
  ) {
    self.assignment = assignment
    self.weights = weights
    self.costs = costs
    self.matchPoints = matchPoints
    self.points = points
    self.layerWeights = layerWeights
    self.matchesEachLayer = matchesEachLayer
    self.iouTarget = iouTarget
    self.boxPromptsHaveL1 = boxPromptsHaveL1
    self.dividesByPrompts = dividesByPrompts
  }

  /// The reference's configuration that reproduces SAM.
  public static let manyToOne = PromptLoss(assignment: .manyToOne)

  /// As the weights of `default` were trained, of three layers.
  public static let compact = PromptLoss(
    weights: LossWeights(maskCrossEntropy: 2, dice: 2, box: 4, giou: 1, iou: 4),
    costs: MatchCosts(classification: 0, maskCrossEntropy: 0, dice: 1, box: 0.5, giou: 0), matchPoints: .cells,
    points: .nearBoxes(count: 384, share: 2.0 / 3, extent: 1.6), layerWeights: [0.5, 0.5, 1], matchesEachLayer: true,
    iouTarget: .bestUnderPrompt, boxPromptsHaveL1: false, dividesByPrompts: true)

  /// What the sums of a picture are divided by, alone in its batch: the number of all prompts' true masks, or that of the
  /// prompts for many-to-one. In a batch the sum over all its pictures is what all of them are divided by.
  public func count(of prompts: [PromptTargets]) -> Int {
    switch assignment {
    case .manyToMany where !dividesByPrompts: prompts.reduce(0) { $0 + $1.targets.count }
    case .manyToMany, .manyToOne: prompts.count { !$0.targets.isEmpty }
    }
  }

  /// A loss, and what was matched for it in the last layer.
  public struct Result: Sendable {
    public var terms: LossTerms
    public var matches: [Match]
  }

  /// The loss of one picture.
  /// - Parameters:
  ///   - layers: the decoder's layers, the first one first.
  ///   - prompts: without targets there is no loss.
  ///   - normalizer: what all sums are divided by, at least 1: the count of the whole batch.
  ///   - generator: gives the random points; one of the picture's own, so that they depend on nothing else.
  /// - Throws: `invalidArgument` where a prediction is not a finite number, or masks are asked for and there are none.
  public func callAsFunction(
    _ layers: [LayerPrediction], prompts: [PromptTargets], truth: TrainingTruth, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> Result {
    var result = Result(terms: LossTerms(), matches: [])
    guard !layers.isEmpty, count(of: prompts) > 0 else { return result }
    guard truth.masks != nil || assignment == .manyToMany else {
      throw ModelError(
        .invalidArgument, "Many-to-one training chooses by masks; use a data set that has masks.")
    }
    // The last layer comes first, because the others may follow its matches.
    for number in [layers.count - 1] + Array(0..<layers.count - 1) {
      let layer = layers[number]
      let place = number == layers.count - 1 ? "0" : "\(number + 1)"
      let scale = weight(ofLayer: number, of: layers.count)
      let isMatched = number == layers.count - 1 || matchesEachLayer
      var samples: MaskSamples?
      if assignment == .manyToMany && isMatched || iouTarget == .bestUnderPrompt {
        samples = truth.masks.map { matchPoints.samples(of: layer.masks, truth: $0, using: &generator) }
      }
      var matches = result.matches
      var points: Tensor?
      switch assignment {
      case .manyToMany:
        if isMatched {
          matches = try ManyToMany.matches(
            prompts, costs: costs, classes: layer.classCosts(truth), masks: samples, boxes: layer.boxes,
            trueBoxes: truth.boxes)
        }
        if truth.masks != nil {
          points = self.points.points(
            in: layer.masks, of: matches.map(\.prediction), boxes: matches.map { truth.boxes[$0.target] },
            using: &generator)
        }
      case .manyToOne:
        let candidates = Self.candidates(prompts)
        let all = self.points.points(
          in: layer.masks, of: candidates.map(\.prediction), boxes: candidates.map { truth.boxes[$0.target] },
          using: &generator)
        (matches, points) = try manyToOne(layer, prompts: prompts, truth: truth, candidates: candidates, points: all)
      }
      if number == layers.count - 1 { result.matches = matches }
      result.terms.append(
        contentsOf: terms(
          layer, matches: matches, points: points, samples: samples, prompts: prompts, truth: truth,
          normalizer: normalizer, scale: scale, place: place))
    }
    return result
  }

  private func weight(ofLayer number: Int, of count: Int) -> Double {
    guard let layerWeights else { return 1 }
    let index = number - (count - layerWeights.count)
    return layerWeights.indices.contains(index) ? layerWeights[index] : 0
  }

  /// Every query of every prompt with the prompt's first true mask.
  static func candidates(_ prompts: [PromptTargets]) -> [Match] {
    prompts.enumerated().flatMap { slot, prompt in
      prompt.targets.first.map { target in
        prompt.queries.map { Match(prediction: $0, target: target, slot: slot) }
      } ?? []
    }
  }

  /// The chosen query of each prompt, and its points.
  func manyToOne(
    _ layer: LayerPrediction, prompts: [PromptTargets], truth: TrainingTruth, candidates: [Match], points: Tensor
  ) throws(ModelError) -> (matches: [Match], points: Tensor) {
    var detached = layer
    detached.masks = layer.masks.detached
    let all = PairLoss(prediction: detached, truth: truth, matches: candidates, normalizer: 1)
    var losses = [Double](repeating: 0, count: layer.masks.shape[0])
    var rows = [Int](repeating: 0, count: losses.count)
    let numbers = all.maskTerms(at: points)?.values ?? []
    for (row, candidate) in candidates.enumerated() where 2 * row + 1 < numbers.count {
      losses[candidate.prediction] = Double(numbers[2 * row]) + Double(numbers[2 * row + 1])
      rows[candidate.prediction] = row
    }
    let matches = try ManyToOne.matches(prompts, losses: losses)
    let isShared = points.shape.count == 2
    return (matches, isShared ? points : points.taking(rows: matches.map { rows[$0.prediction] }))
  }

  /// The terms of one layer with its matches and points.
  func terms(
    _ layer: LayerPrediction, matches: [Match], points: Tensor?, samples: MaskSamples?, prompts: [PromptTargets],
    truth: TrainingTruth, normalizer: Double, scale: Double, place: String
  ) -> LossTerms {
    let pairs = PairLoss(prediction: layer, truth: truth, matches: matches, normalizer: max(normalizer, 1))
    let masks = points.flatMap(pairs.maskTerms)
    var boxWeights: [Double]?
    if !boxPromptsHaveL1 {
      let isBox = prompts.reduce(into: Set<Int>()) { if $1.isBox { $0.formUnion($1.queries) } }
      boxWeights = matches.map { isBox.contains($0.prediction) ? 0 : 1 }
    }
    var terms = pairs.terms(masks: masks, weights: weights, scale: scale, place: place, boxWeights: boxWeights)
    terms.append(contentsOf: pairs.matchedNameTerms(weights: weights, scale: scale, place: place))
    guard let ious = layer.ious else { return terms }
    let iou: Tensor?
    switch iouTarget {
    case .matchedDice:
      iou = masks.map {
        ious.taking(rows: matches.map(\.prediction), of: [1])
          .squaredError(to: $0.oneMinus(column: 1), scale: 1 / pairs.normalizer)
      }
    case .bestUnderPrompt:
      iou = samples.map { samples in
        let best = Self.bestIoUs(samples, prompts: prompts)
        return ious.taking(rows: best.map(\.query), of: [1])
          .squaredError(
            to: Tensor(best.map { Float($0.iou) }, shape: [best.count, 1]), scale: 1 / pairs.normalizer)
      }
    }
    if let iou { terms.add("iou.\(place)", iou, weight: scale * weights.iou) }
    return terms
  }

  /// The IoU of each query with the best of its prompt's true masks.
  static func bestIoUs(_ samples: MaskSamples, prompts: [PromptTargets]) -> [(query: Int, iou: Double)] {
    let pairs = ManyToMany.pairs(prompts)
    let ious = samples.ious(of: pairs)
    var best: [(query: Int, iou: Double)] = []
    for (pair, iou) in zip(pairs, ious) {
      if let last = best.last, last.query == pair.prediction {
        best[best.count - 1].iou = max(last.iou, iou)
      } else {
        best.append((pair.prediction, iou))
      }
    }
    return best
  }
}
