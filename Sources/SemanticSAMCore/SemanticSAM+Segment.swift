import TensorKernels

/// What `SemanticSAM.segment` shall return beside masks.
public struct SegmentOptions: Sendable {
  /// Names to recognise; `nil`: those that came with the weights.
  public var vocabulary: Vocabulary?
  /// Whether candidates carry names at all.
  public var includesLabels: Bool
  /// Whether candidates carry their logits at the network's resolution.
  public var includesLogits: Bool
  /// The least probability of a name that a mask is recognised by, 0...1.
  public var confidenceThreshold: Float
  /// Encodes words of text prompts that the vocabulary does not have.
  public var textEncoder: (any TextEncoder)?
  /// How the masks are found that a text prompt chooses from.
  public var textSearch = AutomaticMaskOptions()

  public init(
    vocabulary: Vocabulary? = nil, includesLabels: Bool = true, includesLogits: Bool = false,
    confidenceThreshold: Float = 0.3, textEncoder: (any TextEncoder)? = nil
  ) {
    self.vocabulary = vocabulary
    self.includesLabels = includesLabels
    self.includesLogits = includesLogits
    self.confidenceThreshold = confidenceThreshold
    self.textEncoder = textEncoder
  }
}

extension SemanticSAM {
  /// Segments one object of an image in one call.
  /// - Throws: as `encode` and `segment(_:prompts:options:progress:)`.
  public func segment(
    image: Image, prompt: Prompt, options: SegmentOptions = SegmentOptions()
  ) throws(ModelError) -> Segmentation {
    try prompt.validate(width: image.width, height: image.height)
    if let vocabulary = options.vocabulary { try check(vocabulary) }
    return try segment(try encode(image), prompt: prompt, options: options)
  }

  /// Answers one prompt.
  public func segment(
    _ embedding: ImageEmbedding, prompt: Prompt, options: SegmentOptions = SegmentOptions()
  ) throws(ModelError) -> Segmentation {
    try segment(embedding, prompts: [prompt], options: options)[0]
  }

  /// Answers prompts: one segmentation each, in order. Prompts do not influence each other.
  /// - Parameter progress: called after each group of prompts.
  /// - Throws: `promptOutsideImage`, `emptyPrompt`, `invalidArgument` for what cannot be answered (before any work);
  ///   `cancelled`.
  public func segment(
    _ embedding: ImageEmbedding, prompts: [Prompt], options: SegmentOptions = SegmentOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [Segmentation] {
    try check(embedding)
    try checkAnswersPrompts()
    for prompt in prompts { try prompt.validate(width: embedding.imageWidth, height: embedding.imageHeight) }
    if let vocabulary = options.vocabulary { try check(vocabulary) }
    // What a text asks for is resolved before any work.
    var queries: [TextQuery] = []
    for text in prompts.compactMap(\.text) {
      let query = try TextQuery(TextPhrase(text), vocabulary: options.vocabulary ?? vocabulary, options: options)
      try check(query.vocabulary)
      queries.append(query)
    }
    let clicked = prompts.filter { $0.text == nil }
    let groups = groups(of: clicked)
    var steps = StepProgress(total: groups.count + (queries.isEmpty ? 0 : 1), handler: progress)
    var answers: [Segmentation] = []
    for group in groups {
      answers += try answer(Array(clicked[group]), embedding, options)
      try steps.advance()
    }
    guard !queries.isEmpty else { return answers }
    // All texts choose from the same masks.
    var search = options.textSearch
    search.vocabulary = options.vocabulary
    search.includesLabels = options.includesLabels
    search.confidenceThreshold = options.confidenceThreshold
    let masks = try automaticMasks(embedding, options: search)
    var rest = answers[...]
    var texts = queries[...]
    var segmentations: [Segmentation] = []
    for prompt in prompts {
      if prompt.text != nil, let query = texts.popFirst() {
        segmentations.append(
          Segmentation(
            imageWidth: embedding.imageWidth, imageHeight: embedding.imageHeight,
            candidates: try answer(query, masks, embedding, options)))
      } else if let answer = rest.popFirst() {
        segmentations.append(answer)
      }
    }
    try steps.advance()
    return segmentations
  }

  /// The most clicks and boxes that are decoded together, which bounds the memory.
  private static let clicksPerGroup = 32

  /// Whether masks go to the network; otherwise a prompt's mask is answered by its box and by clicks inside it.
  public var takesMasks: Bool { network.maskDecoder.maskPrompt != nil }

  /// Whether a box goes to the network as a box.
  private var takesBoxes: Bool { configuration.decoder.boxesTrained ?? true }

  /// The clicks that stand for a prompt's box where the network was not trained with boxes: nine, at quarters of its width
  /// and height. None where it was.
  private func standIns(for box: Box?) -> [Point] {
    guard !takesBoxes, let box else { return [] }
    let shares = [0.25, 0.5, 0.75]
    return shares.flatMap { down in
      shares.map { across in
        // The middle of the top left pixel is (0, 0).
        Point(x: box.x0 + across * box.width - 0.5, y: box.y0 + down * box.height - 0.5)
      }
    }
  }

  /// Prompts that are decoded together; one with more clicks than that has a group of its own.
  private func groups(of prompts: [Prompt]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var start = 0
    var clicks = 0
    for (index, prompt) in prompts.enumerated() {
      let cost = prompt.clicks.count + (prompt.box == nil ? 0 : takesBoxes ? 1 : 9) + (prompt.mask == nil ? 0 : 8)
      if clicks > 0, clicks + cost > Self.clicksPerGroup {
        groups.append(start..<index)
        start = index
        clicks = 0
      }
      clicks += cost
    }
    return start < prompts.count ? groups + [start..<prompts.count] : groups
  }

  /// Refuses names in another space than that of the weights.
  func check(_ vocabulary: Vocabulary) throws(ModelError) {
    let size = configuration.names?.textDimension
    for table in [vocabulary.objects, vocabulary.parts] where !table.names.isEmpty && table.embeddings.channels != size
    {
      throw ModelError(
        .invalidArgument,
        "The vocabulary's embeddings have \(table.embeddings.channels) numbers, the weights '\(name)' take "
          + (size.map { "\($0)" } ?? "none") + "; encode the names with the sentence encoder of the weights.")
    }
  }

  /// What the network is asked for a prompt.
  private struct Question {
    /// With the box of the earlier mask, where that stands for it.
    var prompt: Prompt
    var clicks: [Point] = []
    /// Clicks that stand for a box, or for an earlier mask.
    var standIns: [Point] = []
    var box: Box?
    /// That the answers shall be like.
    var earlierMask: Mask?
    /// Whether the network is given the mask, and all clicks with it, by itself.
    var isCarried = false
  }

  private func question(_ prompt: Prompt, _ embedding: ImageEmbedding) throws(ModelError) -> Question {
    guard let mask = prompt.mask else {
      return Question(
        prompt: prompt, clicks: prompt.clicks.map(\.point), standIns: standIns(for: prompt.box),
        box: takesBoxes ? prompt.box : nil)
    }
    guard !takesMasks else { return Question(prompt: prompt, isCarried: true) }
    var question = Question(prompt: prompt, clicks: prompt.clicks.map(\.point), standIns: standIns(for: prompt.box))
    let earlier = try mask.mask(width: embedding.imageWidth, height: embedding.imageHeight)
    if !earlier.isEmpty {
      question.standIns += try earlier.deepPoints(Self.clicksPerMask)
      question.prompt.box = prompt.box ?? earlier.box
      question.earlierMask = earlier
    }
    question.box = takesBoxes ? question.prompt.box : nil
    return question
  }

  /// The most clicks that stand for a mask.
  private static let clicksPerMask = 5

  private func answer(
    _ prompts: [Prompt], _ embedding: ImageEmbedding, _ options: SegmentOptions
  ) throws(ModelError) -> [Segmentation] {
    let questions = try prompts.map { prompt throws(ModelError) in try question(prompt, embedding) }
    let points = questions.flatMap { $0.clicks + $0.standIns }
    var answers = decode(
      clicks: Array(points.prefix(Self.clicksPerGroup)), boxes: questions.compactMap(\.box), embedding)
    for start in stride(from: Self.clicksPerGroup, to: points.count, by: Self.clicksPerGroup) {
      let part = points[start..<min(start + Self.clicksPerGroup, points.count)]
      answers.clicks += decode(clicks: Array(part), boxes: [], embedding).clicks
    }
    var clickAnswers = answers.clicks[...]
    var boxAnswers = answers.boxes[...]
    var segmentations: [Segmentation] = []
    for question in questions {
      let ownClicks = Array(clickAnswers.prefix(question.clicks.count))
      clickAnswers = clickAnswers.dropFirst(question.clicks.count)
      var ownBox = clickAnswers.prefix(question.standIns.count).flatMap(\.self)
      clickAnswers = clickAnswers.dropFirst(question.standIns.count)
      if question.box != nil { ownBox += boxAnswers.popFirst() ?? [] }
      if question.isCarried { ownBox = try decode(carrying: question.prompt, embedding) }
      let agreement = PromptAgreement(
        prompt: question.prompt, clickAnswers: question.isCarried ? question.prompt.clicks.map { _ in [] } : ownClicks,
        boxAnswers: ownBox, boxIsAnsweredByClicks: !takesBoxes && !question.isCarried,
        earlierMask: question.earlierMask)
      var candidates: [Candidate] = []
      for choice in try agreement.choices(embedding) {
        candidates.append(try candidate(choice, embedding, options))
      }
      candidates = try DisplayNames.chosen(for: candidates, threshold: options.confidenceThreshold)
      segmentations.append(
        Segmentation(
          imageWidth: embedding.imageWidth, imageHeight: embedding.imageHeight, candidates: candidates))
    }
    return segmentations
  }

  private func candidate(
    _ choice: PromptAgreement.Choice, _ embedding: ImageEmbedding, _ options: SegmentOptions
  ) throws(ModelError) -> Candidate {
    var candidate = Candidate(
      mask: choice.mask, granularity: choice.answer.granularity, predictedIoU: choice.answer.predictedIoU,
      stability: choice.stability)
    // Of nothing there is nothing to see: an empty mask would be named by the maps' biases alone.
    if options.includesLabels, !choice.mask.isEmpty, let vocabulary = options.vocabulary ?? vocabulary {
      let padded =
        choice.isCut
        ? Self.padded(choice.mask, embedding) : choice.answer.logits.drawnPadded(embedding.inputSize)
      candidate.labels = labels(of: padded, embedding, vocabulary)
    }
    if options.includesLogits { candidate.logits = try choice.answer.logits.map(for: embedding) }
    return candidate
  }

  /// The best five names of each kind for a mask at the padded size.
  func labels(of mask: [UInt8], _ embedding: ImageEmbedding, _ vocabulary: Vocabulary) -> Labels? {
    network.names?.labels(of: regionFeatures(of: [mask], embedding), vocabulary).first
  }

  /// A mask of the original image at the padded size, by the nearest pixel; nothing in the padding.
  static func padded(_ mask: Mask, _ embedding: ImageEmbedding) -> [UInt8] {
    let size = embedding.inputSize
    let bitmap = mask.bitmap
    var padded = [UInt8](repeating: 0, count: size.paddedWidth * size.paddedHeight)
    for y in 0..<size.height {
      let row = (2 * y + 1) * mask.height / (2 * size.height) * mask.width
      for x in 0..<size.width {
        padded[y * size.paddedWidth + x] = bitmap[row + (2 * x + 1) * mask.width / (2 * size.width)]
      }
    }
    return padded
  }
}

/// One answer of the network to a click or a box.
struct Answer: Sendable {
  var granularity: Granularity
  var predictedIoU: Float
  var logits: MaskLogits
  /// The answer at the size of the image, where it was drawn before.
  var drawing: (mask: Mask, stability: Float?)?
}

extension SemanticSAM {
  /// Runs decoder and refiner on clicks and boxes of the original image: for each its answers, one a token.
  /// - Parameters:
  ///   - isJoint: whether all of them see each other, as in the reference's demo and automatic generator.
  ///   - isWanted: tells by its predicted IoU whether an answer is given; masks of the others are not computed, where the
  ///     network knows the IoU before them.
  func decode(
    clicks: [Point], boxes: [Box], _ embedding: ImageEmbedding, isJoint: Bool = false,
    isWanted: (Float) -> Bool = { _ in true }
  ) -> (clicks: [[Answer]], boxes: [[Answer]]) {
    guard !clicks.isEmpty || !boxes.isEmpty else { return ([], []) }
    let size = embedding.inputSize
    let centres = centres(of: clicks, embedding)
    let rectangles = boxes.map { rectangle(of: $0, embedding) }
    let decoder = network.maskDecoder
    let queries = decoder.prompts(clicks: centres, boxes: rectangles, size: size)
    guard
      let prediction = decoder(
        isJoint ? queries.joint : queries, memory: embedding.memory, includesMasks: network.refiner != nil
      ).predictions.last
    else { return ([], []) }
    let tokens = configuration.decoder.maskTokens
    let logits =
      if let refiner = network.refiner {
        refined(prediction, refiner, clicks: centres, tokens: tokens, maps: embedding.refinerMaps, isWanted: isWanted)
      } else {
        unrefined(prediction, memory: embedding.memory, isWanted: isWanted)
      }

    let granularities = granularities
    func answers(from row: Int, count: Int) -> [Answer] {
      (0..<count).compactMap { token in
        logits.masks[row + token].map { mask in
          Answer(granularity: granularities[token], predictedIoU: logits.iou[row + token], logits: mask)
        }
      }
    }
    let boxStart = clicks.count * tokens
    let boxQueries = decoder.prompts.boxQueries
    return (
      clicks.indices.map { answers(from: $0 * tokens, count: tokens) },
      boxes.indices.map { answers(from: boxStart + $0 * boxQueries, count: boxQueries) }
    )
  }

  /// A box (cx, cy, w, h) in 0...1 of the padded input.
  func rectangle(of box: Box, _ embedding: ImageEmbedding) -> SIMD4<Float> {
    let size = embedding.inputSize
    let scaleX = Double(size.width) / Double(embedding.imageWidth) / Double(size.paddedWidth)
    let scaleY = Double(size.height) / Double(embedding.imageHeight) / Double(size.paddedHeight)
    return SIMD4(
      Float((box.x0 + box.x1) / 2 * scaleX), Float((box.y0 + box.y1) / 2 * scaleY), Float(box.width * scaleX),
      Float(box.height * scaleY))
  }

  /// The middles of the clicked pixels, in 0...1 of the padded input.
  func centres(of clicks: [Point], _ embedding: ImageEmbedding) -> [SIMD2<Float>] {
    let size = embedding.inputSize
    let scaleX = Double(size.width) / Double(embedding.imageWidth) / Double(size.paddedWidth)
    let scaleY = Double(size.height) / Double(embedding.imageHeight) / Double(size.paddedHeight)
    // A point names a pixel; its centre lies half a pixel from the pixel's edge.
    return clicks.map { point in
      SIMD2(
        Float(min(point.x + 0.5, Double(embedding.imageWidth)) * scaleX),
        Float(min(point.y + 0.5, Double(embedding.imageHeight)) * scaleY))
    }
  }

  /// The masks of a prediction without masks; `nil` for those that are not wanted.
  private func unrefined(
    _ prediction: MaskDecoder.Prediction, memory: DecoderMemory, isWanted: (Float) -> Bool
  ) -> (masks: [MaskLogits?], iou: [Float]) {
    let iou = prediction.iou.values
    let rows = iou.indices.filter { isWanted(iou[$0]) }
    var masks = [MaskLogits?](repeating: nil, count: iou.count)
    guard !rows.isEmpty else { return (masks, iou) }
    let isWhole = rows.count == iou.count
    let logits = network.maskDecoder.masks(
      isWhole ? prediction.queries : prediction.queries.gathered(rows: rows),
      boxes: isWhole ? prediction.boxes : prediction.boxes.gathered(rows: rows), memory: memory)
    for (row, mask) in zip(rows, MaskLogits.ofPaddedImage(logits)) { masks[row] = mask }
    return (masks, iou)
  }

  func refined(
    _ prediction: MaskDecoder.Prediction, _ refiner: MaskRefiner, clicks: [SIMD2<Float>], tokens: Int, maps: [Tensor],
    isWanted: (Float) -> Bool = { _ in true }
  ) -> (masks: [MaskLogits?], iou: [Float]) {
    let count = prediction.boxes.rowCount
    var clickOfQuery = [Float](repeating: .nan, count: count * 2)
    for (index, click) in clicks.enumerated() {
      for query in index * tokens..<(index + 1) * tokens {
        clickOfQuery[2 * query] = click.x
        clickOfQuery[2 * query + 1] = click.y
      }
    }
    let result = refiner(prediction, clicks: Tensor(clickOfQuery, shape: [count, 2]), maps: maps)
    let boxes = prediction.boxes.values
    let iou = result.iou.values
    let masks = (0..<count).map { row -> MaskLogits? in
      guard isWanted(iou[row]) else { return nil }
      return MaskLogits(
        values: result.logits.rows(row..<row + 1).reshaped(to: [refiner.grid, refiner.grid]),
        place: .box(
          SIMD4(boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3]), extent: refiner.extent))
    }
    return (masks, iou)
  }

  /// The granularity that each token answers.
  var granularities: [Granularity] {
    let tokenOfLevel = configuration.tokenOfLevel
    var granularities = Granularity.allCases
    for (level, token) in tokenOfLevel.enumerated() { granularities[token] = Granularity.allCases[level] }
    return granularities
  }
}
