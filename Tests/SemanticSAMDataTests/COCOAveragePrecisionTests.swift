import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMData

/// Against the numbers of pycocotools 2.0.11 on the reference data.
@Suite(.enabled(if: SharedData.isPresent))
struct COCOAveragePrecisionTests {
  private struct Expected: Decodable {
    var segm: Task
    var bbox: Task
    var segmClassAgnostic: Agnostic
    var bboxClassAgnostic: Agnostic

    enum CodingKeys: String, CodingKey {
      case segm, bbox
      case segmClassAgnostic = "segm_class_agnostic"
      case bboxClassAgnostic = "bbox_class_agnostic"
    }

    struct Agnostic: Decodable {
      var stats: [String: Double]
    }

    struct Task: Decodable {
      var stats: [String: Double]
      var categories: [String: CategoryNumbers]
      var precision: [Double]
      var matching: [String: Matching]

      enum CodingKeys: String, CodingKey {
        case stats
        case categories = "per_category"
        case precision = "person_precision_iou50_area_all_max100"
        case matching = "matching_first_6_images"
      }
    }

    struct CategoryNumbers: Decodable {
      var name: String
      var averagePrecision: Double
      var averagePrecision50: Double
      var averageRecall: Double
      var truth: Int

      enum CodingKeys: String, CodingKey {
        case name, truth
        case averagePrecision = "AP"
        case averagePrecision50 = "AP50"
        case averageRecall = "AR100"
      }
    }

    struct Matching: Decodable {
      var gtIds: [Int64]
      var gtIgnore: [Int]
      var dtIds: [Int]
      var at50: [Int64]
      var ignoreAt50: [Int]
      var at75: [Int64]

      enum CodingKeys: String, CodingKey {
        case gtIds, gtIgnore, dtIds
        case at50 = "dtMatches_iou50"
        case ignoreAt50 = "dtIgnore_iou50"
        case at75 = "dtMatches_iou75"
      }
    }
  }

  private let expected: Expected
  private let annotations: COCOAnnotations
  private let results: COCOResults

  init() throws {
    let json = try Data(contentsOf: URL(filePath: SharedData.path("evaluation/coco_val_expected.json")))
    expected = try JSONDecoder().decode(Expected.self, from: json)
    annotations = try COCOAnnotations(
      contentsOf: SharedData.path("datasets/coco/annotations/instances_val2017.json"))
    results = try COCOResults(
      contentsOf: SharedData.path("evaluation/coco_val_results.json"), for: annotations)
  }

  private func expectStatistics(_ result: COCOAveragePrecision, _ stats: [String: Double]) throws {
    for (column, value) in zip(COCOAveragePrecision.columns, result.statistics) {
      let wanted = try #require(stats[column])
      #expect(abs(value - wanted) < 1e-12, "\(column)")
    }
  }

  @Test(arguments: COCOTask.allCases) func officialNumbers(_ task: COCOTask) throws {
    let wanted = task == .segm ? expected.segm : expected.bbox
    let result = try COCOAveragePrecision(task: task, annotations: annotations, results: results)
    try expectStatistics(result, wanted.stats)
    #expect(result.categories.count == 80)
    for category in result.categories {
      let numbers = try #require(wanted.categories["\(category.id)"])
      #expect(category.name == numbers.name)
      #expect(category.truthCount == numbers.truth)
      #expect(abs(try #require(category.averagePrecision) - numbers.averagePrecision) < 1e-12)
      #expect(abs(try #require(category.averagePrecision50) - numbers.averagePrecision50) < 1e-12)
      #expect(abs(try #require(category.averageRecall) - numbers.averageRecall) < 1e-12)
    }
    let precision = try #require(result.precision(ofCategory: 1, threshold: 0))
    #expect(zip(precision, wanted.precision).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(precision.count == wanted.precision.count)
  }

  @Test(arguments: COCOTask.allCases) func officialNumbersOfAllCategoriesTogether(_ task: COCOTask) throws {
    let wanted = task == .segm ? expected.segmClassAgnostic : expected.bboxClassAgnostic
    let result = try COCOAveragePrecision(
      task: task, annotations: annotations, results: results, isClassAgnostic: true)
    try expectStatistics(result, wanted.stats)
  }

  @Test(arguments: COCOTask.allCases) func officialMatching(_ task: COCOTask) throws {
    let wanted = (task == .segm ? expected.segm : expected.bbox).matching
    let source = COCOImageSource(task: task, annotations: annotations, results: results)
    let categories = annotations.categories.map(\.id).sorted()
    var compared = 0
    for (key, matching) in wanted {
      let ids = key.split(separator: "/").compactMap { Int($0) }
      let place = try #require(annotations.images.firstIndex { $0.id == Int64(ids[0]) })
      let image = try source.image(at: place)
      let group = try #require(categories.firstIndex(of: ids[1]))
      let matchings = try COCOImageMatching(
        image, task: task, categories: categories, isClassAgnostic: false, keepsPartners: true)
      let found = try #require(matchings.results.first { $0.group == group }).matching
      let first = Int(results.starts[place])
      #expect(found.order.map { Int(results.places[first + $0]) + 1 } == matching.dtIds)
      for (threshold, partners) in [(0, matching.at50), (5, matching.at75)] {
        let truth = found.partners[0][threshold].map { $0 < 0 ? 0 : image.truth[Int($0)].id }
        #expect(truth == partners, "\(key)")
      }
      #expect(found.ignored[0].map { Int($0 & 1) } == matching.ignoreAt50)
      #expect(found.truthCounts[0] == matching.gtIgnore.count { $0 == 0 })
      compared += 1
    }
    #expect(compared == wanted.count)
  }

  @Test func memoryAndFilesAgree() throws {
    for task in COCOTask.allCases {
      let source = COCOImageSource(task: task, annotations: annotations, results: results)
      var truth: [COCOTruth] = []
      var detections: [COCODetection] = []
      for place in annotations.images.indices {
        let image = try source.image(at: place)
        truth += image.truth
        detections += image.detections
      }
      let fromMemory = try COCOAveragePrecision(
        task: task, imageIDs: annotations.images.map(\.id), categories: annotations.categories, truth: truth,
        detections: detections)
      let fromFiles = try COCOAveragePrecision(task: task, annotations: annotations, results: results)
      #expect(fromMemory.statistics == fromFiles.statistics)
      #expect(fromMemory.categories == fromFiles.categories)
    }
  }

  @Test func meansOverCategories() throws {
    let result = try COCOAveragePrecision(task: .segm, annotations: annotations, results: results)
    let animals: Set = ["cat", "dog", "horse"]
    let mean = try #require(result.means { animals.contains($0.name) })
    let wanted =
      expected.segm.categories.values.filter { animals.contains($0.name) }.map(\.averagePrecision).reduce(0, +) / 3
    #expect(abs(mean.averagePrecision - wanted) < 1e-12)
    #expect(result.means { $0.name == "no such category" } == nil)
  }

  /// Categories as seen and unseen ones, from the official numbers of each category.
  @Test func partsSeenAndUnseen() throws {
    let result = try COCOAveragePrecision(task: .segm, annotations: annotations, results: results)
    let groups = try PartGroups(unseen: ["bus", "dog"], categories: annotations.categories, path: annotations.path)
    let parts = PartPrecision(result, groups)
    let official = expected.segm.categories.values
    let unseen = official.filter { ["bus", "dog"].contains($0.name) }
    let seen = official.filter { !["bus", "dog"].contains($0.name) }
    for (mean, numbers) in [(parts.seen, seen), (parts.unseen, unseen), (parts.all, Array(official))] {
      #expect(mean.categories == numbers.count)
      let count = Double(numbers.count)
      #expect(
        abs(try #require(mean.averagePrecision) - numbers.map(\.averagePrecision).reduce(0, +) / count) < 1e-12)
      #expect(
        abs(try #require(mean.averagePrecision50) - numbers.map(\.averagePrecision50).reduce(0, +) / count) < 1e-12)
    }
    #expect(throws: ModelError.self) {
      try PartGroups(unseen: ["unicorn"], categories: annotations.categories, path: annotations.path)
    }
    let named = [
      Category(id: 1, name: "bus:wheel"), Category(id: 2, name: "business"), Category(id: 3, name: "dog:head"),
    ]
    let document = try COCOEvaluationDocument(result, parts: parts).encoded()
    #expect(String(decoding: document, as: UTF8.self).contains(#""parts":{"all":{"AP":0.3"#))
    #expect(throws: Never.self) { try PartGroups(unseen: ["bus"], categories: named, path: "parts.json") }
  }
}
