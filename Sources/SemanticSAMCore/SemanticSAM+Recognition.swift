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

  /// Looks at an image once, for any of panoptic, semantic, instance and part segmentation.
  /// - Parameters:
  ///   - vocabulary: the names to tell apart, with embeddings of the weights' text encoder; `nil`: those that came with the
  ///     weights.
  ///   - progress: called as the work goes on.
  /// - Throws: `invalidArgument` for a vocabulary that the weights cannot use; `unsupported` where there is none at all;
  ///   `cancelled`, and what `encode` throws.
  public func recognition(
    of image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> SceneRecognition {
    let vocabulary = try usable(vocabulary)
    guard findsByText else {
      var automatic = options.automatic
      automatic.vocabulary = vocabulary
      automatic.includesLabels = true
      automatic.longEdgeLimit = options.longEdgeLimit
      let candidates = try automaticMasks(image, options: automatic, progress: progress)
      let least = options.minimumInstanceProbability ?? options.minimumProbability
      func named(_ table: Vocabulary.Table, _ least: Float, _ labels: (Candidate) -> [Label]?) -> NamedMasks {
        NamedMasks(
          candidates, width: image.width, height: image.height, table: table, minimumProbability: least
        ) { labels($0) ?? [] }
      }
      return SceneRecognition(
        source: .masks(
          maps: named(vocabulary.objects, options.minimumProbability) { $0.labels?.objects.prefix(1).map(\.self) },
          things: named(vocabulary.objects, least) { $0.labels?.objects.prefix(options.namesPerInstance).map(\.self) },
          parts: named(vocabulary.parts, least) { $0.labels?.parts.prefix(1).map(\.self) }))
    }
    let embedding = try encode(image, longEdgeLimit: options.longEdgeLimit, progress: progress)
    return try recognition(of: embedding, vocabulary: vocabulary, rules: options.rules)
  }

  /// The same on an encoded image, so that the vocabulary can change at the price of the decoder alone. Only for networks
  /// that find by text.
  ///
  /// A network with a classifier for parts joins both classifiers. OpenSeeD's has none: there the names of the vocabulary's
  /// parts, such as "dog:head", are looked for as things are, in a second pass of the decoder.
  /// - Throws: `unsupported` where the network answers prompts only; `invalidArgument` for a vocabulary or an embedding that
  ///   the weights cannot use.
  public func recognition(
    of embedding: ImageEmbedding, vocabulary: Vocabulary, rules: FindingRules = FindingRules()
  ) throws(ModelError) -> SceneRecognition {
    try check(embedding)
    let vocabulary = try usable(vocabulary)
    let hasObjects = !vocabulary.objects.names.isEmpty
    let hasParts = !vocabulary.parts.names.isEmpty
    let hasPartClassifier = network.maskDecoder.textProjections?.parts != nil
    let joinsParts = hasParts && hasObjects && hasPartClassifier
    let findings = try findings(
      embedding, hasObjects ? vocabulary.objects : vocabulary.parts, parts: joinsParts ? vocabulary.parts : nil)
    let queries = Self.namedQueries(findings, embedding, hasObjects ? vocabulary.objects : vocabulary.parts, rules)
    var parts = SceneRecognition.PartSource.none
    if joinsParts, let logits = findings.partLogits?.sigmoid() {
      parts = .classifier(
        scores: (0..<logits.rowCount).map { logits.rows($0..<$0 + 1).values }, names: vocabulary.parts.names,
        pairs: vocabulary.pairs)
    } else if hasParts {
      var rules = rules
      rules.keepsThingsOnly = false
      let found = hasObjects ? try self.findings(embedding, vocabulary.parts, parts: nil) : findings
      parts = .queries(Self.namedQueries(found, embedding, vocabulary.parts, rules))
    }
    let limit = rules.maximumInstances ?? configuration.proposals?.maximumInstances ?? 100
    return SceneRecognition(source: .queries(queries, limit: limit, parts: parts))
  }

  /// Panoptic segmentation: each pixel belongs to one thing, or to the stuff of one name, or to nothing. Parameters and
  /// errors are those of `recognition(of:vocabulary:options:progress:)`.
  public func panoptic(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> PanopticSegmentation {
    try recognition(of: image, vocabulary: vocabulary, options: options, progress: progress).panoptic()
  }

  /// Things with their names, best score first; as `recognition(of:vocabulary:options:progress:)`.
  public func instances(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [Detection] {
    try recognition(of: image, vocabulary: vocabulary, options: options, progress: progress).instances()
  }

  /// The name of each pixel; as `recognition(of:vocabulary:options:progress:)`.
  public func semanticMap(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> SemanticMap {
    try recognition(of: image, vocabulary: vocabulary, options: options, progress: progress).semanticMap()
  }

  /// Parts of things with their names and owners, best score first; as `recognition(of:vocabulary:options:progress:)`.
  public func parts(
    _ image: Image, vocabulary: Vocabulary? = nil, options: RecognitionOptions = RecognitionOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [PartDetection] {
    try recognition(of: image, vocabulary: vocabulary, options: options, progress: progress).parts()
  }
}

extension SemanticSAM {
  /// The vocabulary that was given, or else that of the weights.
  private func usable(_ vocabulary: Vocabulary?) throws(ModelError) -> Vocabulary {
    guard findsByText || configuration.names != nil else {
      throw ModelError(
        .unsupported, "The weights '\(name)' name nothing; use those that ship, or a checkpoint of OpenSeeD.")
    }
    guard let vocabulary = vocabulary ?? (findsByText ? trainedVocabulary : nil) ?? self.vocabulary else {
      throw ModelError(
        .unsupported,
        "The weights '\(name)' came without names; give a vocabulary with embeddings of their text encoder.")
    }
    guard !vocabulary.objects.names.isEmpty || !vocabulary.parts.names.isEmpty else {
      throw ModelError(.invalidArgument, "The vocabulary names nothing; give at least one name.")
    }
    guard vocabulary.objects.names.count < Int(SemanticMap.noName) else {
      throw ModelError(
        .invalidArgument,
        "The vocabulary has \(vocabulary.objects.names.count) objects; give at most \(SemanticMap.noName - 1).")
    }
    guard findsByText else {
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

  private func findings(
    _ embedding: ImageEmbedding, _ objects: Vocabulary.Table, parts: Vocabulary.Table?
  ) throws(ModelError) -> MaskDecoder.Findings {
    guard
      let findings = network.maskDecoder.findings(
        embedding.memory, objects: objects.embeddings, parts: parts?.embeddings)
    else {
      throw ModelError(
        .unsupported,
        "The weights '\(name)' answer prompts and look for nothing by themselves; give the image instead of an embedding, or "
          + "use a checkpoint of OpenSeeD.")
    }
    return findings
  }

  private static func namedQueries(
    _ findings: MaskDecoder.Findings, _ embedding: ImageEmbedding, _ table: Vocabulary.Table, _ rules: FindingRules
  ) -> NamedQueries {
    // With a softmax the last embedding stands for "no object".
    let count = table.names.count - (rules.hasSoftmaxWithBackground ? 1 : 0)
    return NamedQueries(
      logits: findings.objectLogits, boxes: findings.boxes, masks: findings.masks,
      foregroundCount: findings.foregroundCount, size: embedding.inputSize, width: embedding.imageWidth,
      height: embedding.imageHeight, names: Array(table.names.prefix(count)),
      isThing: Array(table.isThing.prefix(count)), rules: rules)
  }
}
