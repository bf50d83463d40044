extension Trainer {
  /// The loss of the rounds in which prompts are answered once more, with their masks and new clicks.
  /// - Parameters:
  ///   - network: with the parameters that are trained on a tape.
  ///   - layers: the decoder's answers of the first round; they are constants here, as each round's are to the next.
  ///   - normalizer: what all sums are divided by; an answer of a round counts as much as one of the first.
  /// - Throws: `diverged`; as `PromptLoss`.
  func corrections(
    _ rounds: CorrectionRounds, of network: Network, _ sample: TrainingSample, _ prompts: TrainingPrompts,
    layers: [MaskDecoder.Prediction], memory: DecoderMemory, truth: TrainingTruth, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> LossTerms {
    let size = size(of: sample)
    var objects: [CorrectedObject] = []
    for place in prompts.prompts.indices.prefix(rounds.prompts) {
      guard let target = prompts.targets[place].targets.first, let truth = sample.targets[target].mask else { continue }
      objects.append(
        CorrectedObject(
          prompt: prompts.prompts[place], queries: prompts.targets[place].queries, truth: truth, target: target,
          isBox: prompts.targets[place].isBox,
          click: SIMD2(
            prompts.clicks[2 * prompts.targets[place].queries.lowerBound],
            prompts.clicks[2 * prompts.targets[place].queries.lowerBound + 1])))
    }
    guard !objects.isEmpty, var last = layers.last else { return LossTerms() }
    var terms = LossTerms()
    for hasClick in rounds.order(using: &generator) {
      let ious = last.iou.values
      var carried: [CarriedMask] = []
      for place in objects.indices {
        // The answer that would be shown: the one of the highest predicted IoU.
        let queries = objects[place].queries
        let best = queries.max { (ious[$0], $1) < (ious[$1], $0) } ?? queries.lowerBound
        let logits = last.masks.detached.rows(best..<best + 1).reshaped(to: Array(last.masks.shape.dropFirst()))
        if hasClick {
          try objects[place].correct(
            logits, noise: recipe.prompts.noise, encoding: network.maskDecoder.prompts, size: size, using: &generator)
        }
        carried.append(
          CarriedMask(logits: logits, positives: objects[place].positives, negatives: objects[place].negatives))
      }
      var start = 0
      for place in objects.indices {
        objects[place].queries = start..<start + objects[place].prompt.boxes.count
        start = objects[place].queries.upperBound
      }
      let answers = network.maskDecoder(
        network.maskDecoder.queries(objects.map(\.prompt), carrying: carried), memory: memory, everyLayer: true
      ).predictions
      guard answers.allSatisfy({ layer in layer.boxes.values.allSatisfy(\.isFinite) }), let newest = answers.last else {
        throw diverged("a prediction")
      }
      terms.append(
        contentsOf: try recipe.loss(
          answers.map(\.layerPrediction),
          prompts: objects.map { PromptTargets(queries: $0.queries, targets: [$0.target], isBox: $0.isBox) },
          truth: truth, normalizer: normalizer, using: &generator
        ).terms)
      last = newest
    }
    return terms
  }
}

/// An object whose answers are corrected, and what has been said of it so far.
private struct CorrectedObject {
  var prompt: EncodedPrompt
  /// Of the last answer.
  var queries: Range<Int>
  let truth: Mask
  let target: Int
  /// Whether its queries are those of a box: until the first positive click.
  private(set) var isBox: Bool
  /// (x, y) in 0...1 of the padded picture.
  private(set) var positives: [SIMD2<Float>] = []
  private(set) var negatives: [SIMD2<Float>] = []

  /// - Parameter click: NaN for a box.
  init(prompt: EncodedPrompt, queries: Range<Int>, truth: Mask, target: Int, isBox: Bool, click: SIMD2<Float>) {
    self.prompt = prompt
    self.queries = queries
    self.truth = truth
    self.target = target
    self.isBox = isBox
    if !isBox { positives = [click] }
  }

  /// A click on a pixel that the mask of an answer has wrong; nothing happens where it has none wrong. A positive one is where
  /// the next queries start, as at inference.
  mutating func correct(
    _ logits: Tensor, noise: PromptNoise, encoding: PromptEncoding, size: InputSize,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) {
    let bitmap = MaskLogits.cropped(logits, size: size).values.map { $0 > 0 ? UInt8(1) : 0 }
    let mask = try Mask(width: truth.width, height: truth.height, bitmap: bitmap)
    guard let click = try CorrectingClick(prediction: mask, truth: truth, using: &generator) else { return }
    let centre = SIMD2(
      (Float(click.x) + 0.5) / Float(size.paddedWidth), (Float(click.y) + 0.5) / Float(size.paddedHeight))
    guard click.isPositive else {
      negatives.append(centre)
      return
    }
    positives.append(centre)
    isBox = false
    prompt = EncodedPrompt(
      kind: encoding.pointKind,
      boxes: encoding.clickBoxes(size).map { side in
        noise.noisy(SIMD4(centre.x, centre.y, side.x, side.y), isClick: true, using: &generator)
      })
  }
}
