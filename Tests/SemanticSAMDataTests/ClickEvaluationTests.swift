import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

@Suite struct ClickEvaluationTests {
  /// Two photographs of one object each, and one without any.
  private struct Squares: Dataset {
    let name = "squares"
    let categories = CategoryTables()
    let count = 3

    func sample(at index: Int) throws(ModelError) -> Sample {
      let image = ImageReference(id: "\(index)", place: .file("none"), width: 100, height: 100)
      guard index < 2 else { return Sample(image: image, regions: [], source: name) }
      let side = Double(20 + 40 * index)
      let mask = try Mask(box: Box(x0: 10, y0: 10, x1: 10 + side, y1: 10 + side), width: 100, height: 100)
      return Sample(
        image: image, regions: [Region(id: 1, kind: .object, mask: mask, box: mask.box, area: Double(mask.area))],
        source: name)
    }
  }

  /// A model that knows the truth from the second click on.
  @Test func clicksAreAskedUntilTheHighestThreshold() throws {
    var asked: [Int] = []
    let evaluation = try ClickEvaluation(
      Squares(), objects: .all, thresholds: [0.5, 0.9], limit: 5,
      begin: { task throws(ModelError) in task.objects[0].truth },
      answer: { truth, clicks throws(ModelError) in
        asked.append(clicks[0].count)
        let corner = try Mask(box: Box(x0: 10, y0: 10, x1: 20, y1: 20), width: 100, height: 100)
        return [clicks[0].count < 2 ? corner : truth]
      })
    #expect(asked == [1, 2, 1, 2])
    #expect(evaluation.objects == 2)
    #expect(evaluation.model.thresholds.map(\.perObject) == [[2, 2], [2, 2]])
    #expect(evaluation.model.meanOverlaps.count == 2 && evaluation.model.meanOverlaps[1] == 1)
    // A disc of radius 12 covers the first square well enough, one of 25 the second.
    #expect(evaluation.discs.thresholds[0].perObject == [1, 1])
    let json = String(decoding: try evaluation.encoded(), as: UTF8.self)
    #expect(json.contains(#""noc":{"0.5":{"failures":0,"mean":2,"per_object":[2,2]}"#))
    #expect(
      json.hasPrefix(#"{"floor":{"noc":{"0.5":{"failures":0,"mean":1}"#) && json.hasSuffix(#","objects":2}"# + "\n"))
    #expect(evaluation.table.contains("noc@0.9 (0 not reached)"))
  }

  @Test func whatIsNotReachedCountsAsTheLimit() throws {
    let evaluation = try ClickEvaluation(
      Squares(), objects: .pixels(atLeast: 1000), thresholds: [1], limit: 3,
      begin: { task throws(ModelError) in task.objects[0].truth },
      answer: { truth, _ throws(ModelError) in [try truth.subtracting(truth)] })
    #expect(evaluation.objects == 1)
    #expect(evaluation.model.thresholds[0].perObject == [3] && evaluation.model.thresholds[0].failures == 1)
    #expect(evaluation.discs.thresholds[0].failures == 1)
    #expect(evaluation.model.meanOverlaps == [0, 0, 0])
  }

  @Test func whatCannotBeCountedIsRefused() throws {
    func evaluate(
      _ objects: ClickProtocol.ObjectRule = .all, _ thresholds: [Double] = [0.8], _ limit: Int = 3, answers: Int = 1
    ) throws {
      _ = try ClickEvaluation(
        Squares(), objects: objects, thresholds: thresholds, limit: limit,
        begin: { task throws(ModelError) in task.objects[0].truth },
        answer: { truth, _ throws(ModelError) in [Mask](repeating: truth, count: answers) })
    }
    try evaluate()
    for body in [
      { try evaluate(.annotatedArea(above: 1e9)) }, { try evaluate(.all, []) }, { try evaluate(.all, [0]) },
      { try evaluate(.all, [1.5]) }, { try evaluate(.all, [0.8], 0) }, { try evaluate(answers: 2) },
    ] { #expect(try readerFailure(body).code == .invalidArgument) }
  }

  /// Discs in the place of a model reach what numpy found for them.
  @Test(.enabled(if: SharedData.isPresent))
  func granularityOfDiscs() throws {
    let expected = try ExpectedGranularity.load().multiGranularity.summary
    let dataset = try SA1B(at: SharedData.path("datasets/sa1b_form"), split: "val")
    let evaluation = try GranularityEvaluation(dataset) { task throws(ModelError) in
      // A perfect model of six masks: the targets themselves, the smallest first.
      try task.objects.map { object throws(ModelError) in
        let click = object.click
        let targets = task.objects.map(\.truth).filter { $0.contains(x: click.x, y: click.y) }
          .sorted { $0.area < $1.area }.prefix(6)
        return Segmentation(
          imageWidth: task.width, imageHeight: task.height,
          candidates: targets.map { Candidate(mask: $0, granularity: .whole, predictedIoU: 1) })
      }
    }
    #expect(evaluation.images == 30 && evaluation.score.clicks == expected.clicks)
    #expect(evaluation.score.meanOverMatchedPairs == 1)
    let discs = evaluation.floor.sixDiscs
    #expect(discs.clicks == expected.clicks && discs.matchedPairs == expected.matchedPairs)
    #expect(abs(discs.meanOverMatchedPairs - expected.meanOverMatchedPairs) <= 1e-9)
    #expect(abs(discs.meanOverClicks - expected.meanOverClicksUnmatchedAsZero) <= 1e-9)
    #expect(abs(discs.meanBestPerTarget - expected.meanBestDiscPerTarget) <= 1e-9)
    let bytes = Data(try evaluation.encoded())
    #expect(try JSONDecoder().decode(GranularityEvaluation.self, from: bytes) == evaluation)
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(#"{"clicks":1479,"floor":{"six_discs":{"clicks":1479,"#))
  }

  /// The annotated clicks of the data are the interior points of its masks.
  @Test(.enabled(if: SharedData.isPresent))
  func clicksAreThoseOfTheData() throws {
    let dataset = try SA1B(at: SharedData.path("datasets/sa1b_form"), split: "train")
    let sample = try dataset.sample(at: 0)
    let task = try InteractiveTask(sample, ClickProtocol(.plain, objects: .all), asksBoxes: false)
    #expect(task.prompts.count == sample.regions.count)
    for (object, region) in zip(task.objects, sample.regions) {
      let point = try #require(region.points.first)
      #expect(object.click.x == Int(point.x) && object.click.y == Int(point.y))
    }
  }
}
