import Foundation
import SemanticSAMImages
import Testing

struct EvaluateTests {
  private static let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"]

  private struct Means: Decodable {
    var all: [String: Double]
    var things: [String: Double]
    var stuff: [String: Double]
  }

  private static func folder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evaluate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["truth", "predictions"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    try body(folder)
  }

  private static func write(_ labels: [UInt8], width: Int, to file: URL) throws {
    try PNG.write(pixels: labels, width: width, height: labels.count / width, format: .gray, to: file.path)
  }

  @Test func semanticScoresAreWrittenAsJSON() throws {
    try Self.folder { folder in
      try Self.write([0, 0, 1, 2], width: 2, to: folder.appending(path: "truth/a.png"))
      try Self.write([0, 1, 1, 0], width: 2, to: folder.appending(path: "predictions/a.png"))
      try Self.write([0], width: 1, to: folder.appending(path: "predictions/b.png"))
      let outcome = try Command.run([
        "evaluate", "semantic", "--truth", folder.path + "/truth", "--predictions", folder.path + "/predictions",
        "--ignore", "2", "--json", "-",
      ])
      #expect(outcome.code == 0)
      #expect(
        outcome.text
          == #"{"IoU":{"0":0.5,"1":0.5},"accuracy":{"0":0.5,"1":1},"confusion_prediction_by_truth":[[1,0,1],[1,1,0],"#
          + #"[0,0,0]],"fwIoU":0.5,"images":1,"labelled_pixels":3,"mIoU":0.5,"mean_accuracy":0.75,"#
          + #""pixel_accuracy":0.6666666666666666}"# + "\n")
      #expect(outcome.error.contains("1 files of"))
      #expect(outcome.error.contains("the first of them 'b.png'"))
    }
  }

  @Test func missingAndMisshapenPredictionsAreOneSentence() throws {
    try Self.folder { folder in
      let call = [
        "evaluate", "semantic", "--truth", folder.path + "/truth", "--predictions", folder.path + "/predictions",
      ]
      try Self.write([0, 0, 1, 2], width: 2, to: folder.appending(path: "truth/a.png"))
      let missing = try Command.run(call)
      #expect(missing.code == 1 && missing.output.isEmpty)
      #expect(missing.error.contains("1 of the 1 files of"))
      try Self.write([0, 0], width: 2, to: folder.appending(path: "predictions/a.png"))
      let misshapen = try Command.run(call)
      #expect(misshapen.code == 1 && misshapen.output.isEmpty)
      #expect(misshapen.error.contains("predictions/a.png' has 2 x 1 pixels"))
      #expect(misshapen.error.contains("truth/a.png' 2 x 2"))
    }
  }

  @Test(.enabled(if: shared != nil)) func panopticQualityIsThatOfTheOfficialTool() throws {
    let folder = "\(Self.shared ?? "")/evaluation/panoptic"
    let call = [
      "evaluate", "panoptic", "--annotations", folder + "/truth.json", "--masks", folder + "/truth", "--predictions",
      folder + "/prediction.json", "--predicted-masks", folder + "/prediction",
    ]
    let outcome = try Command.run(call + ["--json", "-"])
    #expect(outcome.code == 0 && outcome.error.isEmpty)
    let result = try JSONDecoder().decode(Means.self, from: outcome.output)
    let expected = try JSONDecoder().decode(
      Means.self, from: Data(contentsOf: URL(filePath: folder + "/expected.json")))
    for (means, expectation) in [
      (result.all, expected.all), (result.things, expected.things), (result.stuff, expected.stuff),
    ] {
      #expect(Set(means.keys) == ["pq", "sq", "rq", "n"])
      for (key, value) in expectation { #expect(abs((means[key] ?? -1) - value) < 1e-9) }
    }
    let table = try Command.run(call)
    #expect(
      table.text.hasPrefix("            PQ      SQ      RQ  categories\nall     0.2803  0.5028  0.3532          82\n"))
    // The prediction is not one of the truth: the first picture's ids differ.
    let swapped = try Command.run([
      "evaluate", "panoptic", "--annotations", folder + "/truth.json", "--masks", folder + "/truth", "--predictions",
      folder + "/prediction.json", "--predicted-masks", folder + "/truth",
    ])
    #expect(swapped.code == 1 && swapped.error.contains("'000000000139.png' has pixels of segment"))
  }

  private struct Precision: Decodable {
    var type: String
    var columns: [String]
    var stats: [Double]
    var perCategory: [String: Double?]
    var parts: [String: [String: Double]]?

    enum CodingKeys: String, CodingKey {
      case type, columns, stats, parts
      case perCategory = "per_category"
    }
  }

  private struct ExpectedPrecision: Decodable {
    struct Category: Decodable {
      var averagePrecision: Double

      enum CodingKeys: String, CodingKey {
        case averagePrecision = "AP"
      }
    }

    var stats: [String: Double]
    var perCategory: [String: Category]

    enum CodingKeys: String, CodingKey {
      case stats
      case perCategory = "per_category"
    }
  }

  @Test(.enabled(if: shared != nil), arguments: ["segm", "bbox"])
  func averagePrecisionIsThatOfTheOfficialTool(type: String) throws {
    let shared = Self.shared ?? ""
    let call = [
      "evaluate", "coco", "--annotations", shared + "/datasets/coco/annotations/instances_val2017.json", "--results",
      shared + "/evaluation/coco_val_results.json", "--type", type,
    ]
    struct File: Decodable {
      var segm: ExpectedPrecision
      var bbox: ExpectedPrecision
    }
    let file = try JSONDecoder().decode(
      File.self, from: Data(contentsOf: URL(filePath: shared + "/evaluation/coco_val_expected.json")))
    let expected = type == "segm" ? file.segm : file.bbox
    let outcome = try Command.run(call + ["--json", "-", "--unseen", "bus,dog"])
    #expect(outcome.code == 0 && outcome.error.isEmpty)
    let result = try JSONDecoder().decode(Precision.self, from: outcome.output)
    #expect(result.type == type && result.stats.count == 12)
    for (column, value) in zip(result.columns, result.stats) {
      #expect(abs(value - (expected.stats[column] ?? -9)) < 1e-9)
    }
    #expect(result.perCategory.count == 80)
    for (id, value) in result.perCategory {
      #expect(abs((value ?? -9) - (expected.perCategory[id]?.averagePrecision ?? 9)) < 1e-9)
    }
    #expect(result.parts?["unseen"]?["categories"] == 2 && result.parts?["seen"]?["categories"] == 78)
    let table = try Command.run(call)
    #expect(table.text.hasPrefix(" Average Precision (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.3"))
    #expect(!table.text.contains("unseen"))
  }

  private static let truth = #"""
    {"images": [{"id": 1, "file_name": "a.jpg", "width": 8, "height": 6}],
     "categories": [{"id": 1, "name": "bus:wheel"}, {"id": 2, "name": "cat:head"}],
     "annotations": [
      {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4, "bbox": [0, 0, 2, 2]},
      {"id": 2, "image_id": 1, "category_id": 2, "iscrowd": 0, "area": 4, "bbox": [4, 0, 2, 2]}]}
    """#

  private static let found = #"""
    [{"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [0, 0, 2, 2]},
     {"image_id": 1, "category_id": 2, "score": 0.5, "bbox": [4, 3, 2, 2]}]
    """#

  @Test func averagePrecisionGoesToAFileAndOfPartsIntoGroups() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.truth, to: "a.json")
    try folder.write(Self.found, to: "r.json")
    let call = ["evaluate", "coco", "--annotations", "a.json", "--results", "r.json", "--type", "bbox"]
    let outcome = try Command.run(call + ["--unseen", "bus", "--json", "numbers.json"], in: folder)
    #expect(outcome.code == 0 && outcome.error == "Wrote numbers.json.\n")
    #expect(outcome.text.hasSuffix("unseen  1.0000  1.0000           1\n"), "\(outcome.text)")
    let result = try JSONDecoder().decode(Precision.self, from: Data(folder.bytes("numbers.json")))
    // The official tool divides by true and false positives and a little more, so that 1 is not quite reached.
    let wheels = try #require(result.perCategory["1"] ?? nil)
    #expect(abs(result.stats[0] - 0.5) < 1e-9 && abs(wheels - 1) < 1e-9)
    #expect(result.perCategory["2"] == 0)
    #expect(abs((result.parts?["unseen"]?["AP50"] ?? 0) - 1) < 1e-9 && result.parts?["unseen"]?["categories"] == 1)
    #expect(result.parts?["seen"] == ["AP": 0, "AP50": 0, "categories": 1])
    let quiet = try Command.run(call + ["--json", "numbers.json", "--quiet"], in: folder)
    #expect(quiet.code == 0 && quiet.error.isEmpty)
    #expect(!String(decoding: try folder.bytes("numbers.json"), as: UTF8.self).contains("parts"))
    let agnostic = try Command.run(call + ["--class-agnostic", "--json", "-"], in: folder)
    #expect(try JSONDecoder().decode(Precision.self, from: agnostic.output).perCategory.keys.sorted() == ["0"])
  }

  @Test(arguments: [
    (["--unseen", "bird"], Int32(1), "'a.json' has no category 'bird'"), (["--unseen", ""], 64, "--unseen"),
    (["--unseen", "bus", "--class-agnostic"], 64, "--class-agnostic leaves no category"),
    (["--json", ""], 64, "--json has an empty path"), (["--json", "none/n.json"], 1, "none"),
    (["--type", "masks"], 64, "masks"), (["--type", "segm"], 1, "annotation 1 of 'a.json' (byte"),
    (["--annotations", "none.json"], 1, "There is no annotation file 'none.json'"),
    (["--results", "a.json"], 1, "needs a 'score'"), (["--results", "broken.json"], 1, "record 0"),
  ])
  func wrongCallsOfAveragePrecisionAreOneSentence(arguments: [String], code: Int32, clause: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.truth, to: "a.json")
    try folder.write(Self.found, to: "r.json")
    try folder.write(String(Self.found.prefix(40)), to: "broken.json")
    var call = ["--annotations": "a.json", "--results": "r.json", "--type": "bbox"]
    call[arguments[0]] = nil
    let outcome = try Command.run(["evaluate", "coco"] + call.flatMap { [$0.key, $0.value] } + arguments, in: folder)
    #expect(outcome.code == code && outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: ") && outcome.error.contains(clause), "\(outcome.error)")
    #expect(outcome.error.split(separator: "\n").count == 1)
  }
}
