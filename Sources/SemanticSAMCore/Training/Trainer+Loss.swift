extension Trainer {
  /// The loss of one sample.
  /// - Parameters:
  ///   - network: with the parameters that are trained on a tape.
  ///   - normalizer: what the sums over prompts are divided by.
  ///   - things: what those over found things are divided by.
  ///   - photographs: of the batch.
  func loss(
    of network: Network, _ sample: TrainingSample, _ prompts: TrainingPrompts, normalizer: Double,
    things: Double = 1, photographs: Int = 1, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> LossTerms {
    guard !prompts.prompts.isEmpty || findsThings(in: sample) || !network.heads.isEmpty else { return LossTerms() }
    let size = size(of: sample)
    var backbone = network.backbone
    if var swin = backbone as? Swin {
      swin.training = SwinTraining(
        blocks: swin.blockCount, dropPath: recipe.dropPath, savesMemory: recipe.savesMemory, using: &generator)
      backbone = swin
    } else if var light = backbone as? EfficientNetLite {
      light.savesMemory = recipe.savesMemory
      backbone = light
    }
    let encoded = try encoded(
      sample, by: network, backbone: backbone, savesMemory: recipe.savesMemory, size: size)
    let truth = try TrainingTruth(sample, size: size)
    var terms = LossTerms()
    var queries: (features: Tensor, matches: [Match])?
    if !prompts.prompts.isEmpty {
      let layers = answers(of: network, to: prompts, memory: encoded.memory)
      let predictions = layers.map { named($0, by: network, sample) }
      for layer in predictions { try checkFinite(layer) }
      let result = try recipe.loss(
        predictions, prompts: prompts.targets, truth: truth, normalizer: normalizer, using: &generator)
      terms = result.terms
      if let rounds = recipe.prompts.rounds {
        terms.append(
          contentsOf: try corrections(
            rounds, of: network, sample, prompts, layers: layers, memory: encoded.memory, truth: truth,
            normalizer: normalizer, using: &generator))
      }
      if let last = layers.last {
        terms.append(
          contentsOf: refinerTerms(
            of: network, last, result.matches, prompts, truth: truth, features: encoded.features, size: size,
            normalizer: normalizer, using: &generator))
        queries = (last.queries, result.matches)
      }
    }
    terms.append(
      contentsOf: try genericTerms(
        of: network, sample, truth: truth, memory: encoded.memory, things: things, using: &generator))
    terms.append(
      contentsOf: try headTerms(
        of: network, sample, truth: truth, pyramid: encoded.pyramid, queries: queries, photographs: photographs))
    return terms
  }

  /// The terms of the refiner's masks, where the network has one and the recipe trains it.
  private func refinerTerms(
    of network: Network, _ last: MaskDecoder.Prediction, _ matches: [Match], _ prompts: TrainingPrompts,
    truth: TrainingTruth, features: PixelDecoder.Output, size: InputSize, normalizer: Double,
    using generator: inout some RandomNumberGenerator
  ) -> LossTerms {
    guard let refiner = network.refiner, let refinerLoss = recipe.refinerLoss, let masks = truth.masks else {
      return LossTerms()
    }
    let choice = RefinedQueries(matches, prompts: prompts.targets, using: &generator)
    let rows = choice.queries
    let prediction = last.taking(rows: rows)
    let clicks = rows.flatMap { [prompts.clicks[2 * $0], prompts.clicks[2 * $0 + 1]] }
    let refined = refiner(
      prediction, clicks: Tensor(clicks, shape: [rows.count, 2]), maps: refiner.reducedMaps(of: features))
    let photograph = SIMD2(
      Double(size.width) / Double(size.paddedWidth), Double(size.height) / Double(size.paddedHeight))
    return refinerLoss(
      RefinerLoss.Prediction(
        logits: refined.logits, ious: refined.iou, boxes: prediction.boxes.detached, extent: Double(refiner.extent)),
      targets: choice.targets, truth: masks, photograph: photograph, normalizer: normalizer)
  }

  /// What a step asks about a sample; nothing in a network without prompts.
  func prompts(
    on sample: TrainingSample, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> TrainingPrompts {
    guard network.maskDecoder.answersPrompts else { return TrainingPrompts() }
    return try TrainingPrompts(
      on: sample, recipe.prompts, meansRegion: recipe.loss.assignment == .manyToOne,
      encoding: network.maskDecoder.prompts, size: size(of: sample), using: &generator)
  }

  /// What the network, as it is now, predicts after each layer for the prompts that a step would draw for a sample alone in
  /// its batch; nothing is recorded, and the refiner is left out.
  /// - Throws: `invalidArgument` where the sample's masks differ in size, `outOfMemory`.
  public func predictions(on sample: TrainingSample) throws(ModelError) -> [LayerPrediction] {
    var generator = SampleGenerator(seed: seed, step: UInt64(step), sample: 0)
    let prompts = try prompts(on: sample, using: &generator)
    let encoded = try encoded(
      sample, by: network, backbone: network.backbone, savesMemory: false, size: size(of: sample))
    return answers(of: network, to: prompts, memory: encoded.memory).map { named($0, by: network, sample) }
  }

  /// A photograph in all stages that something is asked of.
  private struct Encoded {
    let pyramid: [Tensor]
    let features: PixelDecoder.Output
    let memory: DecoderMemory
  }

  private func encoded(
    _ sample: TrainingSample, by network: Network, backbone: any Backbone, savesMemory: Bool, size: InputSize
  ) throws(ModelError) -> Encoded {
    let pyramid = try backbone(sample.image.normalized(configuration.image, size: size)) {
      () throws(ModelError) in
    }
    let features = try network.pixelDecoder(pyramid, savesMemory: savesMemory) { (_) throws(ModelError) in }
    return Encoded(pyramid: pyramid, features: features, memory: network.maskDecoder.memory(of: features))
  }

  private func answers(
    of network: Network, to prompts: TrainingPrompts, memory: DecoderMemory
  ) -> [MaskDecoder.Prediction] {
    let decoder = network.maskDecoder
    return decoder(decoder.prompts.queries(prompts.prompts), memory: memory, everyLayer: true).predictions
  }

  /// A layer's answers to prompts, with names where the sample trains them.
  private func named(
    _ layer: MaskDecoder.Prediction, by network: Network, _ sample: TrainingSample
  ) -> LayerPrediction {
    var prediction = layer.layerPrediction
    if let names = supervisedNames(of: sample), let projections = network.maskDecoder.textProjections {
      prediction.objects = names.objects.map { projections.objectLogits(layer.queries, names: $0) }
      prediction.parts = names.parts.flatMap { projections.partLogits(layer.queries, names: $0) }
    }
    return prediction
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
      objects: Self.classes(sample, \.object, among: sample.names?.objects),
      parts: Self.classes(sample, \.part, among: sample.names?.parts))
    if let names = sample.names {
      incompleteObjects = Self.places(of: names.incompleteObjects, among: names.objects)
      incompleteParts = Self.places(of: names.incompleteParts, among: names.parts)
    }
  }

  /// The class of each target among the names that were looked for; empty where none were.
  private static func classes(
    _ sample: TrainingSample, _ name: KeyPath<TrainingSample.Target, Int?>, among names: [Int]?
  ) -> [Int?] {
    guard let names, !names.isEmpty else { return [] }
    let places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    return sample.targets.map { $0[keyPath: name].flatMap { places[$0] } }
  }

  private static func places(of chosen: Set<Int>, among names: [Int]) -> Set<Int> {
    Set(names.indices.filter { chosen.contains(names[$0]) })
  }
}

extension MaskDecoder.Prediction {
  var layerPrediction: LayerPrediction { LayerPrediction(masks: masks, boxes: boxes, ious: iou) }

  /// Some of the queries.
  fileprivate func taking(rows: [Int]) -> MaskDecoder.Prediction {
    MaskDecoder.Prediction(
      queries: queries.taking(rows: rows), boxes: boxes.taking(rows: rows), masks: masks.taking(rows: rows),
      iou: iou.taking(rows: rows), reference: reference.taking(rows: rows))
  }
}
