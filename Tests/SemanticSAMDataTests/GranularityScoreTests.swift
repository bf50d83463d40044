import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct GranularityScoreTests {
  @Test(.enabled(if: SharedData.isPresent))
  func discsScoreWhatNumpyFound() throws {
    let expected = try ExpectedGranularity.load().multiGranularity
    var clicks: [GranularityScore.Click] = []
    for (image, expectedClicks) in expected.images {
      let masks = try SegmentedImage.load(SharedData.path("datasets/sa1b_form/val/\(image).json"))
      for expectedClick in expectedClicks {
        let (x, y) = (expectedClick.click[0], expectedClick.click[1])
        let targets = masks.filter { $0.contains(x: x, y: y) }
        #expect(targets.count == expectedClick.targets)
        let discs = try ObjectScore.Floor.radii.map { radius in
          try Self.disc(x, y, radius: radius, width: masks[0].width, height: masks[0].height)
        }
        let click = try GranularityScore.Click(predictions: discs, targets: targets)
        #expect(abs(click.sum - expectedClick.sum) <= 1e-9)
        #expect(abs(click.matchedMean - expectedClick.matchedMean) <= 1e-9)
        clicks.append(click)
      }
    }
    let score = try GranularityScore(clicks)
    #expect(score.clicks == expected.summary.clicks)
    #expect(score.matchedPairs == expected.summary.matchedPairs)
    #expect(abs(score.meanOverMatchedPairs - expected.summary.meanOverMatchedPairs) <= 1e-9)
    #expect(abs(score.meanOverClicks - expected.summary.meanOverClicksUnmatchedAsZero) <= 1e-9)
    #expect(abs(score.meanBestPerTarget - expected.summary.meanBestDiscPerTarget) <= 1e-9)
  }

  @Test func theLargestSumIsAssigned() throws {
    // Overlaps: the first target 1 and 2/3, the second 2/3 and 1/3 with the two predictions.
    let targets = try [[1, 1, 0, 0], [1, 1, 1, 0]].map { try Mask(width: 4, height: 1, bitmap: $0) }
    let predictions = try [[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]].map { try Mask(width: 4, height: 1, bitmap: $0) }
    let click = try GranularityScore.Click(predictions: predictions, targets: targets)
    #expect(click.sum == 2 && click.matchedPairs == 2 && click.bestSum == 2)
    let single = try GranularityScore.Click(predictions: [predictions[0]], targets: targets)
    #expect(single.sum == 1 && single.matchedPairs == 1 && abs(single.bestSum - 5 / 3) < 1e-12)
    let score = try GranularityScore([click, single, GranularityScore.Click(predictions: predictions, targets: [])])
    #expect(score.clicks == 2 && score.matchedPairs == 3)
    #expect(score.meanOverMatchedPairs == 1 && score.meanOverClicks == 0.75)
    #expect(throws: ModelError.self) { try GranularityScore([]) }
  }

  // MARK: Number of clicks

  @Test(.enabled(if: SharedData.isPresent))
  func clicksAreCountedAsExpected() throws {
    let expected = try ExpectedGranularity.load().numberOfClicks
    let clicks = NumberOfClicks(overlaps: expected.iou)
    #expect(clicks.thresholds.count == 4)
    for threshold in clicks.thresholds {
      let numbers = try #require(expected.noc[threshold.name])
      #expect(threshold.perObject == numbers.perObject)
      #expect(threshold.failures == numbers.failures)
      #expect(abs(threshold.mean - numbers.mean) <= 1e-9)
    }
    #expect(abs(clicks.meanOverlaps[0] - expected.miouAtClick1) <= 1e-9)
    #expect(abs(clicks.meanOverlaps[4] - expected.miouAtClick5) <= 1e-9)
  }

  @Test func failuresCountAsTheLimit() {
    let clicks = NumberOfClicks(
      overlaps: [[0.1, 0.6], [0.9], [], [0.5, 0.4, 0.8]], thresholds: [0.5, 0.9], limit: 3)
    #expect(clicks.thresholds.map(\.perObject) == [[2, 1, 3, 1], [3, 1, 3, 3]])
    #expect(clicks.thresholds.map(\.failures) == [1, 3])
    #expect(clicks.meanOverlaps.count == 3)
    #expect(abs(clicks.meanOverlaps[1] - (0.6 + 0.9 + 0 + 0.4) / 4) < 1e-12)
  }

  /// A model that adds or takes away the row that was clicked.
  @Test func clicksGoWhereMostIsWrong() throws {
    let truth = try Mask(box: Box(x0: 0, y0: 0, x1: 8, y1: 4), width: 8, height: 6)
    var asked: [Prompt.Click] = []
    let overlaps = try NumberOfClicks.overlaps(truth: truth, limit: 9) { clicks throws(ModelError) in
      asked = clicks
      var pixels = [UInt8](repeating: 0, count: 48)
      for click in clicks {
        for x in 0..<8 { pixels[Int(click.point.y) * 8 + x] = click.isPositive ? 1 : 0 }
      }
      // The first answer spills over.
      if clicks.count == 1 { for index in 32..<48 { pixels[index] = 1 } }
      return try Mask(width: 8, height: 6, bitmap: pixels)
    }
    #expect(overlaps.last == 1)
    #expect(asked.first?.isPositive == true)
    #expect(asked.first?.point == Point(x: 1, y: 1))
    #expect(try Prompt.Click.next(truth: truth, prediction: truth) == nil)
    let spilled = try Mask(box: Box(x0: 0, y0: 0, x1: 8, y1: 6), width: 8, height: 6)
    #expect(try Prompt.Click.next(truth: truth, prediction: spilled)?.isPositive == false)
  }

  static func disc(_ x: Int, _ y: Int, radius: Int, width: Int, height: Int) throws -> Mask {
    var pixels = [UInt8](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let (dx, dy) = (column - x, row - y)
        if dx * dx + dy * dy <= radius * radius { pixels[row * width + column] = 1 }
      }
    }
    return try Mask(width: width, height: height, bitmap: pixels)
  }
}

struct ExpectedGranularity: Decodable {
  struct Granularity: Decodable {
    struct Summary: Decodable {
      var clicks: Int
      var matchedPairs: Int
      var meanOverMatchedPairs: Double
      var meanOverClicksUnmatchedAsZero: Double
      var meanBestDiscPerTarget: Double
    }

    struct Click: Decodable {
      var click: [Int]
      var targets: Int
      var matchedMean: Double
      var sum: Double
    }

    var summary: Summary
    var images: [String: [Click]]
  }

  struct Clicks: Decodable {
    struct Threshold: Decodable {
      var perObject: [Int]
      var mean: Double
      var failures: Int
    }

    var iou: [[Double]]
    var noc: [String: Threshold]
    var miouAtClick1: Double
    var miouAtClick5: Double

    enum CodingKeys: String, CodingKey {
      case iou, noc
      case miouAtClick1 = "miou_at_click_1"
      case miouAtClick5 = "miou_at_click_5"
    }
  }

  var multiGranularity: Granularity
  var numberOfClicks: Clicks

  static func load() throws -> ExpectedGranularity {
    let file = URL(filePath: SharedData.path("evaluation/granularity_and_noc_expected.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      let text = path.last?.stringValue ?? ""
      // Only the words of keys: numbers, as in "miou_at_click_1", stay apart.
      guard !text.hasPrefix("miou_at"), text.contains("_") else { return Key(stringValue: text) }
      let words = text.split(separator: "_")
      return Key(stringValue: words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined())
    }
    return try decoder.decode(ExpectedGranularity.self, from: Data(contentsOf: file))
  }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// The masks of a photograph in the form of SA-1B.
private struct SegmentedImage: Decodable {
  struct Annotation: Decodable {
    struct Code: Decodable {
      var size: [Int]
      var counts: String
    }

    var segmentation: Code
  }

  var annotations: [Annotation]

  static func load(_ path: String) throws -> [Mask] {
    try JSONDecoder().decode(SegmentedImage.self, from: Data(contentsOf: URL(filePath: path))).annotations.map {
      let code = $0.segmentation
      return Mask(try RunLengths(height: code.size[0], width: code.size[1], compressed: code.counts))
    }
  }
}
