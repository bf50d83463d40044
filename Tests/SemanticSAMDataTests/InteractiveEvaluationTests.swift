import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct InteractiveEvaluationTests {
  // MARK: Floors

  @Test func floorsOfTheFixtureEqualThoseOfNumpy() throws {
    let file = Self.fixture
    let expected = try Self.decoder.decode(
      ExpectedClicks.self, from: Data(contentsOf: URL(filePath: file)))
    try check(expected, try COCODataset(annotations: file, images: "."), .plain)
  }

  @Test(.enabled(if: SharedData.isPresent))
  func floorsOfCOCOEqualThoseOfNumpy() throws {
    let expected = try Self.decoder.decode(
      ExpectedClicks.self, from: Data(contentsOf: URL(filePath: SharedData.path("evaluation/clicks_expected.json"))))
    let dataset = try COCODataset(.coco, at: SharedData.path("datasets/coco"), split: "val2017")
    let result = try check(expected, dataset, .plain)
    let summary = try #require(expected.summary)
    #expect(result.objects == 585)
    #expect(abs(result.floor.bestSingleDisc - (summary.bestSingleDiscMeanIou ?? 0)) <= 1e-9)
  }

  @Test(.enabled(if: SharedData.isPresent))
  func floorsOfPartsEqualThoseOfNumpy() throws {
    let expected = try Self.decoder.decode(
      [String: ExpectedClicks].self,
      from: Data(contentsOf: URL(filePath: SharedData.path("evaluation/clicks_parts_expected.json"))))
    let rules = ClickProtocol(.plain, objects: .pixels(atLeast: 100))
    try check(
      #require(expected["car_parts_val"]),
      COCODataset(.carParts, at: SharedData.path("datasets/car_parts"), split: "val"), rules)
    try check(
      #require(expected["pascal_part"]),
      COCODataset(
        annotations: SharedData.path("datasets/pascal_part/parts.json"), images: SharedData.path("datasets")), rules)
  }

  @discardableResult
  private func check(
    _ expected: ExpectedClicks, _ dataset: COCODataset, _ rules: ClickProtocol
  ) throws -> InteractiveEvaluation {
    let byRegion = Dictionary(expected.objects.map { ($0.annotationId, $0) }) { first, _ in first }
    var scores: [ObjectScore] = []
    for index in 0..<dataset.count {
      let task = try InteractiveTask(try dataset.sample(at: index), rules)
      for object in task.objects {
        let numbers = try #require(byRegion[object.region])
        #expect([object.click.x, object.click.y] == numbers.click)
        #expect(object.click.squaredDistance == numbers.squaredDistance)
        #expect(object.truth.area == numbers.maskArea)
        let floor = try ObjectScore.Floor(object.truth, click: object.click, box: object.box)
        #expect(abs(floor.bestDisc - numbers.bestDiscIou) <= 1e-9)
        #expect(abs(floor.ellipse - numbers.ellipseIou) <= 1e-9, "\(object.region)")
        for (disc, other) in zip(floor.discs, numbers.discIou ?? []) { #expect(abs(disc - other) <= 1e-9) }
      }
      let empty = task.prompts.map { _ in Segmentation(imageWidth: task.width, imageHeight: task.height, candidates: [])
      }
      scores += try task.scores(of: empty)
    }
    #expect(scores.count == expected.objects.count)
    let result = try InteractiveEvaluation(scores)
    if let summary = expected.summary {
      #expect(result.objects == summary.objects)
      #expect(abs(result.floor.bestOfSixDiscs - summary.bestOfSixDiscsMeanIou) <= 1e-9)
      #expect(abs(result.floor.ellipseInBox - summary.ellipseMeanIou) <= 1e-9)
    }
    #expect(result.oracleMIoU == 0 && result.maxMIoU == 0 && result.boxMIoU == 0)
    return result
  }

  // MARK: Scores

  @Test func aPerfectModelScoresOneAndDiscsTheirFloor() throws {
    let dataset = try COCODataset(annotations: Self.fixture, images: ".")
    let perfect = try InteractiveEvaluation(dataset, .plain) { task throws(ModelError) in
      (task.objects + task.objects).map { object in
        Segmentation(
          imageWidth: task.width, imageHeight: task.height,
          candidates: [Candidate(mask: object.truth, granularity: .whole, predictedIoU: 1)])
      }
    }
    #expect(perfect.objects == 12)
    #expect(perfect.oracleMIoU == 1 && perfect.maxMIoU == 1 && perfect.boxMIoU == 1)
    #expect(perfect.numberOfClicks == nil)
    let json = String(decoding: try perfect.encoded(), as: UTF8.self)
    #expect(json.hasPrefix(#"{"box_miou":1,"floor":{"best_of_six_discs":0."#))
    #expect(json.hasSuffix(#","max_miou":1,"objects":12,"oracle_miou":1}"# + "\n"))
    #expect(try JSONDecoder().decode(InteractiveEvaluation.self, from: Data(perfect.encoded())) == perfect)
    #expect(perfect.table.contains("1.0000"))
  }

  /// The highest predicted IoU counts for max, wherever it stands; the best mask for oracle.
  @Test func maxFollowsThePredictionAndOracleTheTruth() throws {
    let truth = try Mask(width: 4, height: 1, bitmap: [1, 1, 0, 0])
    let half = try Mask(width: 4, height: 1, bitmap: [1, 0, 0, 0])
    let wrong = try Mask(width: 4, height: 1, bitmap: [0, 0, 1, 1])
    let sample = Self.sample(masks: [truth], width: 4, height: 1)
    let task = try InteractiveTask(sample, ClickProtocol(.plain, objects: .all))
    #expect(task.prompts == [.point(0, 0), .box(Box(x0: 0, y0: 0, x1: 2, y1: 1))])
    func segmentation(_ answers: [(Mask, Float)]) -> Segmentation {
      Segmentation(
        imageWidth: 4, imageHeight: 1,
        candidates: answers.map { Candidate(mask: $0, granularity: .whole, predictedIoU: $1) })
    }
    let scores = try task.scores(of: [
      segmentation([(wrong, .nan), (truth, 0.2), (half, 0.9), (wrong, 0.9)]), segmentation([(half, 0.1)]),
    ])
    #expect(scores.count == 1)
    #expect(scores[0].oracle == 1 && scores[0].max == 0.5 && scores[0].box == 0.5)
    #expect(throws: ModelError.self) { try task.scores(of: []) }
    let other = try Mask(width: 1, height: 4, bitmap: [1, 0, 0, 0])
    #expect(throws: ModelError.self) { try task.scores(of: [segmentation([(other, 1)]), segmentation([])]) }
    #expect(throws: ModelError.self) { try InteractiveEvaluation([]) }
  }

  /// Where boxes were not trained, the first answer counts, which fits the box best, whatever the quality of others.
  @Test func boxesThatWereNotTrainedAreScoredInTheirOwnOrder() throws {
    let truth = try Mask(width: 4, height: 1, bitmap: [1, 1, 0, 0])
    let half = try Mask(width: 4, height: 1, bitmap: [1, 0, 0, 0])
    let answer = Segmentation(
      imageWidth: 4, imageHeight: 1,
      candidates: [
        Candidate(mask: truth, granularity: .whole, predictedIoU: 0.2),
        Candidate(mask: half, granularity: .whole, predictedIoU: 0.9),
      ])
    let none = Segmentation(imageWidth: 4, imageHeight: 1, candidates: [])
    func score(_ ranking: ClickProtocol.BoxRanking, _ boxAnswer: Segmentation) throws -> ObjectScore {
      let rules = ClickProtocol(.plain, objects: .all, boxRanking: ranking)
      let task = try InteractiveTask(Self.sample(masks: [truth], width: 4, height: 1), rules)
      return try #require(try task.scores(of: [answer, boxAnswer]).first)
    }
    let published = ClickProtocol.BoxRanking(for: .swinT)
    #expect(published == .order)
    #expect(ClickProtocol.plain.boxRanking == .predictedQuality)
    #expect(try score(published, answer).box == 1)
    #expect(try score(.predictedQuality, answer).box == 0.5)
    // A click's answer is chosen by its predicted quality in any case.
    #expect(try score(published, answer).max == 0.5)
    #expect(try score(published, none).box == 0)
  }

  @Test func objectsAreChosenByTheRule() throws {
    let masks = [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]].map { try? Mask(width: 4, height: 1, bitmap: $0) }
    var sample = Self.sample(masks: masks.compactMap(\.self), width: 4, height: 1)
    sample.regions[1].area = 7
    func count(_ rule: ClickProtocol.ObjectRule) throws -> Int {
      try InteractiveTask(sample, ClickProtocol(.plain, objects: rule)).objects.count
    }
    #expect(try count(.all) == 2)
    #expect(try count(.annotatedArea(above: 2)) == 1)
    #expect(try count(.annotatedArea(above: 1.5)) == 2)
    #expect(try count(.annotatedArea(above: 7)) == 0)
    #expect(try count(.pixels(atLeast: 2)) == 1)
    sample.regions[0].isCrowd = true
    #expect(try count(.all) == 1)
    sample.regions[1].mask = nil
    #expect(try count(.all) == 0)
  }

  // MARK: The reference's protocol

  @Test(arguments: [
    // Short side 800 unless the long one passes 1333; numbers of detectron2's ResizeShortestEdge.
    (640, 480, 1067, 800), (480, 640, 800, 1067), (500, 375, 1067, 800), (1000, 400, 1333, 533), (800, 800, 800, 800),
    (333, 500, 800, 1201), (100, 300, 444, 1333),
  ])
  func theReferenceShowsItsOwnSize(width: Int, height: Int, shownWidth: Int, shownHeight: Int) {
    let size = ClickProtocol.reference.size(width: width, height: height)
    #expect(size.width == shownWidth && size.height == shownHeight)
    #expect(ClickProtocol.plain.size(width: width, height: height) == (width, height))
  }

  @Test func theReferenceMeasuresWhereItShows() throws {
    var pixels = [UInt8](repeating: 0, count: 400 * 400)
    for y in 100..<200 {
      for x in 100..<200 { pixels[y * 400 + x] = 1 }
    }
    let sample = Self.sample(masks: [try Mask(width: 400, height: 400, bitmap: pixels)], width: 400, height: 400)
    let task = try InteractiveTask(sample, .reference)
    #expect(task.width == 800 && task.height == 800)
    #expect(task.objects[0].box == Box(x0: 200, y0: 200, x1: 400, y1: 400))
    #expect(task.objects[0].click == InteriorPoint(x: 299, y: 299, squaredDistance: 10_000))
    #expect(task.prompts == [.point(298.5, 298.5)])
    let half = try Mask(box: Box(x0: 200, y0: 200, x1: 400, y1: 320), width: 800, height: 800)
    let answer = Segmentation(
      imageWidth: 800, imageHeight: 800, candidates: [Candidate(mask: half, granularity: .whole, predictedIoU: 1)])
    let result = try InteractiveEvaluation(try task.scores(of: [answer]), variant: .reference)
    #expect(abs(result.maxMIoU - 0.6) < 1e-12)
    #expect(result.boxMIoU == nil)
    #expect(result.numberOfClicks == ["0.5": 1, "0.8": 20, "0.85": 20, "0.9": 20])
  }

  // MARK: Helpers

  static let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/clicks.json").path()

  static let decoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }()

  static func sample(masks: [Mask], width: Int, height: Int) -> Sample {
    Sample(
      image: ImageReference(id: "1", place: .file("none"), width: width, height: height),
      regions: masks.enumerated().map { index, mask in
        Region(id: Int64(index), kind: .object, mask: mask, box: mask.box, area: Double(mask.area))
      }, source: "test")
  }
}

/// Clicks and floors that scipy and numpy computed.
struct ExpectedClicks: Decodable {
  struct Object: Decodable {
    var annotationId: Int64
    var maskArea: Int
    var click: [Int]
    var squaredDistance: Int
    var discIou: [Double]?
    var bestDiscIou: Double
    var ellipseIou: Double
  }

  struct Summary: Decodable {
    var objects: Int
    var bestSingleDiscMeanIou: Double?
    var bestOfSixDiscsMeanIou: Double
    var ellipseMeanIou: Double
  }

  var objects: [Object]
  var summary: Summary?
}
