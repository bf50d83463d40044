import Testing

@testable import SemanticSAMCore

/// Prompts with a mask, with checkpoints that take masks and with those that do not.
@Suite(.serialized) struct MaskPromptTests {
  private let options = SegmentOptions(includesLabels: false, includesLogits: true)

  private func coffee(_ prompt: Prompt) throws -> Segmentation {
    try TestModels.model().segment(TestModels.embedding("coffee.png"), prompt: prompt, options: options)
  }

  /// The weights that ship with the module as it begins: its last layers are zeros.
  private func extended(_ edit: (inout Trainer) throws -> Void = { _ in }) throws -> SemanticSAM {
    var recipe = Recipe.fineTune
    recipe.loss.assignment = .manyToOne
    recipe.prompts.rounds = CorrectionRounds()
    recipe.averageDecay = 0
    var trainer = try Trainer(recipe, from: TestModels.model(), seed: 4)
    try edit(&trainer)
    return try SemanticSAM.load(.bytes(trainer.weights(), name: "extended"))
  }

  /// Everything that an answer holds but its names.
  private func expectSame(_ one: Segmentation, _ other: Segmentation, sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(one.map(\.mask) == other.map(\.mask), sourceLocation: sourceLocation)
    #expect(
      one.map(\.predictedIoU.bitPattern) == other.map(\.predictedIoU.bitPattern), sourceLocation: sourceLocation)
    #expect(
      one.map { $0.logits?.values.map(\.bitPattern) } == other.map { $0.logits?.values.map(\.bitPattern) },
      sourceLocation: sourceLocation)
  }

  @Test func theNewModuleChangesNoBit() throws {
    try withSteadyInstructionSet {
      let model = try extended()
      #expect(model.takesMasks && model.configuration.maskPrompt == Configuration.MaskPrompt())
      let (old, new) = (
        try TestModels.model().encode(TestModels.photograph("coffee.png")),
        try model.encode(TestModels.photograph("coffee.png"))
      )
      let click = Prompt.point(285, 150)
      let plain = try TestModels.model().segment(old, prompt: click, options: options)
      expectSame(try model.segment(new, prompt: click, options: options), plain)
      // With a mask, as long as nothing has been trained.
      var carried = click
      carried.mask = .logits(try #require(plain.best?.logits))
      let answer = try model.segment(new, prompt: carried, options: options)
      expectSame(answer, plain)
      #expect(answer.count == 6)
    }
  }

  @Test func theModuleIsReadAndWritten() throws {
    let model = try extended { trainer in
      trainer.network.maskDecoder.maskPrompt?.logits.bias = Tensor([0.5, 0, -2], shape: [3])
    }
    let embedding = try model.encode(TestModels.photograph("coffee.png"))
    var prompt = Prompt.point(285, 150)
    let before = try model.segment(embedding, prompt: prompt, options: options)
    // Half of a mask that is nowhere is taken: each coarse logit falls by 5.
    prompt.mask = .logits(
      try LogitMap(width: 1, height: 1, values: [-10], region: Box(x0: 0, y0: 0, x1: 9999, y1: 9999)))
    let after = try model.segment(embedding, prompt: prompt, options: options)
    #expect(after[.whole]?.area ?? 0 < before[.whole]?.area ?? 0)
    // A negative click takes its surroundings away, without a rule.
    prompt.mask = .logits(
      try LogitMap(width: 1, height: 1, values: [0], region: Box(x0: 0, y0: 0, x1: 9999, y1: 9999)))
    let embeddingAnswer = try model.decode(carrying: prompt, embedding)
    prompt.clicks.append(.init(Point(x: 240, y: 140), isPositive: false))
    let corrected = try model.decode(carrying: prompt, embedding)
    let first = try #require(embeddingAnswer.first?.logits.drawn(at: embedding).bitmap)
    let second = try #require(corrected.first?.logits.drawn(at: embedding).bitmap)
    let width = embedding.imageWidth
    #expect(first.reduce(0) { $0 + Int($1) } > second.reduce(0) { $0 + Int($1) })
    #expect(second[140 * width + 240] == 0)
  }

  @Test func aSessionCarriesItsMaskWhereTheCheckpointTakesMasks() throws {
    let model = try extended { trainer in
      trainer.network.maskDecoder.maskPrompt?.logits.bias = Tensor([1, 1, -2], shape: [3])
    }
    #expect(try !TestModels.model().takesMasks)
    let embedding = try model.encode(TestModels.photograph("coffee.png"))
    var session = InteractiveSession(model: model, embedding: embedding, options: options)
    try session.add(Point(x: 285, y: 150))
    let first = try #require(session.segmentation?.best?.logits)
    try session.add(Point(x: 250, y: 120))
    var prompt = Prompt.points([Point(x: 285, y: 150), Point(x: 250, y: 120)])
    #expect(session.prompt == prompt)
    prompt.mask = .logits(first)
    let direct = try model.segment(embedding, prompt: prompt, options: options)
    #expect(session.segmentation?.map(\.mask) == direct.map(\.mask))
    // A click less: the mask knew it, so it is not carried.
    try session.removeClick(at: 1)
    #expect(
      try session.segmentation?.map(\.mask)
        == model.segment(embedding, prompt: .point(285, 150), options: options).map(\.mask))
  }

  /// The weights that ship answer by the mask's box and clicks inside it: a rough mask becomes a better one.
  @Test(arguments: [(3, 5), (-4, 6), (6, -6)])
  func roughMasksBecomeBetter(shift: (x: Int, y: Int)) throws {
    let embedding = try TestModels.embedding("coffee.png")
    let exact = try #require(try coffee(.point(285, 150)).best?.mask)
    let (width, height) = (exact.width, exact.height)
    let old = exact.bitmap
    // In blocks of 24 pixels, and aside.
    let rough = try Mask(
      width: width, height: height,
      bitmap: (0..<width * height).map { place in
        let x = min(max(place % width / 24 * 24 + 12 + shift.x, 0), width - 1)
        let y = min(max(place / width / 24 * 24 + 12 + shift.y, 0), height - 1)
        return old[y * width + x]
      })
    let answer = try coffee(.mask(rough))
    let best = try #require(answer.best?.mask)
    let (before, after) = (try rough.iou(exact), try best.iou(exact))
    #expect(before < 0.93 && after > before + 0.02, "\(before) \(after)")
    #expect(Set(answer.map(\.granularity)).count == answer.count)
    // Its own logits say the same.
    let logits = try #require(answer.best?.logits)
    let again = try #require(try coffee(.mask(logits)).best?.mask)
    #expect(try again.iou(exact) > before)
    // What a negative click points at is cut, as without a mask.
    let place = try #require(try best.interiorPoint())
    let cut = try coffee(Prompt.mask(rough).adding(place.point, isPositive: false))
    #expect(cut.allSatisfy { !$0.mask.contains(x: place.x, y: place.y) })
    // In company of others it is answered the same.
    let together = try TestModels.model().segment(
      embedding, prompts: [.point(100, 100), .mask(rough), .box(Box(x0: 165, y0: 12, x1: 412, y1: 312))],
      options: options)
    #expect(together[1].map(\.mask) == answer.map(\.mask))
    #expect(together[2].map(\.mask) == (try coffee(.box(Box(x0: 165, y0: 12, x1: 412, y1: 312)))).map(\.mask))
  }

  @Test func masksAreChecked() throws {
    let small = try Mask(width: 5, height: 4, bitmap: [UInt8](repeating: 1, count: 20))
    let empty = try Mask(width: 640, height: 480, bitmap: [UInt8](repeating: 0, count: 640 * 480))
    func refuse(_ prompt: Prompt, _ code: ModelError.Code, _ part: String) {
      expectRefusal(code, containing: part) { try prompt.validate(width: 640, height: 480) }
    }
    refuse(.mask(small), .invalidArgument, "The mask of the prompt has 5 x 4 pixels and the image 640 x 480")
    refuse(.mask(empty), .emptyPrompt, "The mask of the prompt is empty")
    func logits(_ value: Float, _ region: Box) throws -> Prompt {
      .mask(try LogitMap(width: 1, height: 1, values: [value], region: region))
    }
    let whole = Box(x0: 0, y0: 0, x1: 640, y1: 480)
    refuse(try logits(-1, whole), .emptyPrompt, "is empty")
    refuse(try logits(.nan, whole), .invalidArgument, "finite")
    refuse(try logits(1, Box(x0: 3, y0: 0, x1: 3, y1: 1)), .invalidArgument, "region")
    refuse(try logits(1, Box(x0: -.infinity, y0: 0, x1: 3, y1: 1)), .invalidArgument, "region")
    var text = Prompt.text("cat")
    text.mask = .mask(empty)
    refuse(text, .invalidArgument, "a text beside")
    // A click says where the object is, even if the mask is empty so far.
    try Prompt(clicks: [.init(Point(x: 1, y: 1))], mask: .mask(empty)).validate(width: 640, height: 480)
    #expect(Prompt.mask(small).adding(Point(x: 0, y: 0)).mask == .mask(small))
    // Inside of the map but outside of the image there is nothing to find.
    let beside = try logits(1, Box(x0: 1000, y0: 0, x1: 1010, y1: 9))
    #expect(try coffee(beside).isEmpty)
  }

  @Test func logitsAreReadBetweenTheirCells() throws {
    let map = try LogitMap(width: 2, height: 1, values: [-1, 3], region: Box(x0: 10, y0: 4, x1: 18, y1: 8))
    #expect(map.logit(x: 12, y: 5) == -1 && map.logit(x: 16, y: 7) == 3 && map.logit(x: 14, y: 6) == 1)
    #expect(map.logit(x: 10, y: 4) == -1 && map.logit(x: 18, y: 8) == 3)
    #expect(map.logit(x: 9.9, y: 5) == nil && map.logit(x: 12, y: 8.1) == nil)
    let mask = try MaskPrompt.logits(map).mask(width: 20, height: 10)
    #expect(mask.box == Box(x0: 13, y0: 4, x1: 18, y1: 8) && mask.area == 20)
  }

  /// A mask of pixels and its map of cells: shares, padding, clicks.
  @Test func masksAreBroughtToTheDecodersCells() throws {
    let bitmap = (0..<20 * 12).map { $0 % 20 < 10 ? UInt8(1) : 0 }
    let mask = try Mask(width: 20, height: 12, bitmap: bitmap)
    let size = InputSize(width: 40, height: 24, divisibility: 32)
    let carried = try CarriedMask(
      .mask(mask), positives: [SIMD2(0.1, 0.1)], negatives: [], height: 8, width: 16, size: size, imageWidth: 20,
      imageHeight: 12)
    // Of 64 x 32 pixels in cells of 4, the left 5 columns and the upper 6 rows are inside.
    for row in 0..<8 {
      for column in 0..<16 {
        #expect(carried.logits.values[row * 16 + column] == (row < 6 && column < 5 ? 10 : -10))
      }
    }
    let box: SIMD4<Float> = [0.15625, 0.375, 0.3125, 0.75]
    #expect(carried.box == box)
    let features = carried.features.values
    #expect(features.shape == [128, 3] && features.values[0] == 10)
    #expect(features.values.enumerated().allSatisfy { $0 % 3 != 2 || $1 == 0 })
  }

  @Test func clicksForAMaskLieDeepAndApart() throws {
    func points(_ x: Range<Int>, _ y: Range<Int>) throws -> [Point] {
      let bitmap = (0..<64 * 16).map { x.contains($0 % 64) && y.contains($0 / 64) ? UInt8(1) : 0 }
      let mask = try Mask(width: 64, height: 16, bitmap: bitmap)
      let points = try mask.deepPoints(5)
      #expect(points.first == (try mask.interiorPoint())?.point)
      #expect(points.allSatisfy { mask.contains(x: Int($0.x), y: Int($0.y)) })
      return points
    }
    let bar = try points(2..<62, 3..<12)
    #expect(bar.count == 5)
    // Five pixels from the outside, so farther than that from each other, and on the middle line.
    for (place, one) in bar.enumerated() {
      #expect(abs(one.y - 7) <= 2, "\(bar)")
      for other in bar[..<place] { #expect(abs(one.x - other.x) > 5, "\(bar)") }
    }
    #expect(try points(5..<14, 3..<12).count == 1)
    #expect(try points(5..<5, 3..<12).isEmpty)
  }
}
