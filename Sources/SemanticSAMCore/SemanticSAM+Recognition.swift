/// Segmentation by names instead of prompts.
///
/// Networks that look by themselves (`findsByText`, those of OpenSeeD) are asked directly. The others, as the one that
/// ships, look with a grid of clicks and name the masks.
extension SemanticSAM {
  /// Whether the network finds things of a vocabulary by itself.
  public var findsByText: Bool { configuration.proposals != nil }

  /// Whether the network answers clicks and boxes.
  public var answersPrompts: Bool { configuration.decoder.maskTokens > 0 }

  /// - Throws: `unsupported` where the network finds things by text only.
  func checkAnswersPrompts() throws(ModelError) {
    guard answersPrompts else {
      throw ModelError(
        .unsupported,
        "The network \(ModelError.quoted(configuration.model.prefix(40))) finds things by text and answers no clicks or boxes; "
          + "use panoptic, instances, semantic or parts, or other weights.")
    }
  }

  /// Panoptic segmentation: each pixel belongs to one thing, or to the stuff of one name, or to nothing.
  /// - Parameters:
  ///   - vocabulary: the names to tell apart, with embeddings of the weights' text encoder; `nil`: those that came with the
  ///     weights.
  ///   - progress: called as the work goes on.
  /// - Throws: `invalidArgument` for a vocabulary that the weights cannot use; `unsupported` where there is none at all;
  ///   `cancelled`, and what `encode` throws.
  public func panoptic(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> PanopticSegmentation {
    let vocabulary = try usable(vocabulary)
    guard findsByText else {
      return try namedMasks(image, vocabulary, options, progress, parts: false).panoptic()
    }
    let embedding = try encode(image, longEdgeLimit: options.longEdgeLimit, progress: progress)
    return try panoptic(embedding, vocabulary: vocabulary, rules: options.rules)
  }

  /// Things with their names, best score first; see `panoptic(_:vocabulary:options:progress:)`.
  public func instances(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [Detection] {
    let vocabulary = try usable(vocabulary)
    guard findsByText else {
      return try namedMasks(image, vocabulary, options, progress, parts: false).instances()
    }
    let embedding = try encode(image, longEdgeLimit: options.longEdgeLimit, progress: progress)
    return try instances(embedding, vocabulary: vocabulary, rules: options.rules)
  }

  /// The name of each pixel; see `panoptic(_:vocabulary:options:progress:)`.
  public func semanticMap(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> SemanticMap {
    let vocabulary = try usable(vocabulary)
    guard findsByText else {
      return try namedMasks(image, vocabulary, options, progress, parts: false).semanticMap()
    }
    let embedding = try encode(image, longEdgeLimit: options.longEdgeLimit, progress: progress)
    return try semanticMap(embedding, vocabulary: vocabulary, rules: options.rules)
  }

  /// Parts of things with their names and owners, best score first; see `panoptic(_:vocabulary:options:progress:)`.
  ///
  /// A network with a classifier for parts joins both classifiers. OpenSeeD's has none: there the names of the vocabulary's
  /// parts, such as "dog:head", are looked for as things are.
  public func parts(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [PartDetection] {
    let vocabulary = try usable(vocabulary, parts: true)
    guard findsByText else {
      let candidates = try automaticMasks(image, vocabulary, options, progress)
      let owners = try namedMasks(candidates, image, vocabulary, options, parts: false).things()
      return try namedMasks(candidates, image, vocabulary, options, parts: true).parts(of: owners)
    }
    let embedding = try encode(image, longEdgeLimit: options.longEdgeLimit, progress: progress)
    return try parts(embedding, vocabulary: vocabulary, rules: options.rules)
  }
}

/// The same on an encoded image, so that the vocabulary can change at the price of the decoder alone. Only for networks that
/// find by text; the others throw `unsupported`.
extension SemanticSAM {
  public func panoptic(
    _ embedding: ImageEmbedding, vocabulary: Vocabulary, rules: FindingRules = FindingRules()
  ) throws(ModelError) -> PanopticSegmentation {
    try namedQueries(embedding, vocabulary, rules).panoptic { () throws(ModelError) in try Self.checkCancellation() }
  }

  public func instances(
    _ embedding: ImageEmbedding, vocabulary: Vocabulary, rules: FindingRules = FindingRules()
  ) throws(ModelError) -> [Detection] {
    try namedQueries(embedding, vocabulary, rules).instances(limit: instanceLimit(rules)) {
      () throws(ModelError) in try Self.checkCancellation()
    }
  }

  public func semanticMap(
    _ embedding: ImageEmbedding, vocabulary: Vocabulary, rules: FindingRules = FindingRules()
  ) throws(ModelError) -> SemanticMap {
    try namedQueries(embedding, vocabulary, rules).semanticMap { (_) throws(ModelError) in
      try Self.checkCancellation()
    }
  }

  public func parts(
    _ embedding: ImageEmbedding, vocabulary: Vocabulary, rules: FindingRules = FindingRules()
  ) throws(ModelError) -> [PartDetection] {
    let vocabulary = try usable(vocabulary, parts: true)
    var rules = rules
    rules.keepsThingsOnly = false
    guard network.maskDecoder.textProjections?.parts != nil, !vocabulary.objects.names.isEmpty else {
      let asThings = Vocabulary(objects: vocabulary.parts, parts: vocabulary.objects)
      return try instances(embedding, vocabulary: asThings, rules: rules).filter { !$0.mask.isEmpty }.map { detection in
        let (object, part) = PartDetection.halves(of: detection.name)
        return PartDetection(
          mask: detection.mask, box: detection.box, category: detection.category, name: part, object: object,
          score: detection.score)
      }
    }
    let findings = try findings(embedding, vocabulary, includesParts: true)
    guard let partLogits = findings.partLogits else { return [] }
    let queries = Self.namedQueries(findings, embedding, vocabulary, rules)
    let scores = partLogits.sigmoid()
    return try queries.parts(
      scores: (0..<scores.rowCount).map { scores.rows($0..<$0 + 1).values }, names: vocabulary.parts.names,
      pairs: vocabulary.pairs, limit: instanceLimit(rules)
    ) { () throws(ModelError) in try Self.checkCancellation() }
  }
}

extension SemanticSAM {
  /// The vocabulary that was given, or else that of the weights.
  private func usable(_ vocabulary: Vocabulary?, parts: Bool = false) throws(ModelError) -> Vocabulary {
    guard let vocabulary = vocabulary ?? self.vocabulary else {
      throw ModelError(
        .unsupported,
        "The weights '\(name)' came without names; give a vocabulary with embeddings of their text encoder.")
    }
    guard !(parts ? vocabulary.parts : vocabulary.objects).names.isEmpty else {
      throw ModelError(
        .invalidArgument, "The vocabulary names no \(parts ? "parts" : "objects"); give at least one name.")
    }
    guard vocabulary.objects.names.count < Int(SemanticMap.noName) else {
      throw ModelError(
        .invalidArgument,
        "The vocabulary has \(vocabulary.objects.names.count) objects; give at most \(SemanticMap.noName - 1).")
    }
    guard findsByText else {
      guard configuration.names != nil else {
        throw ModelError(
          .unsupported, "The weights '\(name)' name nothing; use those that ship, or a checkpoint of OpenSeeD.")
      }
      try check(vocabulary)
      return vocabulary
    }
    let size = configuration.decoder.textDimension
    for table in [vocabulary.objects, vocabulary.parts] where !table.names.isEmpty && table.embeddings.channels != size
    {
      throw ModelError(
        .invalidArgument,
        "The vocabulary's embeddings have \(table.embeddings.channels) numbers, the weights '\(name)' take \(size ?? 0); "
          + "encode the names with the text encoder of the weights.")
    }
    return vocabulary
  }

  private func instanceLimit(_ rules: FindingRules) -> Int {
    rules.maximumInstances ?? configuration.proposals?.maximumInstances ?? 100
  }

  private static func checkCancellation() throws(ModelError) {
    if Task.isCancelled { throw ModelError(.cancelled, "The work was cancelled.") }
  }

  private func findings(
    _ embedding: ImageEmbedding, _ vocabulary: Vocabulary, includesParts: Bool
  ) throws(ModelError) -> MaskDecoder.Findings {
    try check(embedding)
    let parts = includesParts ? vocabulary.parts.embeddings : nil
    guard
      let findings = network.maskDecoder.findings(
        embedding.memory, objects: vocabulary.objects.embeddings, parts: parts)
    else {
      throw ModelError(
        .unsupported,
        "The weights '\(name)' answer prompts and look for nothing by themselves; give the image instead of an embedding, or "
          + "use a checkpoint of OpenSeeD.")
    }
    return findings
  }

  private func namedQueries(
    _ embedding: ImageEmbedding, _ vocabulary: Vocabulary, _ rules: FindingRules
  ) throws(ModelError) -> NamedQueries {
    let vocabulary = try usable(vocabulary)
    return Self.namedQueries(
      try findings(embedding, vocabulary, includesParts: false), embedding, vocabulary, rules)
  }

  private static func namedQueries(
    _ findings: MaskDecoder.Findings, _ embedding: ImageEmbedding, _ vocabulary: Vocabulary, _ rules: FindingRules
  ) -> NamedQueries {
    // With a softmax the last embedding stands for "no object".
    let objects = vocabulary.objects
    let count = objects.names.count - (rules.hasSoftmaxWithBackground ? 1 : 0)
    return NamedQueries(
      logits: findings.objectLogits, boxes: findings.boxes, masks: findings.masks,
      foregroundCount: findings.foregroundCount, size: embedding.inputSize, width: embedding.imageWidth,
      height: embedding.imageHeight, names: Array(objects.names.prefix(count)), isThing: Array(objects.isThing.prefix(count)),
      rules: rules)
  }

  private func automaticMasks(
    _ image: Image, _ vocabulary: Vocabulary, _ options: RecognitionOptions, _ progress: ProgressHandler?
  ) throws(ModelError) -> [Candidate] {
    var automatic = options.automatic
    automatic.vocabulary = vocabulary
    automatic.includesLabels = true
    automatic.longEdgeLimit = options.longEdgeLimit
    return try automaticMasks(image, options: automatic, progress: progress)
  }

  private func namedMasks(
    _ image: Image, _ vocabulary: Vocabulary, _ options: RecognitionOptions, _ progress: ProgressHandler?, parts: Bool
  ) throws(ModelError) -> NamedMasks {
    let candidates = try automaticMasks(image, vocabulary, options, progress)
    return namedMasks(candidates, image, vocabulary, options, parts: parts)
  }

  private func namedMasks(
    _ candidates: [Candidate], _ image: Image, _ vocabulary: Vocabulary, _ options: RecognitionOptions, parts: Bool
  ) -> NamedMasks {
    NamedMasks(
      candidates, width: image.width, height: image.height, table: parts ? vocabulary.parts : vocabulary.objects,
      minimumProbability: options.minimumProbability
    ) { parts ? $0.labels?.parts.first : $0.labels?.objects.first }
  }
}
