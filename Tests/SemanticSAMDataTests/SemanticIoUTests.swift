import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

struct SemanticIoUTests {
  private static func row(_ labels: [UInt32]) throws -> LabelImage {
    try LabelImage(width: labels.count, height: 1, values: labels)
  }

  /// The file `evaluation/semantic_expected.json`, made with numpy.
  private struct Expected: Decodable {
    struct Rule: Decodable {
      var meanIoU: Double
      var frequencyWeightedIoU: Double
      var meanAccuracy: Double
      var pixelAccuracy: Double
      var iou: [String: Double]
      var accuracy: [String: Double]
      var confusion: [[Int]]

      enum CodingKeys: String, CodingKey {
        case accuracy
        case meanIoU = "mIoU"
        case frequencyWeightedIoU = "fwIoU"
        case meanAccuracy = "mean_accuracy"
        case pixelAccuracy = "pixel_accuracy"
        case iou = "IoU"
        case confusion = "confusion_prediction_by_truth"
      }
    }

    var images: Int
    var labelledPixels: Int
    var rules: [String: Rule]

    enum CodingKeys: String, CodingKey {
      case images, rules
      case labelledPixels = "labelled_pixels"
    }
  }

  private static let names = [
    "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian", "Bicyclist",
  ]

  private static func labels(_ split: String) throws -> [LabelImage] {
    let folder = SharedData.path("datasets/camvid/\(split)/labels")
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try LabelImage(contentsOf: folder + "/" + $0)
    }
  }

  /// At each pixel the most frequent label of the training maps, the lowest on ties.
  private static func mode(_ maps: [LabelImage]) throws -> LabelImage {
    let (width, height) = (maps[0].width, maps[0].height)
    let values = (0..<(width * height)).map { index in
      var counts = [Int](repeating: 0, count: 12)
      for map in maps { counts[Int(map.values[index])] += 1 }
      let most = counts[..<11].max() ?? 0
      return UInt32(counts.firstIndex(of: most) ?? 0)
    }
    return try LabelImage(width: width, height: height, values: values)
  }

  @Test(.enabled(if: SharedData.isPresent)) func numbersAreTheExpectedOnes() throws {
    let expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(filePath: SharedData.path("evaluation/semantic_expected.json"))))
    let mode = try Self.mode(Self.labels("train"))
    let rules: [(String, (LabelImage) throws -> LabelImage)] = [
      (
        "A_all_road",
        { try LabelImage(width: $0.width, height: $0.height, values: $0.values.map { _ in 3 }) }
      ),
      ("B_mode_of_training_labels", { _ in mode }),
      (
        "C_truth_shifted_right_5_down_3",
        { map in
          let values = (0..<(map.width * map.height)).map { index in
            let (y, x) = index.quotientAndRemainder(dividingBy: map.width)
            return map.values[max(y - 3, 0) * map.width + max(x - 5, 0)]
          }
          return try LabelImage(width: map.width, height: map.height, values: values)
        }
      ),
      (
        "D_truth_with_car_predicted_as_11",
        { try LabelImage(width: $0.width, height: $0.height, values: $0.values.map { $0 == 8 ? 11 : $0 }) }
      ),
    ]
    #expect(Set(rules.map(\.0)) == Set(expected.rules.keys))
    let truth = try Self.labels("val")
    for (name, predict) in rules {
      let expectation = try #require(expected.rules[name])
      var counter = SemanticCounter(ignoring: 11)
      for map in truth { try counter.add(truth: map, prediction: predict(map)) }
      let result = try counter.result(names: Self.names)
      #expect(result.imageCount == expected.images)
      #expect(result.confusion.labelledPixelCount == expected.labelledPixels)
      #expect(result.confusion.rows == expectation.confusion)
      #expect(abs(result.meanIoU - expectation.meanIoU) < 1e-12)
      #expect(abs(result.frequencyWeightedIoU - expectation.frequencyWeightedIoU) < 1e-12)
      #expect(abs(result.meanAccuracy - expectation.meanAccuracy) < 1e-12)
      #expect(abs(result.pixelAccuracy - expectation.pixelAccuracy) < 1e-12)
      for category in result.classes {
        #expect(abs((category.iou ?? -1) - (expectation.iou[category.name] ?? -2)) < 1e-12)
        #expect(abs((category.accuracy ?? -1) - (expectation.accuracy[category.name] ?? -2)) < 1e-12)
      }
    }
  }
  @Test func conventionsDifferWhereNoClassIsPredicted() throws {
    // Class 0 predicted as none once, class 2 predicted although it is not in truth.
    var counter = SemanticCounter(ignoring: 255)
    try counter.add(truth: Self.row([0, 0, 0, 0, 1, 1, 1, 255]), prediction: Self.row([0, 0, 0, 255, 1, 1, 2, 0]))
    let plain = try counter.result()
    let twoThirds = 2.0 / 3
    let plainIoU: [Double?] = [0.75, twoThirds, 0]
    let plainAccuracy: [Double?] = [0.75, twoThirds, nil]
    #expect(plain.classes.map(\.iou) == plainIoU)
    #expect(plain.classes.map(\.accuracy) == plainAccuracy)
    #expect(abs(plain.meanIoU - 17.0 / 24) < 1e-15)
    #expect(abs(plain.frequencyWeightedIoU - 5.0 / 7) < 1e-15)
    #expect(abs(plain.pixelAccuracy - 5.0 / 7) < 1e-15)
    let reference = try counter.result(convention: .reference)
    let referenceIoU: [Double?] = [1, twoThirds, 0]
    #expect(reference.classes.map(\.iou) == referenceIoU)
    #expect(abs(reference.meanIoU - 5.0 / 9) < 1e-15)
    #expect(abs(reference.meanAccuracy - 5.0 / 6) < 1e-15)
    #expect(abs(reference.pixelAccuracy - 5.0 / 6) < 1e-15)
  }

  @Test func ignoredLabelMayLieAmongTheClasses() throws {
    var counter = SemanticCounter(ignoring: 0)
    try counter.add(truth: Self.row([1, 2, 2, 0]), prediction: Self.row([1, 2, 0, 2]))
    let result = try counter.result()
    let ious: [Double?] = [nil, 1, 0.5]
    #expect(result.classes.map(\.iou) == ious)
    #expect(result.meanIoU == 0.75)
    #expect(result.confusion.labelledPixelCount == 3)
  }

  @Test func nothingLabelledGivesZeros() throws {
    var counter = SemanticCounter(ignoring: 3)
    try counter.add(truth: Self.row([3, 3]), prediction: Self.row([3, 3]))
    let result = try counter.result(names: ["a", "b"])
    #expect(result.meanIoU == 0 && result.pixelAccuracy == 0 && result.frequencyWeightedIoU == 0)
    #expect(result.classes.allSatisfy { $0.iou == nil })
  }

  @Test func badCallsAreErrors() throws {
    var counter = SemanticCounter()
    #expect(throws: ModelError.self) { try counter.add(truth: Self.row([1, 2]), prediction: Self.row([1])) }
    #expect(throws: ModelError.self) { try counter.add(truth: Self.row([1]), prediction: Self.row([4096])) }
    try counter.add(truth: Self.row([1]), prediction: Self.row([1]))
    #expect(throws: ModelError.self) { try counter.result(names: ["a", "a"]) }
    #expect(throws: ModelError.self) { try ConfusionMatrix(rows: [[1, 2], [3]]) }
  }
}
