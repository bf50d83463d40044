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
}
