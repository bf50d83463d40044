import TensorKernels

extension Trainer {
  /// The loss of one sample.
  /// - Parameters:
  ///   - network: with the parameters that are trained on a tape.
  ///   - normalizer: what all sums are divided by.
  func loss(
    of network: Network, _ sample: TrainingSample, _ prompts: TrainingPrompts, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> LossTerms {
    guard !prompts.prompts.isEmpty else { return LossTerms() }
    let size = size(of: sample)
    var backbone = network.backbone
    if var swin = backbone as? Swin {
      swin.training = SwinTraining(
        blocks: swin.blockCount, dropPath: recipe.dropPath, savesMemory: recipe.savesMemory, using: &generator)
      backbone = swin
    }
    let (features, layers) = try predictions(
      of: network, backbone: backbone, savesMemory: recipe.savesMemory, sample, prompts, size: size)
    // What is not a number spreads over a query, so its box tells; matching would refuse its costs with less to say.
    guard layers.allSatisfy({ layer in layer.boxes.values.allSatisfy(\.isFinite) }) else {
      throw diverged("a prediction")
    }
    let truth = try TrainingTruth(sample, size: size)
    let result = try recipe.loss(
      layers.map(\.layerPrediction), prompts: prompts.targets, truth: truth, normalizer: normalizer, using: &generator)
    var terms = result.terms
    if let refiner = network.refiner, let refinerLoss = recipe.refinerLoss, let last = layers.last,
      let masks = truth.masks
    {
      let choice = RefinedQueries(result.matches, prompts: prompts.targets, using: &generator)
      let rows = choice.queries
      let prediction = last.taking(rows: rows)
      let clicks = rows.flatMap { [prompts.clicks[2 * $0], prompts.clicks[2 * $0 + 1]] }
      let refined = refiner(
        prediction, clicks: Tensor(clicks, shape: [rows.count, 2]), maps: refiner.reducedMaps(of: features))
      let photograph = SIMD2(
        Double(size.width) / Double(size.paddedWidth), Double(size.height) / Double(size.paddedHeight))
      terms.append(
        contentsOf: refinerLoss(
          RefinerLoss.Prediction(
            logits: refined.logits, ious: refined.iou, boxes: prediction.boxes.detached,
            extent: Double(refiner.extent)),
          targets: choice.targets, truth: masks, photograph: photograph, normalizer: normalizer))
    }
    return terms
  }

  /// What the network, as it is now, predicts after each layer for the prompts that a step would draw for a sample alone in
  /// its batch; nothing is recorded, and the refiner is left out.
  /// - Throws: `invalidArgument` where the sample's masks differ in size, `outOfMemory`.
  public func predictions(on sample: TrainingSample) throws(ModelError) -> [LayerPrediction] {
    var generator = SampleGenerator(seed: seed, step: UInt64(step), sample: 0)
    let size = size(of: sample)
    let prompts = try TrainingPrompts(
      on: sample, recipe.prompts, encoding: network.maskDecoder.prompts, size: size, using: &generator)
    return try predictions(
      of: network, backbone: network.backbone, savesMemory: false, sample, prompts, size: size
    ).layers.map(\.layerPrediction)
  }

  /// The norm of the gradient, by the trained parameters, of the mean of all that `predictions(on:)` gives: forward and
  /// backward without matching, losses and optimiser. For benchmarks.
  /// - Throws: as `predictions(on:)`.
  public func gradientNormOfPredictions(on sample: TrainingSample) throws(ModelError) -> Double {
    tk_memory_begin_keeping()
    defer { tk_memory_end_keeping() }
    var generator = SampleGenerator(seed: seed, step: UInt64(step), sample: 0)
    let size = size(of: sample)
    let prompts = try TrainingPrompts(
      on: sample, recipe.prompts, encoding: network.maskDecoder.prompts, size: size, using: &generator)
    return try network.valueAndGradient(isTrained: recipe.isTrained) { network throws(ModelError) in
      let layers = try predictions(
        of: network, backbone: network.backbone, savesMemory: false, sample, prompts, size: size
      ).layers
      let means = layers.flatMap { [$0.masks.mean(), $0.boxes.mean(), $0.iou.mean()] }
      return means.dropFirst().reduce(means[0], +)
    }.gradients.norm
  }

  private func predictions(
    of network: Network, backbone: any Backbone, savesMemory: Bool, _ sample: TrainingSample,
    _ prompts: TrainingPrompts, size: InputSize
  ) throws(ModelError) -> (features: PixelDecoder.Output, layers: [MaskDecoder.Prediction]) {
    let pyramid = try backbone(sample.image.normalized(configuration.image, size: size)) {
      () throws(ModelError) in
    }
    let features = try network.pixelDecoder(pyramid, savesMemory: savesMemory) { (_) throws(ModelError) in }
    let decoder = network.maskDecoder
    let layers = decoder(
      decoder.prompts.queries(prompts.prompts), memory: decoder.memory(of: features), everyLayer: true
    ).predictions
    return (features, layers)
  }
}

/// The queries whose masks are refined in a step: refining all of them would cost more than the rest of the step.
private struct RefinedQueries {
  private(set) var queries: [Int] = []
  private(set) var targets: [RefinerLoss.Target] = []

  /// Of matched queries of clicks, of those of boxes, and of others, at most.
  private static let limits = (clicks: 30, boxes: 9, others: 8)

  init(_ matches: [Match], prompts: [PromptTargets], using generator: inout some RandomNumberGenerator) {
    var promptOfQuery: [Int: Int] = [:]
    for (index, prompt) in prompts.enumerated() {
      for query in prompt.queries { promptOfQuery[query] = index }
    }
    var maskOfQuery: [Int: Int] = [:]
    for match in matches { maskOfQuery[match.prediction] = match.target }
    var order = promptOfQuery.keys.sorted()
    generator.shuffle(&order)
    var taken = (clicks: 0, boxes: 0, others: 0)
    for query in order {
      guard let index = promptOfQuery[query] else { continue }
      let isMatched = maskOfQuery[query] != nil
      let isBox = prompts[index].isBox
      let hasRoom =
        !isMatched
        ? taken.others < Self.limits.others
        : isBox ? taken.boxes < Self.limits.boxes : taken.clicks < Self.limits.clicks
      guard hasRoom else { continue }
      if !isMatched { taken.others += 1 } else if isBox { taken.boxes += 1 } else { taken.clicks += 1 }
      queries.append(query)
      targets.append(RefinerLoss.Target(mask: maskOfQuery[query], candidates: prompts[index].targets))
    }
  }
}

extension TrainingTruth {
  /// What is true of a sample, at the size of the padded input.
  /// - Throws: `invalidArgument` where masks differ in size.
  fileprivate init(_ sample: TrainingSample, size: InputSize) throws(ModelError) {
    let masks = sample.targets.compactMap(\.mask)
    let padded = SIMD4(
      Double(size.paddedWidth), Double(size.paddedHeight), Double(size.paddedWidth), Double(size.paddedHeight))
    self.init(
      masks: masks.count == sample.targets.count
        ? try TruthMasks(masks, width: size.paddedWidth, height: size.paddedHeight) : nil,
      boxes: sample.targets.map { target in
        let box = target.box
        return SIMD4((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, box.width, box.height) / padded
      },
      objects: sample.targets.map(\.object), parts: sample.targets.map(\.part))
  }
}

extension MaskDecoder.Prediction {
  fileprivate var layerPrediction: LayerPrediction { LayerPrediction(masks: masks, boxes: boxes, ious: iou) }

  /// Some of the queries.
  fileprivate func taking(rows: [Int]) -> MaskDecoder.Prediction {
    MaskDecoder.Prediction(
      queries: queries.taking(rows: rows), boxes: boxes.taking(rows: rows), masks: masks.taking(rows: rows),
      iou: iou.taking(rows: rows), reference: reference.taking(rows: rows))
  }
}
