import Testing

@testable import SemanticSAMCore

/// The shipped weights on the photographs of Examples/Images.
struct SegmentTests {
  private static let photographs = ["chelsea.png", "coffee.png", "rocket.jpg"]

  /// Clicks over the middle of a photograph.
  private static func clicks(_ embedding: ImageEmbedding, columns: Int, rows: Int) -> [Prompt] {
    (0..<rows).flatMap { row in
      (0..<columns).map { column in
        .point(
          Double((column + 1) * embedding.imageWidth / (columns + 1)),
          Double((row + 1) * embedding.imageHeight / (rows + 1)))
      }
    }
  }

  // MARK: What a click is answered with

  /// The weights' description: level and area correlate negatively on every click, and the mean areas fall.
  @Test(arguments: photographs)
  func level1IsTheWhole(name: String) throws {
    let embedding = try TestModels.embedding(name)
    let options = SegmentOptions(includesLabels: false)
    let segmentations = try TestModels.model()
      .segment(embedding, prompts: Self.clicks(embedding, columns: 4, rows: 3), options: options)
    var means = [Double](repeating: 0, count: 6)
    for segmentation in segmentations {
      let areas = try (1...6).map { level in
        Double(try #require(segmentation[Granularity(level: level)]).area)
      }
      let mean = areas.reduce(0, +) / 6
      let covariance = areas.enumerated().reduce(0) { $0 + (Double($1.offset) - 2.5) * ($1.element - mean) }
      #expect(covariance < 0, "\(areas)")
      for index in 0..<6 { means[index] += areas[index] }
    }
    #expect(means == means.sorted(by: >), "\(means)")
  }

  @Test func eachLevelIsAnsweredOnceAndTheBestComesFirst() throws {
    let embedding = try TestModels.embedding("coffee.png")
    for segmentation in try TestModels.model().segment(
      embedding, prompts: Self.clicks(embedding, columns: 4, rows: 3))
    {
      #expect(segmentation.map(\.granularity).sorted() == Granularity.allCases)
      #expect(segmentation.map(\.predictedIoU) == segmentation.map(\.predictedIoU).sorted(by: >))
      #expect(segmentation.best?.predictedIoU == segmentation[0].predictedIoU)
      #expect(segmentation.allSatisfy { $0.logits == nil })
    }
  }

  /// The cup lies in the middle of the picture, from (150, 70) to (420, 300); the weights call it a bowl rather than a cup.
  @Test func theCupIsFound() throws {
    let segmentation = try TestModels.model().segment(
      try TestModels.embedding("coffee.png"), prompt: .point(300, 200))
    let best = try #require(segmentation.best)
    #expect(best.mask.contains(x: 300, y: 200) && best.mask.contains(x: 200, y: 150))
    #expect(best.labels?.objects.contains { $0.name == "cup" } == true)
  }

  @Test(arguments: photographs)
  func areaBoxRunsAndPolygonsAgree(name: String) throws {
    let embedding = try TestModels.embedding(name)
    for segmentation in try TestModels.model().segment(
      embedding, prompts: Self.clicks(embedding, columns: 2, rows: 2))
    {
      #expect(segmentation.imageWidth == embedding.imageWidth && segmentation.imageHeight == embedding.imageHeight)
      for candidate in segmentation {
        let mask = candidate.mask
        #expect(mask.width == embedding.imageWidth && mask.height == embedding.imageHeight)
        let bitmap = mask.bitmap
        let inside = bitmap.indices.filter { bitmap[$0] != 0 }
        #expect(candidate.area == inside.count)
        #expect(
          candidate.area == mask.runLengths.counts.enumerated().reduce(0) { $0 + ($1.offset % 2) * Int($1.element) })
        let xs = inside.map { $0 % mask.width }
        let ys = inside.map { $0 / mask.width }
        if let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() {
          #expect(
            candidate.box
              == Box(x0: Double(left), y0: Double(top), x1: Double(right + 1), y1: Double(bottom + 1)))
        }
        // The shoelace formula over outlines that run clockwise, and holes against it.
        var doubled = 0.0
        for polygon in candidate.polygons {
          let v = polygon.vertices
          for index in stride(from: 0, to: v.count, by: 2) {
            let next = (index + 2) % v.count
            doubled += v[index] * v[next + 1] - v[next] * v[index + 1]
          }
        }
        #expect(abs(doubled / 2 - Double(candidate.area)) < 0.5)
      }
    }
  }

  // MARK: Logits and stability

  /// Mask and stability once more from the logits that a caller gets: bilinear between the cells' centres over the stated
  /// region, the outermost values to its edge, nothing outside.
  @Test func masksAndStabilityFollowFromTheLogits() throws {
    let embedding = try TestModels.embedding("chelsea.png")
    let options = SegmentOptions(includesLabels: false, includesLogits: true)
    let box = Box(x0: 100, y0: 20, x1: 400, y1: 290)
    let prompts: [Prompt] = [.point(200, 150), .point(3, 3), .box(box)]
    for candidate in try TestModels.model().segment(embedding, prompts: prompts, options: options).flatMap(\.self) {
      let logits = try #require(candidate.logits)
      #expect(logits.width == 32 && logits.height == 32)
      let (width, height) = (candidate.mask.width, candidate.mask.height)
      let bitmap = candidate.mask.bitmap
      var (aboveOne, aboveMinusOne, different) = (0, 0, 0)
      func cell(_ position: Double, _ start: Double, _ end: Double, _ count: Int) -> (Int, Int, Double) {
        let clamped = min(max((position - start) / (end - start) * Double(count) - 0.5, 0), Double(count - 1))
        return (Int(clamped), min(Int(clamped) + 1, count - 1), clamped - clamped.rounded(.down))
      }
      for y in 0..<height {
        for x in 0..<width {
          let (px, py) = (Double(x) + 0.5, Double(y) + 0.5)
          let region = logits.region
          guard px >= region.x0, px <= region.x1, py >= region.y0, py <= region.y1 else {
            if bitmap[y * width + x] != 0 { different += 1 }
            continue
          }
          let (left, right, u) = cell(px, region.x0, region.x1, logits.width)
          let (top, bottom, v) = cell(py, region.y0, region.y1, logits.height)
          func value(_ row: Int, _ column: Int) -> Double { Double(logits.values[row * logits.width + column]) }
          let upper = value(top, left) * (1 - u) + value(top, right) * u
          let lower = value(bottom, left) * (1 - u) + value(bottom, right) * u
          let logit = upper * (1 - v) + lower * v
          if logit > 1 { aboveOne += 1 }
          if logit > -1 { aboveMinusOne += 1 }
          if (logit > 0) != (bitmap[y * width + x] != 0) { different += 1 }
        }
      }
      // Pixels whose logit is 0 but for rounding may fall to either side.
      #expect(different <= 4)
      let stability = try #require(candidate.stability)
      #expect(abs(Double(stability) - Double(aboveOne) / Double(aboveMinusOne)) < 8 / Double(aboveMinusOne))
    }
  }

  // MARK: Boxes

  @Test func aBoxGetsOneAnswerThatFillsIt() throws {
    let embedding = try TestModels.embedding("coffee.png")
    let box = Box(x0: 120, y0: 60, x1: 490, y1: 370)
    let segmentation = try TestModels.model().segment(embedding, prompt: .box(box))
    #expect(segmentation.count == 1)
    let candidate = try #require(segmentation.best)
    #expect(candidate.granularity == .whole)
    #expect(candidate.box.iou(box) > 0.7, "\(candidate.box)")
  }

  // MARK: Prompts do not influence each other

  @Test func companyAndOrderChangeNothing() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("chelsea.png")
    var prompts = Self.clicks(embedding, columns: 9, rows: 4)  // more than are decoded together
    prompts.insert(.box(Box(x0: 10, y0: 20, x1: 300, y1: 250)), at: 3)
    prompts.insert(
      Prompt.points([Point(x: 200, y: 100), Point(x: 210, y: 160)], negative: [Point(x: 20, y: 280)]), at: 30)
    prompts.append(Prompt.box(Box(x0: 0, y0: 0, x1: 451, y1: 300)).adding(Point(x: 100, y: 100)))
    prompts.append(.box(Box(x0: 50, y0: 50, x1: 60, y1: 60)))
    let options = SegmentOptions(includesLogits: true)
    try withSteadyInstructionSet {
      let together = try model.segment(embedding, prompts: prompts, options: options).map(Fingerprint.init)
      let backwards = try model.segment(embedding, prompts: prompts.reversed(), options: options)
        .map(Fingerprint.init)
      #expect(Array(together.reversed()) == backwards)
      for index in stride(from: 0, to: prompts.count, by: 3) + [30, prompts.count - 1] {
        let alone = try model.segment(embedding, prompt: prompts[index], options: options)
        #expect(Fingerprint(alone) == together[index], "prompt \(index)")
      }
    }
  }

  @Test func oneCallForAnImageIsEncodingAndSegmenting() throws {
    let model = try TestModels.model()
    let image = try TestModels.photograph("coffee.png")
    try withSteadyInstructionSet {
      let inTwo = try model.segment(try model.encode(image), prompt: .point(300, 200))
      #expect(try Fingerprint(model.segment(image: image, prompt: .point(300, 200))) == Fingerprint(inTwo))
    }
  }

  // MARK: Names

  @Test func labelsAreTheBestFiveOfEachKind() throws {
    let model = try TestModels.model()
    let vocabulary = try #require(model.vocabulary)
    let embedding = try TestModels.embedding("rocket.jpg")
    for segmentation in try model.segment(embedding, prompts: Self.clicks(embedding, columns: 2, rows: 2)) {
      for candidate in segmentation {
        let labels = try #require(candidate.labels)
        for (kind, names) in [(labels.objects, vocabulary.objects.names), (labels.parts, vocabulary.parts.names)] {
          #expect(kind.count == 5)
          #expect(kind.map(\.probability) == kind.map(\.probability).sorted(by: >))
          #expect(kind.allSatisfy { $0.probability >= 0 && $0.probability <= 1 && names.contains($0.name) })
          #expect(kind.reduce(0) { $0 + $1.probability } <= 1.0001)
          #expect(Set(kind.map(\.name)).count == 5)
        }
      }
    }
  }

  @Test func withoutLabelsThereAreNone() throws {
    let segmentation = try TestModels.model().segment(
      try TestModels.embedding("coffee.png"), prompt: .point(300, 200), options: SegmentOptions(includesLabels: false))
    #expect(segmentation.allSatisfy { $0.labels == nil && $0.displayName == nil })
  }

  /// Some of the built-in names: their probabilities keep their ratios and add up to 1.
  @Test func aVocabularyOfOnesOwnIsNormalisedAnew() throws {
    let model = try TestModels.model()
    let builtIn = try #require(model.vocabulary)
    let embedding = try TestModels.embedding("coffee.png")
    func rows(_ indices: [Int], _ key: String) throws -> Tensor {
      let all = try #require(model.checkpoint.tensor(key))
      // Rows of any length stand for the same directions.
      return Tensor(
        indices.flatMap { index in all.rows(index..<index + 1).values.map { $0 * Float(index + 1) } },
        shape: [indices.count, all.channels])
    }
    let chosen = try ["cup", "person", "cat", "bowl"].map { name in
      try #require(builtIn.objects.names.firstIndex(of: name))
    }
    let vocabulary = Vocabulary(
      objects: try Vocabulary.Table(
        names: ["a", "b", "c", "d"], embeddings: rows(chosen, "names.object.vocabulary")),
      parts: try Vocabulary.Table(names: [], embeddings: rows([], "names.part.vocabulary")))
    let everyName = Vocabulary(objects: builtIn.objects, parts: builtIn.parts)
    let prompt = Prompt.point(300, 200)
    try withSteadyInstructionSet {
      let own = try model.segment(embedding, prompt: prompt, options: SegmentOptions(vocabulary: vocabulary))
      let all = try model.segment(embedding, prompt: prompt, options: SegmentOptions(vocabulary: everyName))
      #expect(try Fingerprint(all) == Fingerprint(model.segment(embedding, prompt: prompt)))
      for (candidate, reference) in zip(own, all) {
        let labels = try #require(candidate.labels)
        #expect(labels.parts.isEmpty && labels.objects.count == 4)
        #expect(abs(labels.objects.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
        // Where cup and bowl are among the best five of all names, their ratio is the same.
        let original = try #require(reference.labels).objects
        if let cup = original.first(where: { $0.name == "cup" }),
          let bowl = original.first(where: { $0.name == "bowl" }),
          let a = labels.objects.first(where: { $0.name == "a" }),
          let d = labels.objects.first(where: { $0.name == "d" })
        {
          #expect(abs(a.probability * bowl.probability - d.probability * cup.probability) < 1e-4)
        }
      }
    }
  }

  @Test func vocabulariesThatDoNotFitAreRefused() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("coffee.png")
    let empty = try Vocabulary.Table(names: [], embeddings: Tensor([], shape: [0, 384]))
    let short = try Vocabulary.Table(names: ["a"], embeddings: Tensor([1, 2, 3], shape: [1, 3]))
    for vocabulary in [Vocabulary(objects: short, parts: empty), Vocabulary(objects: empty, parts: short)] {
      expectRefusal(.invalidArgument, containing: "3 numbers, the weights 'default' take 384") {
        try model.segment(embedding, prompt: .point(1, 1), options: SegmentOptions(vocabulary: vocabulary))
      }
    }
    let none = Vocabulary(objects: empty, parts: empty)
    let segmentation = try model.segment(
      embedding, prompt: .point(300, 200), options: SegmentOptions(vocabulary: none))
    #expect(segmentation.allSatisfy { $0.labels == Labels(objects: [], parts: []) && $0.displayName == nil })
  }

  @Test func vocabulariesCheckTheirEmbeddings() {
    for (names, values, shape): ([String], [Float], [Int]) in [
      (["a"], [1, 2], [2, 1]), (["a", "b"], [1, 2], [1, 2]), (["a"], [1, 2], [2]), (["a"], [0, 0], [1, 2]),
      (["a"], [.nan, 1], [1, 2]), (["a"], [.infinity, 1], [1, 2]), (["a"], [], [1, 0]), (["a"], [1], []),
    ] {
      expectRefusal(.invalidArgument) {
        try Vocabulary.Table(names: names, embeddings: Tensor(values, shape: shape))
      }
    }
  }

  // MARK: The name that a picture shows

  private func candidate(_ x: Range<Int>, objects: [Label], parts: [Label]) throws -> Candidate {
    let bitmap = (0..<200).map { x.contains($0 % 20) ? UInt8(1) : 0 }
    return Candidate(
      mask: try Mask(width: 20, height: 10, bitmap: bitmap), granularity: .whole, predictedIoU: 1,
      labels: Labels(objects: objects, parts: parts))
  }

  @Test func partsAreNamedInsideLargerMasksOnly() throws {
    let (car, wheel) = (Label(name: "car", probability: 0.6), Label(name: "wheel", probability: 0.9))
    func shown(_ candidates: [Candidate]) throws -> [String?] {
      try DisplayNames.chosen(for: candidates).map { $0.displayName?.name }
    }
    let whole = try candidate(0..<20, objects: [car], parts: [wheel])
    #expect(try shown([whole]) == ["car"])
    #expect(try shown([whole, candidate(0..<10, objects: [car], parts: [wheel])]) == ["car", "wheel"])
    // More than half as large, mostly outside, or less probable as a part: an object.
    #expect(try shown([whole, candidate(0..<11, objects: [car], parts: [wheel])]) == ["car", "car"])
    let half = try candidate(0..<10, objects: [car], parts: [wheel])
    #expect(try shown([half, candidate(8..<12, objects: [car], parts: [wheel])]) == ["car", "car"])
    let doubtful = Label(name: "wheel", probability: 0.59)
    #expect(try shown([whole, candidate(0..<5, objects: [car], parts: [doubtful])]) == ["car", "car"])
    // What is hardly probable is not shown; an empty mask and one without labels neither.
    let faint = Label(name: "kite", probability: 0.29)
    #expect(try shown([candidate(0..<20, objects: [faint], parts: [])]) == [nil])
    #expect(try shown([candidate(0..<20, objects: [], parts: [wheel])]) == ["wheel"])
    #expect(try shown([candidate(0..<20, objects: [], parts: [])]) == [nil])
    var unnamed = whole
    unnamed.labels = nil
    #expect(try shown([unnamed]) == [nil])
  }
}
