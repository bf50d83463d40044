import SemanticSAMCore

/// How good a network in training is on a validation set: at answering prompts, where it does that, and at finding and naming
/// things, where it was trained with names and the set has some of them.
public struct TrainingEvaluation: Sendable {
  public let interactive: InteractiveEvaluation?
  public let generic: GenericEvaluation?

  init(of model: SemanticSAM, on dataset: some Dataset) throws(ModelError) {
    interactive = model.answersPrompts ? try Self.interactive(model, dataset) : nil
    generic = try Self.generic(model, dataset)
    guard interactive != nil || generic != nil else {
      throw ModelError(
        .invalidArgument,
        "Nothing can be measured on '\(dataset.name)': the network answers no prompts, and the set has none of the names that "
          + "it is trained with; leave --validation out, or give another set.")
    }
  }

  /// The measures by the names that the log has.
  public var numbers: [String: Double] {
    var numbers: [String: Double] = [:]
    numbers["oracle_miou"] = interactive?.oracleMIoU
    numbers["max_miou"] = interactive?.maxMIoU
    numbers["box_miou"] = interactive?.boxMIoU
    numbers["pq"] = generic?.panoptic?.all.pq
    numbers["miou"] = generic?.semantic?.meanIoU
    numbers["ap"] = generic?.things?.averagePrecision
    numbers["part_ap"] = generic?.parts?.averagePrecision
    return numbers.filter { $0.value.isFinite }
  }

  /// What the best weights have most of: the oracle of clicks, or else panoptic quality, or else average precision.
  var score: Double {
    let numbers = numbers
    return ["oracle_miou", "pq", "ap", "part_ap"].lazy.compactMap { numbers[$0] }.first ?? -1
  }

  /// The plain protocol.
  private static func interactive(
    _ model: SemanticSAM, _ dataset: some Dataset
  ) throws(ModelError) -> InteractiveEvaluation {
    try InteractiveEvaluation(dataset, .plain) { task throws(ModelError) in
      let photograph = try task.image.load().resized(width: task.width, height: task.height)
      return try model.segment(
        try model.encode(photograph), prompts: task.prompts, options: SegmentOptions(includesLabels: false))
    }
  }

  /// With the set's own names, as far as the network knows them.
  private static func generic(
    _ model: SemanticSAM, _ dataset: some Dataset
  ) throws(ModelError) -> GenericEvaluation? {
    guard model.findsByText, let known = model.trainedVocabulary else { return nil }
    func table(_ categories: [Category], _ known: Vocabulary.Table) throws(ModelError) -> Vocabulary.Table {
      let places = Dictionary(known.names.enumerated().map { ($1, $0) }) { first, _ in first }
      var names: Set<String> = []
      let kept = categories.filter {
        places[TrainingNames.Name.plain($0.name)] != nil && names.insert($0.name).inserted
      }
      return try Vocabulary.Table(
        names: kept.map(\.name),
        embeddings: known.embeddings.gathered(rows: kept.compactMap { places[TrainingNames.Name.plain($0.name)] }),
        isThing: kept.map(\.isThing))
    }
    let vocabulary = Vocabulary(
      objects: try table(dataset.categories.objects, known.objects),
      parts: try table(dataset.categories.parts, known.parts))
    var metrics = GenericEvaluation.Metric.usual(for: dataset.categories)
    if vocabulary.objects.names.isEmpty { metrics.subtract([.pq, .miou, .ap]) }
    if vocabulary.parts.names.isEmpty { metrics.remove(.partAP) }
    guard !metrics.isEmpty else { return nil }
    var options = RecognitionOptions()
    options.rules.instanceThreshold = 0  // Average precision wants the uncertain ones too.
    return try GenericEvaluation(dataset, metrics: metrics) { photograph throws(ModelError) in
      try model.recognition(of: photograph, vocabulary: vocabulary, options: options)
    }
  }
}
