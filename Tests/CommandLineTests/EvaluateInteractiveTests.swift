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
      ["--data", data, "--protocol", "other"], ["--data", data, "--json", ""],
    ] {
      let outcome = try Command.run(["evaluate", "interactive"] + arguments)
      #expect(outcome.code == 64 && outcome.output.isEmpty)
      #expect(outcome.error.hasPrefix("semantic-sam: ") && outcome.error.split(separator: "\n").count == 1)
    }
    try FileManager.default.removeItem(at: folder.appending(path: "coffee.png"))
    for arguments in [
      ["--data", data], ["--data", data, "--minimum-area", "1e9"], ["--data", "coco=\(folder.path())"],
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
