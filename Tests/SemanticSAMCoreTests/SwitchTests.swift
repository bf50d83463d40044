import Testing

@testable import SemanticSAMCore

/// Networks with other parts than the one that ships, from its own numbers.
struct SwitchTests {
  private static let refiner = "model.sem_seg_head.predictor.mask_refiner."
  private static let prior = "model.sem_seg_head.predictor.mask_prior."

  private func model(
    without prefixes: [String] = [], metadata: [String: String?] = [:],
    _ configuration: (inout [String: Any]) throws -> Void
  ) throws -> SemanticSAM {
    let bytes = try TestModels.checkpoint(
      metadata: metadata,
      tensor: { name, tensor in prefixes.contains(where: name.hasPrefix) ? nil : tensor },
      configuration: configuration)
    return try SemanticSAM.load(.bytes(bytes, name: "variant"))
  }

  /// Answers a click, a box and both, and looks at what can be said of any network's answers.
  private func check(_ model: SemanticSAM, boxAnswers: Int = 1) throws {
    let image = try TestModels.photograph("chelsea.png")
    let embedding = try model.encode(image, longEdgeLimit: 200)
    let box = Box(x0: 40, y0: 20, x1: 400, y1: 280)
    let options = SegmentOptions(includesLogits: true)
    let answers = try model.segment(
      embedding,
      prompts: [.point(220, 150), .box(box), Prompt.box(box).adding(Point(x: 10, y: 10), isPositive: false)],
      options: options)
    #expect(answers[0].count == 6 && answers[1].count == boxAnswers)
    for candidate in answers.flatMap(\.self) {
      #expect(candidate.mask.width == 451 && candidate.mask.height == 300)
      #expect(candidate.predictedIoU.isFinite)
      #expect((candidate.labels != nil) == (model.configuration.names != nil) || candidate.mask.isEmpty)
      #expect(candidate.stability.map { (0...1).contains($0) } ?? true)
      #expect(candidate.logits != nil)
    }
    #expect(answers[0].map(\.granularity).sorted() == Granularity.allCases)
    #expect(answers[2].allSatisfy { !$0.mask.contains(x: 10, y: 10) })
    #expect(answers[0].contains { !$0.mask.isEmpty })
  }

  @Test func withoutStartingBoxes() throws {
    let model = try model { $0["starting_boxes"] = nil }
    try check(model)
    #expect(model.parameterCount == (try TestModels.model().parameterCount))
  }

  @Test func withoutPrior() throws {
    let model = try model(without: [Self.prior]) { $0["mask_prior"] = nil }
    try check(model)
    #expect(model.parameterCount == (try TestModels.model().parameterCount) - 1)
  }

  @Test func withoutRefiner() throws {
    let model = try model(without: [Self.refiner]) { $0["mask_refiner"] = nil }
    try check(model)
    // Logits at stride 4 cover the padded image.
    let embedding = try model.encode(try TestModels.photograph("chelsea.png"))
    let options = SegmentOptions(includesLogits: true)
    let logits = try #require(
      try model.segment(embedding, prompt: .point(200, 150), options: options).best?.logits)
    let size = embedding.inputSize
    #expect(logits.width == size.paddedWidth / 4 && logits.height == size.paddedHeight / 4)
    #expect(logits.region.x0 == 0 && logits.region.y0 == 0 && abs(logits.region.x1 - 451) < 1e-9)
    #expect(abs(logits.region.y1 - 300 * Double(size.paddedHeight) / Double(size.height)) < 1e-9)
  }

  @Test func withoutNames() throws {
    let model = try model(without: ["names."]) { $0["names"] = nil }
    try check(model)
    #expect(model.vocabulary == nil)
    let table = try Vocabulary.Table(names: ["a"], embeddings: Tensor([1, 0], shape: [1, 2]))
    let options = SegmentOptions(vocabulary: Vocabulary(objects: table, parts: table))
    expectRefusal(.invalidArgument, containing: "take none") {
      try model.segment(image: try TestModels.photograph("chelsea.png"), prompt: .point(1, 1), options: options)
    }
  }

  @Test func withNothingOptional() throws {
    let model = try model(
      without: ["names.", Self.refiner, Self.prior], metadata: ["object_names": nil, "part_names": nil]
    ) { configuration in
      for key in ["names", "mask_refiner", "mask_prior", "starting_boxes"] { configuration[key] = nil }
      configuration.edit("decoder") {
        for key in ["box_queries", "point_kind", "box_kind", "level_to_token"] { $0[key] = nil }
        $0["click_size"] = 0.25
      }
    }
    try check(model, boxAnswers: 6)
  }

  /// A network that never saw boxes answers one by clicks inside it: for each level the mask that fits best.
  @Test func boxesThatWereNotTrainedAreAnsweredByClicks() throws {
    let model = try model { $0.edit("decoder") { $0["boxes_trained"] = false } }
    try check(model, boxAnswers: 6)
    let embedding = try model.encode(try TestModels.photograph("coffee.png"))
    let box = Box(x0: 165, y0: 12, x1: 412, y1: 312)
    let options = SegmentOptions(includesLabels: false)
    let answers = try model.segment(embedding, prompt: .box(box), options: options)
    #expect(Set(answers.map(\.granularity)).count == 6)

    // The clicks alone, at quarters of the box.
    var clicks: [Prompt] = []
    for y in [86.5, 161.5, 236.5] {
      for x in [226.25, 288, 349.75] { clicks.append(.point(x, y)) }
    }
    let alone = try model.segment(embedding, prompts: clicks, options: options).flatMap(\.self)
    func score(_ candidate: Candidate) -> Double { Double(candidate.predictedIoU) * candidate.box.iou(box) }
    for answer in answers {
      let rivals = alone.filter { $0.granularity == answer.granularity }
      #expect(rivals.contains { $0.mask == answer.mask && $0.predictedIoU == answer.predictedIoU })
      #expect(rivals.map(score).max() == score(answer))
    }
    #expect(answers.map(score) == answers.map(score).sorted(by: >))
    #expect(try #require(answers.best).box.iou(box) > 0.6)

    // In company, beyond one group: the same bits.
    let many = try model.segment(
      embedding, prompts: [.box(box), .point(5, 5), .box(Box(x0: 0, y0: 0, x1: 600, y1: 400)), .box(box), .box(box)],
      options: options)
    for place in [0, 3, 4] { #expect(many[place].map(\.mask) == answers.map(\.mask)) }
    let narrow = try model.segment(embedding, prompt: .box(Box(x0: 0, y0: 0, x1: 0.2, y1: 0.2)), options: options)
    #expect(narrow.count == 6)
  }

  @Test func presetsOfPublishedFilesWereNotTrainedWithBoxes() throws {
    for preset in [Configuration.tiny, .swinT, .swinL] {
      #expect(preset.decoder.boxesTrained == false)
      #expect(try Configuration(json: preset.json()) == preset)
      #expect(try preset.json().contains("\"boxes_trained\":false"))
    }
    #expect(try TestModels.configuration().decoder.boxesTrained == nil)
  }

  @Test func levelsAreThoseOfTheCheckpoint() throws {
    let turned = try model {
      $0.edit("decoder") { $0["level_to_token"] = ["1": 5, "2": 4, "3": 3, "4": 2, "5": 1, "6": 0] }
    }
    let image = try TestModels.photograph("coffee.png")
    let options = SegmentOptions(includesLabels: false)
    try withSteadyInstructionSet {
      let usual = try TestModels.model().segment(image: image, prompt: .point(300, 200), options: options)
      let other = try turned.segment(image: image, prompt: .point(300, 200), options: options)
      for level in 1...6 {
        #expect(try usual[Granularity(level: level)]?.mask == other[Granularity(level: 7 - level)]?.mask)
      }
    }
  }

  /// Logits over the padded image: bilinear to the padded size, cropped, then to the image's (the reference's way).
  @Test func logitsOverThePaddedImageAreDrawnInTwoSteps() throws {
    let model = try TestModels.model()
    let image = try Image(width: 101, height: 61, pixels: [UInt8](repeating: 90, count: 101 * 61 * 3))
    let embedding = try model.encode(image, longEdgeLimit: 80)
    let size = embedding.inputSize
    #expect(size == InputSize(width: 80, height: 48, divisibility: 32))
    var generator = SeededGenerator(seed: 5)
    let values = (0..<24 * 16).map { _ in Float.random(in: -3...3, using: &generator) }
    let logits = MaskLogits(values: Tensor(values, shape: [16, 24]), place: .paddedImage)

    func resized(_ map: [[Double]], width: Int, height: Int) -> [[Double]] {
      func taps(_ index: Int, _ size: Int, _ output: Int) -> (Int, Int, Double) {
        let place = max((Double(index) + 0.5) * Double(size) / Double(output) - 0.5, 0)
        let first = min(Int(place), size - 1)
        return (first, min(first + 1, size - 1), place - Double(first))
      }
      return (0..<height).map { y in
        let (top, bottom, v) = taps(y, map.count, height)
        return (0..<width).map { x in
          let (left, right, u) = taps(x, map[0].count, width)
          return (map[top][left] * (1 - u) + map[top][right] * u) * (1 - v)
            + (map[bottom][left] * (1 - u) + map[bottom][right] * u) * v
        }
      }
    }
    let coarse = (0..<16).map { y in (0..<24).map { Double(values[y * 24 + $0]) } }
    let padded = resized(coarse, width: 96, height: 64)
    let expected = resized(padded.prefix(48).map { Array($0.prefix(80)) }, width: 101, height: 61).flatMap(\.self)
    let drawing = logits.drawn(at: embedding)
    #expect(zip(drawing.bitmap, expected).count { ($0 != 0) != ($1 > 0) } <= 1)
    let stability = Double(expected.count { $0 > 1 }) / Double(expected.count { $0 > -1 })
    #expect(abs(Double(try #require(drawing.stability)) - stability) < 1e-3)
    let inPadding = logits.drawnPadded(size)
    let direct = padded.enumerated().flatMap { y, row in
      row.enumerated().map { x, value in y < 48 && x < 80 && value > 0 ? UInt8(1) : 0 }
    }
    #expect(zip(inPadding, direct).count { $0 != $1 } <= 1)
  }
}
