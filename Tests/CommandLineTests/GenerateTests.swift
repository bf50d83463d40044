import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

/// `generate`: everything in a photograph, and in all photographs of a folder.
struct GenerateTests {
  private let quick = ["--points-per-side", "4", "--iou-threshold", "0.6"]

  /// COCO's form, as a program of somebody else reads it.
  private struct COCOFile: Decodable {
    struct Image: Decodable {
      var id: Int
      var fileName: String
      var width: Int
      var height: Int

      enum CodingKeys: String, CodingKey {
        case id, width, height
        case fileName = "file_name"
      }
    }

    struct Annotation: Decodable {
      var id: Int
      var image: Int
      var category: Int
      var iscrowd: Int
      var area: Int
      var level: Int
      var bbox: [Double]
      var predictedIoU: Double
      var stability: Double
      var segmentation: SegmentOutput.Mask.Code

      enum CodingKeys: String, CodingKey {
        case id, iscrowd, area, level, bbox, segmentation
        case image = "image_id"
        case category = "category_id"
        case predictedIoU = "predicted_iou"
        case stability = "stability_score"
      }
    }

    struct Category: Decodable {
      var id: Int
      var name: String
    }

    var images: [Image]
    var annotations: [Annotation]
    var categories: [Category]
  }

  @Test func photographGivesAPictureAndJSON() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(
      ["generate", "coffee.png", "--output", "o.png", "--json", "m.json"] + quick, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.error == "Wrote o.png.\nWrote m.json.\n")
    #expect(outcome.text.hasPrefix("level  IoU"))
    let picture = try Image(decoding: folder.bytes("o.png"))
    let photograph = try Image(decoding: folder.bytes("coffee.png"))
    #expect(picture.width == photograph.width && picture.height == photograph.height)
    #expect(picture != photograph)
    let bytes = Data(try folder.bytes("m.json"))
    let document = try SegmentOutput(bytes)
    #expect(!document.masks.isEmpty)
    for mask in document.masks {
      #expect(mask.prompt == nil)
      #expect(mask.predictedIoU > 0.6)
      #expect(mask.objects.count == 5)
      #expect(mask.area == mask.bitmap.count { $0 })
    }
    let printed = try Command.run(
      ["generate", "coffee.png", "--json", "-", "--quiet", "--threads", "1"] + quick, in: folder)
    #expect(printed.output == bytes)
    #expect(printed.error.isEmpty)
  }

  @Test func levelsAreThoseAskedFor() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(["generate", "coffee.png", "--json", "-", "--levels", "2,5-6"] + quick, in: folder)
    let levels = Set(try SegmentOutput(outcome.output).masks.map(\.level))
    #expect(!levels.isEmpty && levels.isSubset(of: [2, 5, 6]))
  }

  @Test func folderGivesCOCOAndIsContinued() throws {
    let folder = try TemporaryFolder(images: "chelsea.png", "coffee.png", "rocket.jpg")
    let photographs = folder.url.appending(path: "photographs")
    try FileManager.default.createDirectory(at: photographs, withIntermediateDirectories: true)
    func move(_ name: String) throws {
      try FileManager.default.moveItem(at: folder.url.appending(path: name), to: photographs.appending(path: name))
    }
    let arguments = ["generate", "photographs", "--json", "m.json"] + quick
    try move("chelsea.png")
    try move("coffee.png")
    let first = try Command.run(arguments, in: folder)
    #expect(first.code == 0)
    #expect(first.error == "Wrote m.json.\n")
    try move("rocket.jpg")
    let second = try Command.run(arguments, in: folder)
    #expect(second.error == "2 of 3 photographs are done.\nWrote m.json.\n")
    let whole = try Command.run(["generate", "photographs", "--json", "-"] + quick, in: folder)
    // Continued or made at once: the same bytes.
    #expect(try [UInt8](whole.output) == folder.bytes("m.json"))

    let file = try JSONDecoder().decode(COCOFile.self, from: whole.output)
    #expect(file.images.map(\.fileName) == ["chelsea.png", "coffee.png", "rocket.jpg"])
    #expect(file.images.map(\.id) == [1, 2, 3])
    #expect(file.annotations.map(\.id) == Array(1...file.annotations.count))
    #expect(file.categories.map(\.id) == [1] && file.categories.map(\.name) == ["object"])
    for annotation in file.annotations {
      let image = try #require(file.images.first { $0.id == annotation.image })
      #expect(annotation.segmentation.size == [image.height, image.width])
      #expect(annotation.category == 1 && annotation.iscrowd == 0 && (1...6).contains(annotation.level))
      #expect(annotation.predictedIoU > 0.6 && annotation.stability >= 0.5)
      #expect(annotation.area > 0 && annotation.bbox[2] > 0)
    }
    #expect(second.text == "\(file.annotations.count) masks of 3 photographs\n")

    let before = try folder.bytes("m.json")
    #expect(try Command.run(arguments, in: folder).error == "3 of 3 photographs are done.\n")
    let other = try Command.run(arguments + ["--levels", "1"], in: folder)
    #expect(other.code == 1)
    #expect(other.error.contains("made with other weights or options"))
    #expect(try folder.bytes("m.json") == before)
  }

  @Test func brokenPhotographsAreNamedAndTheRestIsDone() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write("not a photograph", to: "broken.jpg")
    let outcome = try Command.run(["generate", ".", "--json", "m.json", "--quiet"] + quick, in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.error.contains("'./broken.jpg' is not a JPEG"))
    #expect(outcome.error.contains("1 of 2 photographs are not segmented"))
    let file = try JSONDecoder().decode(COCOFile.self, from: Data(folder.bytes("m.json")))
    #expect(file.images.map(\.fileName) == ["coffee.png"])
  }

  @Test func interruptionLeavesAFileThatIsContinued() throws {
    let folder = try TemporaryFolder(images: "chelsea.png", "coffee.png", "rocket.jpg")
    let arguments = ["generate", ".", "--json", "m.json"] + quick
    let process = Process()
    process.executableURL = Command.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !folder.names.contains("m.json") { Thread.sleep(forTimeInterval: 0.002) }
    process.interrupt()
    process.terminate()
    process.waitUntilExit()
    let part = try JSONDecoder().decode(COCOFile.self, from: Data(folder.bytes("m.json")))
    #expect((1...3).contains(part.images.count))
    #expect(folder.names.allSatisfy { !$0.hasSuffix(".tmp") })
    #expect(try Command.run(arguments, in: folder).code == 0)
    let whole = try Command.run(["generate", ".", "--json", "-"] + quick, in: folder)
    #expect(try [UInt8](whole.output) == folder.bytes("m.json"))
  }

  @Test(
    arguments: [
      (["generate"], 64, "Missing expected argument '<image> ...'"),
      (["generate", "coffee.png", "--points-per-side", "0"], 64, "A side cannot have 0 clicks"),
      (["generate", "coffee.png", "--iou-threshold", "nan"], 64, "The threshold of the predicted IoU is nan"),
      (["generate", "coffee.png", "--levels", "7"], 64, "--levels '7' does not name levels"),
      (["generate", "coffee.png", "--output", "o.jpg"], 64, "--output writes PNG"),
      (["generate", "coffee.png", "--output", "coffee.png"], 64, "--output 'coffee.png' would replace the input"),
      (["generate", "coffee.png", "--json", ""], 64, "--json has an empty path"),
      (["generate", ".", "--output", "o.png"], 64, "--output shows one photograph"),
      (["generate", "."], 64, "The masks of the folder '.' have nowhere to go"),
      (["generate", "coffee.png", "coffee.png"], 64, "The masks of the photographs have nowhere to go"),
      (["generate", "coffee.png", "-", "--json", "-"], 64, "Standard input holds one photograph"),
      (["generate", "coffee.png", "--format", "yolo"], 64, "--format needs a folder"),
      (["generate", "-", "--format", "yolo", "--output", "d"], 64, "--format names files after photographs"),
      (["generate", ".", "--format", "coco", "--output", "d", "--json", "-"], 64, "--format and --json both"),
      (["generate", ".", "--format", "voc", "--output", "d"], 64, "The value 'voc' is invalid for '--format"),
      (["generate", "missing.png", "--format", "yolo", "--output", "a/b"], 1, "There is no file 'missing.png'"),
      (["generate", "empty", "--json", "-"], 1, "The folder 'empty' holds no photograph"),
      (["generate", ".", "--json", "notes.json"], 1, "'notes.json' holds no masks"),
      (["generate", "missing.png"], 1, "There is no file 'missing.png'"),
    ] as [([String], Int32, String)])
  func wrongCallsAreRefusedInOneSentence(_ arguments: [String], _ code: Int32, _ beginning: String) throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "empty"), withIntermediateDirectories: true)
    try folder.write("{\"images\": 3}", to: "notes.json")
    let before = folder.names
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.code == code, "\(outcome.error)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: " + beginning), "\(outcome.error)")
    #expect(outcome.error.hasSuffix(".\n") && outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)")
    #expect(folder.names == before)
  }
}
