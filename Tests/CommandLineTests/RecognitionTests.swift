import Foundation
import SemanticSAMImages
import Testing

@testable import SemanticSAMCore

/// `panoptic`, `instances`, `semantic`, `parts` and `evaluate generic`: with the built-in weights, and with small ones that
/// find things by text.
struct RecognitionTests {
  private let quick = ["--points-per-side", "6", "--minimum-probability", "0.1"]

  private struct PanopticFile: Decodable {
    struct Annotation: Decodable {
      struct Segment: Decodable {
        var id: Int
        var categoryID: Int
        var area: Int
        var bbox: [Int]

        enum CodingKeys: String, CodingKey {
          case id, area, bbox
          case categoryID = "category_id"
        }
      }

      var imageID: Int
      var fileName: String
      var segmentsInfo: [Segment]

      enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case fileName = "file_name"
        case segmentsInfo = "segments_info"
      }
    }

    struct Category: Decodable {
      var id: Int
      var name: String
      var isthing: Int
    }

    var annotations: [Annotation]
    var categories: [Category]
  }

  private struct Detection: Decodable {
    var imageID: Int
    var categoryID: Int
    var categoryName: String
    var score: Double
    var bbox: [Double]

    enum CodingKeys: String, CodingKey {
      case score, bbox
      case imageID = "image_id"
      case categoryID = "category_id"
      case categoryName = "category_name"
    }
  }

  /// A checkpoint of a small network that finds things by text, and embeddings of some names.
  private func writeSmallModel(to folder: TemporaryFolder) throws {
    var configuration = Configuration.openSeeD(
      "small", from: .tiny,
      Configuration.Proposals(
        queries: 10, backgroundQueries: 0, startingBoxes: .proposal, learnsContent: false, maximumInstances: 10))
    configuration.image.shortEdge = 64
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var filler = SteadyNumbers()
    try network.visit(&filler)
    var weights = SafetensorsWriter(metadata: ["configuration": try configuration.json()])
    try network.write(to: &weights)
    try weights.write(to: folder.url.appending(path: "small.safetensors").path())
    var names = SafetensorsWriter(metadata: ["names": "[\"cup\", \"table\", \"sky\", \"cup handle\"]"])
    try names.add("embeddings", Tensor(filler.next(4 * 32), shape: [4, 32]))
    try names.write(to: folder.url.appending(path: "names.safetensors").path())
    try folder.write(
      "{\"objects\": [\"cup\", \"table\"], \"stuff\": [\"sky\"], \"parts\": [\"cup:handle\"]}", to: "names.json")
  }

  private let small = ["--checkpoint", "small.safetensors", "--embeddings", "names.safetensors"]

  @Test func panopticFilesAgreeWithOneAnother() throws {
    let folder = try TemporaryFolder(images: "chelsea.png")
    let outcome = try Command.run(
      ["panoptic", "chelsea.png", "-o", "o.png", "--json", "p.json", "--maps", "m.png", "--polygons", "g.json"] + quick,
      in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    #expect(outcome.text.hasPrefix("count  score") && outcome.text.contains("cat"))
    #expect(outcome.error == "Wrote o.png.\nWrote m.png.\nWrote p.json.\nWrote g.json.\n")
    let file = try JSONDecoder().decode(PanopticFile.self, from: Data(folder.bytes("p.json")))
    let map = try LabelImage(decoding: folder.bytes("m.png"))
    let annotation = try #require(file.annotations.first)
    #expect(annotation.fileName == "m.png" && annotation.imageID == 1)
    #expect(!annotation.segmentsInfo.isEmpty)
    for segment in annotation.segmentsInfo {
      #expect(map.values.count { Int($0) == segment.id } == segment.area)
      #expect(file.categories.contains { $0.id == segment.categoryID })
    }
    // The built-in names are COCO's, under COCO's ids.
    #expect(file.categories.contains { $0.name == "cat" && $0.id == 17 && $0.isthing == 1 })
    let photograph = try Image(decoding: folder.bytes("chelsea.png"))
    let picture = try Image(decoding: folder.bytes("o.png"))
    #expect(picture.width > photograph.width && picture.height == photograph.height)
  }

  @Test func smallWeightsFindThingsByText() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try writeSmallModel(to: folder)
    let names = ["--vocabulary", "names.json"]
    let instances = try Command.run(
      ["instances", "coffee.png", "--json", "-", "--quiet", "--score-threshold", "0"] + small + names, in: folder)
    #expect(instances.code == 0, "\(instances.error)")
    let found = try JSONDecoder().decode([Detection].self, from: instances.output)
    #expect(!found.isEmpty && found.allSatisfy { ["cup", "table"].contains($0.categoryName) })

    let semantic = try Command.run(
      ["semantic", "coffee.png", "--maps", "m.png", "--json", "s.json"] + small + names, in: folder)
    #expect(semantic.code == 0, "\(semantic.error)")
    let photograph = try Image(decoding: folder.bytes("coffee.png"))
    let map = try LabelImage(decoding: folder.bytes("m.png"))
    #expect(map.width == photograph.width && map.values.allSatisfy { $0 < 3 })

    let parts = try Command.run(
      ["parts", "coffee.png", "--json", "-", "--quiet", "--score-threshold", "0"] + small + names, in: folder)
    let parted = try JSONDecoder().decode([Detection].self, from: parts.output)
    #expect(!parted.isEmpty && parted.allSatisfy { $0.categoryName == "cup: handle" })

    // Without a list the names of the file are the vocabulary; one thread or many, the same bytes.
    let all = try Command.run(["panoptic", "coffee.png", "--json", "-", "--quiet"] + small, in: folder)
    #expect(try JSONDecoder().decode(PanopticFile.self, from: all.output).categories.count == 4)
    let one = try Command.run(
      ["panoptic", "coffee.png", "--json", "-", "--quiet", "--threads", "1"] + small, in: folder)
    #expect(one.output == all.output)

    let segment = try Command.run(
      ["segment", "coffee.png", "--point", "9,9", "--checkpoint", "small.safetensors"], in: folder)
    #expect(segment.code == 1 && segment.error.contains("answers no clicks or boxes"))
  }

  @Test func foldersGiveOneFileAndAPictureEach() throws {
    let folder = try TemporaryFolder(images: "coffee.png", "rocket.jpg")
    try writeSmallModel(to: folder)
    let photographs = folder.url.appending(path: "photographs")
    for path in ["photographs", "pictures", "maps"] {
      try FileManager.default.createDirectory(at: folder.url.appending(path: path), withIntermediateDirectories: true)
    }
    for name in ["coffee.png", "rocket.jpg"] {
      try FileManager.default.moveItem(at: folder.url.appending(path: name), to: photographs.appending(path: name))
    }
    let outcome = try Command.run(
      ["panoptic", "photographs", "-o", "pictures", "--maps", "maps", "--json", "p.json"] + small, in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    let file = try JSONDecoder().decode(PanopticFile.self, from: Data(folder.bytes("p.json")))
    #expect(file.annotations.map(\.fileName) == ["coffee.png", "rocket.png"])
    for annotation in file.annotations {
      let map = try LabelImage(decoding: folder.bytes("maps/" + annotation.fileName))
      let ids = Set(map.values).subtracting([0])
      #expect(ids == Set(annotation.segmentsInfo.map { UInt32($0.id) }))
      _ = try Image(decoding: folder.bytes("pictures/" + annotation.fileName))
    }
    // The evaluation reads what was written, and finds it equal to itself.
    let quality = try Command.run(
      [
        "evaluate", "panoptic", "--annotations", "p.json", "--masks", "maps", "--predictions", "p.json",
        "--predicted-masks", "maps", "--json", "-",
      ], in: folder)
    struct Quality: Decodable {
      struct Summary: Decodable { var pq: Double }

      var all: Summary
    }
    #expect(try JSONDecoder().decode(Quality.self, from: quality.output).all.pq == 1, "\(quality.error)")
  }

  @Test(
    arguments: [
      (["panoptic"], 64, "Missing expected argument '<image>'"),
      (["panoptic", "coffee.png", "--output", "o.jpg"], 64, "--output writes PNG"),
      (["panoptic", "coffee.png", "--maps", "coffee.png"], 64, "--maps 'coffee.png' would replace the input"),
      (["instances", "coffee.png", "--score-threshold", "2"], 64, "--score-threshold is 2.0"),
      (["semantic", "coffee.png", "--json", ""], 64, "--json has an empty path"),
      (
        ["parts", "coffee.png", "--embeddings", "a", "--text-encoder", "b"], 64, "--embeddings and --text-encoder both"
      ),
      (["panoptic", ".", "--output", "o.png"], 64, "--output 'o.png' is no folder"),
      (["panoptic", "missing.png"], 1, "There is no file 'missing.png'"),
      (["panoptic", "coffee.png", "--vocabulary", "missing.json"], 1, "There is no file 'missing.json'"),
      (["panoptic", "coffee.png", "--vocabulary", "strange.json"], 1, "The weights 'default' know none of the names"),
      (["evaluate", "generic"], 64, "Missing expected argument '--data <name=path> ...'"),
      (["evaluate", "generic", "--data", "nonsense"], 64, "--data 'nonsense' is not NAME=PATH"),
    ] as [([String], Int32, String)])
  func wrongCallsAreRefusedInOneSentence(_ arguments: [String], _ code: Int32, _ beginning: String) throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write("[\"qwertz\"]", to: "strange.json")
    let before = folder.names
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.code == code, "\(outcome.error)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: " + beginning), "\(outcome.error)")
    #expect(outcome.error.hasSuffix(".\n") && outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)")
    #expect(folder.names == before)
  }
}

/// Fills parameters with numbers of a fixed sequence, of a size that keeps signals alive.
private struct SteadyNumbers: ParameterVisitor {
  var path = ParameterPath()
  private var state: UInt64 = 7

  mutating func next(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  mutating func visit(_ parameter: inout Tensor) {
    let numbers = next(parameter.count)
    let isVector = parameter.shape.count < 2
    let isWeight = isVector && path.key.hasSuffix("weight")
    let scale: Float = isVector ? 0.1 : (3 / Float(parameter.shape[0])).squareRoot()
    parameter = Tensor(numbers.map { (isWeight ? 1 : 0) + scale * $0 }, shape: parameter.shape)
  }

  mutating func visit(_ weights: inout Weights) {
    let shape = weights.values.shape
    let scale = (3 / Float(shape.dropFirst().reduce(1, *))).squareRoot()
    weights.values = Tensor(next(weights.values.count).map { scale * $0 }, shape: shape)
  }
}
