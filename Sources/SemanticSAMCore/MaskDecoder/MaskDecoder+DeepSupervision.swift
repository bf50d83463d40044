/// What is trained of the queries that the network chooses itself: every place where they are answered.
extension MaskDecoder {
  /// The answers of an image, each with the name of its place: "proposals" of the encoder's tokens, "initial" of the queries
  /// before the first layer, "1" and so on of the layers, "0" of the last one.
  struct SupervisedFindings: Sendable {
    var found: [(place: String, prediction: LayerPrediction)] = []
    /// Those of the denoising queries, which have no proposals.
    var denoised: [(place: String, prediction: LayerPrediction)] = []
  }

  /// The names that an image is looked at with: embeddings `[names, D]` of unit rows.
  struct SupervisedNames: Sendable {
    /// What tokens are chosen by.
    var selection: Tensor
    /// `nil` where the data set has no such labels.
    var objects: Tensor?
    var parts: Tensor?
  }

  /// Chooses queries and answers them in every layer.
  ///
  /// Contents and boxes of the chosen tokens are constants to the layers; only the proposals' own loss reaches the encoder
  /// through them (reference: `tgt_undetach` of Mask DINO's decoder).
  /// - Parameter denoising: come first, and are seen by nobody but their group.
  /// - Returns: `nil` where the network has no two-stage selection.
  func supervisedFindings(
    _ memory: DecoderMemory, names: SupervisedNames, denoising: DenoisingQueries?
  ) -> SupervisedFindings? {
    guard let selection = selection(memory, names: names.selection) else { return nil }
    var findings = SupervisedFindings()
    let proposed = norm(selection.features)
    let proposal = answer(proposed, boxes: selection.boxes.sigmoid(), names, memory)
    findings.found.append(("proposals", proposal))

    let start = start(selection) { proposal.masks.detached }
    var content = start.content
    // Learned queries are parameters, chosen tokens are not.
    if !(proposals?.configuration.learnsContent ?? false) { content = content.detached }
    var boxes = start.boxes.detached
    var groups = [QueryGroup(count: 1, tokens: content.rowCount)]
    let noisy = denoising?.content.rowCount ?? 0
    if let denoising, noisy > 0 {
      groups = denoising.groups(following: content.rowCount)
      content = Tensor.concatenated([denoising.content, content])
      boxes = Tensor.concatenated([denoising.boxes, boxes])
    }
    func add(_ place: String, _ prediction: LayerPrediction) {
      findings.found.append((place, prediction.rows(noisy..<content.rowCount)))
      if noisy > 0 { findings.denoised.append((place, prediction.rows(0..<noisy))) }
    }
    let reference = boxes.sigmoid()
    add("initial", answer(norm(content), boxes: reference, names, memory))
    _ = run(content, reference: reference, groups: groups, memory: memory) { index, x, _, unbounded in
      let normed = norm(x)
      add(
        index + 1 == layers.count ? "0" : "\(index + 1)",
        answer(norm(normed), boxes: (boxHead(normed) + unbounded).sigmoid(), names, memory))
    }
    return findings
  }

  /// - Parameter queries: normed.
  private func answer(
    _ queries: Tensor, boxes: Tensor, _ names: SupervisedNames, _ memory: DecoderMemory
  ) -> LayerPrediction {
    LayerPrediction(
      masks: masks(queries, boxes: boxes, memory: memory), boxes: boxes,
      objects: names.objects.flatMap { textProjections?.objectLogits(queries, names: $0) },
      parts: names.parts.flatMap { textProjections?.partLogits(queries, names: $0) })
  }
}

extension LayerPrediction {
  /// Some of the queries.
  fileprivate func rows(_ range: Range<Int>) -> LayerPrediction {
    LayerPrediction(
      masks: masks.rows(range), boxes: boxes.rows(range), objects: objects?.rows(range), parts: parts?.rows(range))
  }
}
