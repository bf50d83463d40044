import Foundation
import Testing

struct EvaluateInteractiveTests {
  @Test func numbersComeAsTableAndAsJSON() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = ["evaluate", "interactive", "--data", "extra=\(folder.path())"]
    let table = try Command.run(data)
    #expect(table.code == 0 && table.error.isEmpty)
    #expect(table.text.split(separator: "\n").count == 7)

    let outcome = try Command.run(data + ["--json", "-"])
    #expect(outcome.code == 0)
    let numbers = try JSONDecoder().decode(Numbers.self, from: outcome.output)
    #expect(numbers.objects == 1)
    for share in [numbers.oracle, numbers.max, numbers.box ?? -1] { #expect((0...1).contains(share)) }
    #expect(numbers.oracle >= numbers.max)
    #expect(Set(numbers.floor.keys) == ["best_of_six_discs", "best_single_disc", "ellipse_in_box"])

    let file = folder.appending(path: "numbers.json")
    let written = try Command.run(data + ["--json", file.path(), "--quiet"])
    #expect(written.output == table.output && written.error.isEmpty)
    #expect(try Data(contentsOf: file) == outcome.output)

    let reference = try Command.run(data + ["--protocol", "reference", "--json", "-"])
    let published = try JSONDecoder().decode(Numbers.self, from: reference.output)
    #expect(published.objects == 2 && published.box == nil && published.noc?.count == 4)
  }

  @Test func wrongCallsAreOneSentence() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = "extra=\(folder.path())"
    for arguments in [
      [], ["--data", "coco"], ["--data", "nothing=."], ["--data", data, "--minimum-area", "-1"],
      ["--data", data, "--minimum-pixels", "-1"], ["--data", data, "--minimum-pixels", "1", "--minimum-area", "1"],
      ["--data", data, "--protocol", "other"], ["--data", data, "--json", ""],
    ] {
      let outcome = try Command.run(["evaluate", "interactive"] + arguments)
      #expect(outcome.code == 64 && outcome.output.isEmpty)
      #expect(outcome.error.hasPrefix("semantic-sam: ") && outcome.error.split(separator: "\n").count == 1)
    }
    try FileManager.default.removeItem(at: folder.appending(path: "coffee.png"))
    for arguments in [
      ["--data", data], ["--data", data, "--minimum-area", "1e9"], ["--data", data, "--minimum-pixels", "100000000"],
      ["--data", "coco=\(folder.path())"],
    ] {
      let outcome = try Command.run(["evaluate", "interactive"] + arguments)
      #expect(outcome.code == 1 && outcome.output.isEmpty)
      #expect(outcome.error.hasPrefix("semantic-sam: ") && outcome.error.split(separator: "\n").count == 1)
    }
  }

  /// The published numbers of the built-in weights.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] != nil),
    arguments: [
      (["coco", "datasets/coco", "val2017", "400"], 585, [0.635, 0.490, 0.726]),
      (["car_parts", "datasets/car_parts", "val", "99"], 247, [0.734, 0.131, 0.804]),
    ])
  func theWeightsReachWhatTheirCardSays(call: [String], objects: Int, expected: [Double]) throws {
    let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] ?? ""
    let outcome = try Command.run([
      "evaluate", "interactive", "--data", "\(call[0])=\(shared)/\(call[1])", "--split", call[2], "--minimum-area",
      call[3], "--json", "-",
    ])
    let numbers = try JSONDecoder().decode(Numbers.self, from: outcome.output)
    #expect(numbers.objects == objects)
    for (number, other) in zip([numbers.oracle, numbers.max, numbers.box ?? -1], expected) {
      #expect(abs(number - other) <= 0.003)
    }
  }

  /// Every form of annotations, at what photographs of it are at hand; the objects that it has.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] != nil),
    arguments: [
      ("coco_panoptic", "coco_panoptic_sample", nil), ("sa1b", "sa1b_form", "val"), ("sa1b_tsv", "sa1b_form/tsv", nil),
      ("ade20k", "ade20k_sceneparsing", nil), ("ade20k_full", "ade20k_full", nil), ("pascal_part", "pascal_part", nil),
      ("pascal_part_json", "pascal_part", nil), ("bsds500", "bsds500", "val"), ("clothing", "clothing", "val"),
      ("camvid", "camvid", "val"),
    ] as [(String, String, String?)])
  func everyDataSetIsEvaluated(name: String, folder: String, split: String?) throws {
    let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] ?? ""
    // Large objects only: the number of objects is the time that it takes.
    let outcome = try Command.run(
      [
        "evaluate", "interactive", "--data", "\(name)=\(shared)/datasets/\(folder)", "--minimum-pixels", "20000",
        "--json", "-",
      ] + (split.map { ["--split", $0] } ?? []))
    #expect(outcome.code == 0, "\(outcome.error)")
    let numbers = try JSONDecoder().decode(Numbers.self, from: outcome.output)
    #expect(numbers.objects > 0 && (numbers.floor["ellipse_in_box"] ?? 0) < 1)
    #expect(numbers.oracle >= numbers.max && numbers.oracle <= 1 && (numbers.box ?? 0) > 0)
  }

  /// Regions with boxes alone are no objects.
  @Test func boxesAloneAreNoObjects() throws {
    let fixtures = Command.images.appending(path: "../../Tests/Fixtures/datasets/objects365_v1").standardized.path
    let outcome = try Command.run(["evaluate", "interactive", "--data", "objects365=\(fixtures)"])
    #expect(outcome.code == 1 && outcome.error.contains("no region has a mask and is large enough"))
  }

  @Test func granularity() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let call = ["evaluate", "granularity", "--data", "extra=\(folder.path())"]
    let table = try Command.run(call)
    #expect(table.code == 0 && table.error.isEmpty && table.text.split(separator: "\n").count == 9)
    let outcome = try Command.run(call + ["--json", "-"])
    let result = try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    #expect(result["images"] as? Int == 1 && result["clicks"] as? Int == 2 && result["matched_pairs"] as? Int == 2)
    let share = try #require(result["mean_over_matched_pairs"] as? Double)
    #expect((0...1).contains(share))
    #expect(result["mean_over_clicks_unmatched_as_zero"] as? Double == share)
    #expect(result["mean_best_per_target"] as? Double == share)
    let floor = try #require((result["floor"] as? [String: [String: Any]])?["six_discs"])
    #expect(floor["matched_pairs"] as? Int == 2)
    let large = try Command.run(call + ["--minimum-area", "400", "--json", "-"])
    #expect(large.text.hasPrefix(#"{"clicks":1,"#))
  }

  @Test func numbersOfClicks() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let call = ["evaluate", "clicks", "--data", "extra=\(folder.path())", "--limit", "3"]
    let table = try Command.run(call)
    #expect(table.code == 0 && table.error.isEmpty && table.text.contains("floor: discs, noc@0.85 ("))
    let outcome = try Command.run(call + ["--thresholds", "1,99.5", "--json", "-"])
    let result = try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    #expect(result["objects"] as? Int == 1 && result["limit"] as? Int == 3)
    let clicks = try #require(result["noc"] as? [String: [String: Any]])
    #expect(Set(clicks.keys) == ["0.01", "0.995"])
    #expect(clicks["0.01"]?["mean"] as? Double == 1 && clicks["0.01"]?["failures"] as? Int == 0)
    #expect(clicks["0.995"]?["per_object"] as? [Int] == [3])
    #expect((result["miou_at_click"] as? [Double])?.count == 3)
    #expect((result["floor"] as? [String: [String: Any]])?["noc"]?.count == 2)
    for arguments in [["--thresholds", "80,,90"], ["--thresholds", "0"], ["--thresholds", "101"], ["--limit", "0"]] {
      let outcome = try Command.run(call + arguments)
      #expect(outcome.code == 64 && outcome.output.isEmpty && outcome.error.split(separator: "\n").count == 1)
    }
  }

  private struct Numbers: Decodable {
    var objects: Int
    var oracle: Double
    var max: Double
    var box: Double?
    var floor: [String: Double]
    var noc: [String: Double]?

    enum CodingKeys: String, CodingKey {
      case objects, floor, noc
      case oracle = "oracle_miou"
      case max = "max_miou"
      case box = "box_miou"
    }
  }

  /// A photograph with a large object, a small one and a crowd, as a data set.
  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evaluate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let photograph = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Examples/Images/coffee.png")
    try FileManager.default.copyItem(at: photograph, to: folder.appending(path: "coffee.png"))
    let annotations = #"""
      {"images": [{"id": 1, "file_name": "coffee.png", "width": 600, "height": 400}],
       "categories": [{"id": 1, "name": "cup"}],
       "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 40000, "bbox": [180, 30, 220, 260],
         "segmentation": [[180, 90, 290, 30, 400, 90, 380, 250, 290, 290, 200, 250]]},
        {"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 100, "bbox": [10, 10, 10, 10],
         "segmentation": [[10, 10, 20, 10, 20, 20, 10, 20]]},
        {"id": 3, "image_id": 1, "category_id": 1, "iscrowd": 1, "area": 5000, "bbox": [0, 0, 100, 50],
         "segmentation": {"size": [400, 600], "counts": [0, 5000, 235000]}}]}
      """#
    try Data(annotations.utf8).write(to: folder.appending(path: "annotations.json"))
    return folder
  }
}
