extension Trainer {
  /// How many things a batch gives to the queries that the network chooses itself: what their sums are divided by.
  func thingCount(_ batch: [TrainingSample]) -> Int {
    batch.reduce(0) { $0 + (findsThings(in: $1) ? $1.targets.count : 0) }
  }

  /// Whether a photograph trains the queries that the network chooses itself: its data set must have names.
  func findsThings(in sample: TrainingSample) -> Bool {
    guard recipe.generic != nil, vocabulary != nil, let names = sample.names else { return false }
    return !names.objects.isEmpty || !names.parts.isEmpty
  }

  /// The embeddings of the names that were looked for in a photograph; `nil` where it trains no names.
  func supervisedNames(of sample: TrainingSample) -> MaskDecoder.SupervisedNames? {
    guard findsThings(in: sample), let vocabulary, let names = sample.names else { return nil }
    let objects = names.objects.isEmpty ? nil : vocabulary.objects.embeddings.gathered(rows: names.objects)
    let parts = names.parts.isEmpty ? nil : vocabulary.parts.embeddings.gathered(rows: names.parts)
    return (objects ?? parts).map { MaskDecoder.SupervisedNames(selection: $0, objects: objects, parts: parts) }
  }

  /// The loss of the queries that the network chooses itself, and of the denoising queries.
  /// - Parameter things: of the whole batch.
  func genericTerms(
    of network: Network, _ sample: TrainingSample, truth: TrainingTruth, memory: DecoderMemory, things: Double,
    using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> LossTerms {
    guard let generic = recipe.generic, let names = supervisedNames(of: sample) else { return LossTerms() }
    let decoder = network.maskDecoder
    let denoising = denoisingQueries(of: sample, truth: truth, decoder: decoder, using: &generator)
    guard let findings = decoder.supervisedFindings(memory, names: names, denoising: denoising) else {
      return LossTerms()
    }
    for (_, prediction) in findings.found + findings.denoised { try checkFinite(prediction) }
    var terms = try generic.loss(findings.found, truth: truth, normalizer: things, using: &generator)
      .prefixed("generic-")
    if let denoising, denoising.groupCount > 0 {
      terms.append(
        contentsOf: generic.loss.denoising(
          findings.denoised, groups: denoising.groupCount, truth: truth, normalizer: things, using: &generator
        ).prefixed("denoising-"))
    }
    return terms
  }

  /// Queries made of the things that have a name: the name of the part where there is one, or else that of the object.
  /// - Returns: `nil` where the recipe has none, or not every thing has a name.
  private func denoisingQueries(
    of sample: TrainingSample, truth: TrainingTruth, decoder: MaskDecoder,
    using generator: inout some RandomNumberGenerator
  ) -> DenoisingQueries? {
    guard let denoising = recipe.generic?.denoising, let projections = decoder.textProjections, let vocabulary,
      !sample.targets.isEmpty
    else { return nil }
    let objectCount = vocabulary.objects.names.count
    let labels = sample.targets.compactMap { target in target.part.map { objectCount + $0 } ?? target.object }
    guard labels.count == sample.targets.count else { return nil }
    let tables = [vocabulary.objects, vocabulary.parts].filter { !$0.names.isEmpty }.map(\.embeddings)
    let groups = max(denoising.queries / labels.count, 1)
    let noise = (0..<groups * labels.count).map { _ in
      let (x, y) = (Float(generator.uniform()), Float(generator.uniform()))
      return SIMD4(x, y, Float(generator.uniform()), Float(generator.uniform()))
    }
    return DenoisingQueries(
      labels: labels, boxes: truth.boxes.map { SIMD4<Float>($0) }, names: Tensor.concatenated(tables), noise: noise,
      scale: Float(denoising.noise), projections: projections)
  }

  /// - Throws: `diverged` where a prediction has a number that is not finite: matching would refuse its costs with less to say.
  func checkFinite(_ layer: LayerPrediction) throws(ModelError) {
    for tensor in [layer.boxes, layer.masks, layer.ious, layer.objects, layer.parts] {
      guard let tensor, !tensor.withUnsafeBufferPointer({ $0.allSatisfy(\.isFinite) }) else { continue }
      throw diverged("a prediction")
    }
  }
}

extension LossTerms {
  /// The same terms under longer names.
  fileprivate func prefixed(_ prefix: String) -> LossTerms {
    var copy = LossTerms()
    for term in terms { copy.add(prefix + term.name, term.value, weight: term.weight) }
    return copy
  }
}
