import Testing

@testable import SemanticSAMCore

/// The rule for prompts of more than one click, point by point on made-up answers, then on the real network's.
struct PromptAgreementTests {
  private let embedding: ImageEmbedding

  init() throws {
    // 600 x 400 pixels, seen as 384 x 256 without padding.
    embedding = try TestModels.embedding("coffee.png")
  }

  /// An answer whose mask is a rectangle, by pixel edges.
  private func answer(_ level: Int, _ iou: Float, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) throws
    -> Answer
  {
    let box = SIMD4(
      Float((x0 + x1) / 2 / 600), Float((y0 + y1) / 2 / 400), Float((x1 - x0) / 600), Float((y1 - y0) / 400))
    return Answer(
      granularity: try Granularity(level: level), predictedIoU: iou,
      logits: MaskLogits(values: Tensor(repeating: 5, shape: [2, 2]), place: .box(box, extent: 1)))
  }

  private func rectangle(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) throws -> Mask {
    var bitmap = [UInt8](repeating: 0, count: 600 * 400)
    for y in y0..<y1 {
      for x in x0..<x1 { bitmap[y * 600 + x] = 1 }
    }
    return try Mask(width: 600, height: 400, bitmap: bitmap)
  }

  private func choices(
    _ prompt: Prompt, clicks: [[Answer]] = [], box: [Answer] = []
  ) throws -> [PromptAgreement.Choice] {
    try PromptAgreement(prompt: prompt, clickAnswers: clicks, boxAnswers: box).choices(embedding)
  }

  // MARK: The rule on made-up answers

  @Test func rectanglesAreDrawnAsThisTestMeansThem() throws {
    let choice = try choices(.point(15, 15), clicks: [[answer(1, 0.5, 10, 10, 30, 20)]])[0]
    #expect(try choice.mask == rectangle(10, 10, 30, 20) && choice.stability == 1 && !choice.isCut)
  }

  @Test func oneClickKeepsAllItsAnswersByPredictedIoU() throws {
    let answers = try [
      answer(1, 0.3, 0, 0, 50, 50), answer(2, 0.9, 200, 200, 210, 210), answer(3, 0.3, 0, 0, 20, 20),
    ]
    #expect(try choices(.point(5, 5), clicks: [answers]).map(\.answer.granularity.level) == [2, 1, 3])
  }

  @Test func aMaskOfBothClicksBeatsABetterOneOfOne() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10), Point(x: 90, y: 10)])
    let first = try [answer(1, 0.9, 0, 0, 50, 50), answer(2, 0.8, 0, 0, 20, 20)]
    let second = try [answer(1, 0.4, 0, 0, 100, 50), answer(2, 0.9, 80, 0, 100, 20)]
    let choices = try choices(prompt, clicks: [first, second])
    #expect(choices.map(\.answer.granularity.level) == [1, 2])
    #expect(try choices[0].mask == rectangle(0, 0, 100, 50) && choices[1].mask == rectangle(80, 0, 100, 20))
  }

  /// A mask of the object that spills over two negative clicks is of more use than one beside the object.
  @Test func positiveClicksCountBeforeNegativeOnes() throws {
    let prompt = Prompt.points(
      [Point(x: 10, y: 10)], negative: [Point(x: 300, y: 10), Point(x: 300, y: 30), Point(x: 300, y: 90)])
    let answers = try [answer(1, 0.1, 0, 0, 400, 100), answer(2, 0.9, 500, 0, 600, 100)]
    let nothing = try [answer(1, 0.9, 590, 390, 600, 400)]
    let choices = try choices(prompt, clicks: [answers, nothing, nothing, nothing])
    #expect(choices.map(\.answer.granularity.level) == [1, 2])
    #expect(choices[0].mask.contains(x: 10, y: 10) && !choices[0].mask.contains(x: 300, y: 10))
  }

  @Test func ofEqualsTheOneWithFewerNegativesComesFirst() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 90, y: 10)])
    let answers = try [answer(1, 0.9, 0, 0, 100, 50), answer(2, 0.2, 0, 0, 50, 50)]
    #expect(
      try choices(prompt, clicks: [answers, []]).map(\.answer.granularity.level) == [2, 1])
  }

  @Test func theLargestFittingMaskOfTheNegativeClickIsCutOut() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 90, y: 10)])
    let positive = try [answer(1, 0.9, 0, 0, 100, 100)]
    let negative = try [
      answer(1, 0.9, 5, 5, 100, 100),  // holds the positive click
      answer(2, 0.9, 45, 0, 600, 100),  // more than half of the mask
      answer(3, 0.1, 70, 0, 200, 50),  // fits, and takes 1500 pixels
      answer(4, 0.9, 85, 5, 95, 15),  // fits, and takes less
      answer(5, 0.9, 20, 20, 60, 60),  // does not hold the negative click
    ]
    let choice = try choices(prompt, clicks: [positive, negative])[0]
    #expect(try choice.isCut && choice.mask == rectangle(0, 0, 100, 100).subtracting(rectangle(70, 0, 100, 50)))
    #expect(choice.stability == 1)
  }

  @Test func exactlyHalfMayBeCut() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 90, y: 10)])
    let choice = try choices(
      prompt, clicks: [[answer(1, 0.9, 0, 0, 100, 100)], [answer(1, 0.9, 50, 0, 100, 100)]])[0]
    #expect(try choice.mask == rectangle(0, 0, 50, 100))
  }

  @Test func withoutAFittingMaskTheNearerSideIsCut() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10), Point(x: 10, y: 50)], negative: [Point(x: 90, y: 10)])
    let positive = try [answer(1, 0.9, 0, 0, 100, 100)]
    let choice = try choices(prompt, clicks: [positive, [], []])[0]
    var bitmap = [UInt8](repeating: 0, count: 600 * 400)
    for y in 0..<100 {
      for x in 0..<100 {
        func distance(_ px: Int, _ py: Int) -> Int { (x - px) * (x - px) + (y - py) * (y - py) }
        if !(distance(90, 10) < distance(10, 10) && distance(90, 10) < distance(10, 50)) { bitmap[y * 600 + x] = 1 }
      }
    }
    #expect(try choice.mask == Mask(width: 600, height: 400, bitmap: bitmap))
  }

  @Test func aBoxStandsForItsCentreWhereNothingIsClicked() throws {
    let prompt = Prompt.box(Box(x0: 0, y0: 0, x1: 100, y1: 100)).adding(Point(x: 89.5, y: 49.5), isPositive: false)
    let choices = try choices(prompt, clicks: [[]], box: [answer(1, 0.9, 0, 0, 100, 100)])
    // The centre lies at 49.5; the click belongs to pixel 90, so the border lies at 69.75.
    #expect(choices.count == 1)
    let mask = choices[0].mask
    #expect(mask.contains(x: 69, y: 50) && !mask.contains(x: 70, y: 50) && !mask.contains(x: 90, y: 50))
  }

  @Test func masksThatFitTheBoxAreBetter() throws {
    let box = Box(x0: 0, y0: 0, x1: 100, y1: 100)
    let prompt = Prompt.box(box).adding(Point(x: 50, y: 50))
    let click = try [answer(1, 0.9, 0, 0, 400, 400), answer(2, 0.5, 0, 0, 90, 100), answer(3, 0.9, 40, 40, 60, 60)]
    let choices = try choices(prompt, clicks: [click], box: [answer(1, 0.6, 0, 0, 100, 100)])
    #expect(choices.map(\.answer.granularity.level) == [1, 2, 3])
    #expect(try choices[0].mask == rectangle(0, 0, 100, 100))
  }

  /// Answers to clicks that stand for a box: one a level, by predicted IoU times fit; no estimate below zero turns it round.
  @Test func clicksThatStandForABoxAreRankedByTheirFit() throws {
    let prompt = Prompt.box(Box(x0: 0, y0: 0, x1: 100, y1: 100))
    func ranked(_ answers: [Answer]) throws -> [PromptAgreement.Choice] {
      try PromptAgreement(prompt: prompt, clickAnswers: [], boxAnswers: answers, boxIsAnsweredByClicks: true)
        .choices(embedding)
    }
    let choices = try ranked([
      answer(1, 0.9, 0, 0, 300, 300), answer(2, 0.5, 0, 0, 90, 100), answer(1, 0.5, 0, 0, 100, 80),
      answer(2, 0.4, 0, 0, 100, 100), answer(3, 0.99, 40, 40, 60, 60),
    ])
    #expect(choices.map(\.answer.granularity.level) == [2, 1, 3])
    #expect(try choices[0].mask == rectangle(0, 0, 90, 100) && choices[1].mask == rectangle(0, 0, 100, 80))
    let negative = try ranked([answer(1, -0.1, 0, 0, 20, 20), answer(2, -0.9, 0, 0, 100, 100)])
    #expect(negative.map(\.answer.granularity.level) == [2, 1])
  }

  @Test func whatACutLeavesEmptyIsLast() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 90, y: 10), Point(x: 500, y: 300)])
    let answers = try [answer(1, 0.9, 88, 8, 93, 13), answer(2, 0.1, 490, 290, 520, 310)]
    let covers = try [answer(1, 0.5, 495, 295, 505, 305)]
    let choices = try choices(prompt, clicks: [answers, [], covers])
    #expect(choices.map(\.answer.granularity.level) == [2, 1])
    #expect(choices[1].mask.isEmpty && choices[1].isCut)
    #expect(choices[0].mask.area == 600 - 100)
  }

  /// A point belongs to the pixel whose centre is nearest; at the right edge to the last one.
  @Test func fractionsBelongToTheNearestPixel() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 29.6, y: 10)])
    let choice = try choices(prompt, clicks: [[answer(1, 0.9, 0, 0, 30, 30)], []])[0]
    #expect(!choice.isCut)
    let edge = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 599.9, y: 399.9)])
    let cut = try choices(edge, clicks: [[answer(1, 0.9, 0, 0, 600, 400)], []])[0]
    #expect(cut.isCut && !cut.mask.contains(x: 599, y: 399) && cut.mask.contains(x: 10, y: 10))
  }

  @Test func onOnePixelTheNegativeClickWins() throws {
    let prompt = Prompt.points([Point(x: 10, y: 10)], negative: [Point(x: 10, y: 10)])
    let choice = try choices(prompt, clicks: [[answer(1, 0.9, 0, 0, 30, 30)], []])[0]
    #expect(!choice.mask.contains(x: 10, y: 10))
    #expect(choice.mask.area == 899)
  }

  // MARK: The rule on the network

  @Test(arguments: ["chelsea.png", "coffee.png", "rocket.jpg"])
  func theRuleHoldsForTheNetwork(name: String) throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding(name)
    let (width, height) = (embedding.imageWidth, embedding.imageHeight)
    var generator = SeededGenerator(seed: 3)
    func point() -> Point {
      Point(
        x: Double.random(in: 0..<Double(width), using: &generator),
        y: Double.random(in: 0..<Double(height), using: &generator))
    }
    func pixel(_ point: Point) -> (x: Int, y: Int) {
      (min(Int(point.x + 0.5), width - 1), min(Int(point.y + 0.5), height - 1))
    }
    func contains(_ mask: Mask, _ point: Point) -> Bool {
      let place = pixel(point)
      return mask.contains(x: place.x, y: place.y)
    }
    let options = SegmentOptions(includesLabels: false)
    for round in 0..<8 {
      let positives = (0..<1 + round % 3).map { _ in point() }
      let negatives = (0..<1 + round % 2).map { _ in point() }
      var prompt = Prompt.points(positives, negative: negatives)
      if round % 4 == 3 { prompt.box = Box(x0: 20, y0: 30, x1: Double(width) - 40, y1: Double(height) - 10) }
      let segmentation = try model.segment(embedding, prompt: prompt, options: options)
      #expect(Set(segmentation.map(\.granularity)).count == segmentation.count && segmentation.count == 6)
      for candidate in segmentation {
        for negative in negatives { #expect(!contains(candidate.mask, negative), "round \(round)") }
      }
      // What each click and the box are answered with alone.
      let alone = try model.segment(
        embedding, prompts: positives.map { .points([$0]) } + (prompt.box.map { [.box($0)] } ?? []), options: options
      ).flatMap(\.self)
      let most = alone.map { candidate in positives.count { contains(candidate.mask, $0) } }.max()
      let best = try #require(segmentation.best)
      #expect(positives.count { contains(best.mask, $0) } == most, "round \(round)")
      // Nothing is added: each mask is part of one that the network gave.
      for candidate in segmentation {
        #expect(
          try alone.contains {
            try $0.granularity == candidate.granularity && candidate.mask.subtracting($0.mask).isEmpty
          })
      }
    }
  }

  /// A negative click on the spoon takes something away and leaves the cup.
  @Test func aNegativeClickTakesSomethingAway() throws {
    let model = try TestModels.model()
    let whole = try #require(try model.segment(embedding, prompt: .point(300, 200))[.whole])
    let negative = Point(x: Double(Int(whole.box.x0) + 40), y: Double(Int(whole.box.y0 + whole.box.y1) / 2))
    let prompt = Prompt.point(300, 200).adding(negative, isPositive: false)
    let cut = try #require(try model.segment(embedding, prompt: prompt)[.whole])
    #expect(try cut.mask.subtracting(whole.mask).isEmpty && cut.area < whole.area && 3 * cut.area > whole.area)
    #expect(cut.predictedIoU == whole.predictedIoU)
  }

  /// What is remembered of earlier clicks gives the masks that all clicks together give.
  @Test func growingPromptsAreAnsweredAlikeFromMemory() throws {
    let model = try TestModels.model()
    var memory = ClickMemory()
    let clicks = [(285.0, 150.0, true), (60, 300, false), (400, 120, true), (285, 200, false), (520, 30, false)]
      .map { Prompt.Click(Point(x: $0, y: $1), isPositive: $2) }
    let options = SegmentOptions(includesLabels: false)
    for count in 1...clicks.count {
      let lists = [Array(clicks.prefix(count)), [clicks[0], clicks[count - 1]]]
      let masks = try model.bestMasks(embedding, clicks: lists, remembering: &memory)
      let expected = try model.segment(embedding, prompts: lists.map { Prompt(clicks: $0) }, options: options)
      #expect(masks == expected.map { $0.best?.mask })
    }
    #expect(throws: ModelError.self) {
      try model.bestMasks(embedding, clicks: [[clicks[1]]], remembering: &memory)
    }
  }

  /// More clicks than are decoded together belong to one prompt all the same.
  @Test func fiftyClicksAreOnePrompt() throws {
    let points = (0..<50).map { (index: Int) -> Point in
      let (row, column) = index.quotientAndRemainder(dividingBy: 10)
      return Point(x: Double(250 + column * 8), y: Double(150 + row * 15))
    }
    let model = try TestModels.model()
    let segmentation = try model.segment(embedding, prompt: .points(points))
    #expect(segmentation.count == 6)
    let best = try #require(segmentation.best)
    #expect(points.allSatisfy { best.mask.contains(x: Int($0.x), y: Int($0.y)) })
  }
}
