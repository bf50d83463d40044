import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

/// `--format`: the masks of photographs for other programs, several photographs in one call.
struct ExportTests {
  private let quick = ["--points-per-side", "4", "--quiet"]

  /// The number of lines, and of masks, that a run says.
  private func run(_ arguments: [String], in folder: TemporaryFolder, code: Int32 = 0) throws -> Command.Outcome {
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.code == code, "\(outcome.error)")
    return outcome
  }

  private func names(_ folder: TemporaryFolder, _ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: path).path).sorted()
  }

  @Test func generateWritesYOLOAndSkipsWhatIsDone() throws {
    let folder = try TemporaryFolder(images: "chelsea.png", "coffee.png", "rocket.jpg")
    let arguments = ["generate", "--format", "yolo", "--output", "labels"] + quick
    _ = try run(arguments + ["chelsea.png", "coffee.png"], in: folder)
    #expect(try names(folder, "labels") == ["chelsea.txt", "classes.txt", "coffee.txt", "semantic-sam.json"])
    let classes = try String(contentsOf: folder.url.appending(path: "labels/classes.txt"), encoding: .utf8)
      .split(separator: "\n")
    #expect(classes.first == "object" && classes.contains("bowl") && Set(classes).count == classes.count)
    let lines = try String(contentsOf: folder.url.appending(path: "labels/coffee.txt"), encoding: .utf8)
      .split(separator: "\n")
    #expect(!lines.isEmpty)
    for line in lines {
      let fields = line.split(separator: " ")
      #expect(fields.count % 2 == 1 && fields.count >= 9)
      #expect(Int(fields[0]).map { classes.indices.contains($0) } ?? false)
      #expect(fields.dropFirst().allSatisfy { Double($0).map { (0...1).contains($0) } ?? false })
    }
    let before = try folder.bytes("labels/coffee.txt")
    let whole = try run(
      [
        "generate", "--format", "yolo", "--output", "labels", "--points-per-side", "4", "chelsea.png", "coffee.png",
        "rocket.jpg",
      ],
      in: folder)
    #expect(whole.error == "2 of 3 photographs are done.\nWrote labels.\n")
    #expect(whole.text.hasSuffix(" masks of 1 photographs\n"))
    #expect(try folder.bytes("labels/coffee.txt") == before)
    let other = try run(arguments + ["chelsea.png", "--levels", "1"], in: folder, code: 1)
    #expect(other.error.contains("made with other weights, options or another format"))
  }

  private struct COCOFile: Decodable {
    struct Annotation: Decodable {
      var category: Int
      var segmentation: SegmentOutput.Mask.Code
      var points: [[Double]]?

      enum CodingKeys: String, CodingKey {
        case segmentation
        case category = "category_id"
        case points = "point_coords"
      }
    }

    struct Category: Decodable {
      var id: Int
      var name: String
    }

    struct Image: Decodable {
      var fileName: String

      enum CodingKeys: String, CodingKey { case fileName = "file_name" }
    }

    var images: [Image]
    var annotations: [Annotation]
    var categories: [Category]
  }

  @Test func segmentAsksEachPhotographAndWritesCOCO() throws {
    let folder = try TemporaryFolder(images: "chelsea.png", "coffee.png")
    let arguments = ["segment", ".", "--point", "285,150", "--format", "coco", "--output", "out"]
    let outcome = try run(arguments, in: folder)
    #expect(outcome.text == "2 masks of 2 photographs\n" && outcome.error == "Wrote out/annotations.json.\n")
    let file = try JSONDecoder().decode(COCOFile.self, from: Data(folder.bytes("out/annotations.json")))
    #expect(file.images.map(\.fileName) == ["chelsea.png", "coffee.png"])
    let coffee = try SegmentOutput(
      run(["segment", "coffee.png", "--point", "285,150", "--json", "-"], in: folder).output)
    #expect(file.annotations[1].segmentation.counts == coffee.masks[0].segmentation.counts)
    #expect(file.annotations.allSatisfy { $0.points == nil })
    let category = try #require(file.categories.first { $0.id == file.annotations[1].category })
    #expect(category.name == "bowl")
    #expect(try run(arguments, in: folder).error == "2 of 2 photographs are done.\n")
    let all = try run(arguments.dropLast() + ["all", "--levels", "1-6"], in: folder)
    #expect(all.text == "12 masks of 2 photographs\n")
  }

  @Test func labelMeLeadsBackToThePhotograph() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    _ = try run(
      ["segment", "coffee.png", "--box", "165,12,412,312", "--format", "labelme", "--output", "l", "--quiet"],
      in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(folder.bytes("l/coffee.json"))) as? [String: Any]
    #expect(object?["imagePath"] as? String == "../coffee.png")
    #expect(object?["imageWidth"] as? Int == 600 && object?["imageHeight"] as? Int == 400)
    let shapes = try #require(object?["shapes"] as? [[String: Any]])
    #expect(shapes.allSatisfy { $0["label"] as? String == "bowl" && $0["shape_type"] as? String == "polygon" })
  }

  @Test func masksAreAFolderOfPicturesForEachPhotograph() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write("no photograph", to: "broken.jpg")
    let outcome = try run(["generate", ".", "--format", "masks", "--output", "m"] + quick, in: folder, code: 1)
    #expect(outcome.error.contains("'./broken.jpg' is not a JPEG"))
    #expect(outcome.error.contains("1 of 2 photographs are not segmented"))
    #expect(try names(folder, "m") == ["coffee", "semantic-sam.json"])
    let files = try names(folder, "m/coffee")
    let image = try Image(decoding: folder.bytes("m/coffee/000.png"))
    #expect(image.width == 600 && image.height == 400 && Set(image.pixels) == [0, 255])
    let table = try String(contentsOf: folder.url.appending(path: "m/coffee/masks.csv"), encoding: .utf8)
    #expect(table.split(separator: "\n").count == files.count)
  }

  /// A prompt outside of one photograph leaves the others to be answered.
  @Test func promptsThatAPhotographCannotAnswerAreNamed() throws {
    let folder = try TemporaryFolder(images: "chelsea.png", "coffee.png")
    let outcome = try run(
      ["segment", ".", "--point", "500,10", "--format", "yolo", "--output", "o", "--quiet"], in: folder, code: 1)
    #expect(outcome.error.hasPrefix("semantic-sam: './chelsea.png': The point (500.0, 10.0) lies outside"))
    #expect(try names(folder, "o") == ["classes.txt", "coffee.txt", "semantic-sam.json"])
  }

  @Test(
    arguments: [
      (["segment", "coffee.png", "a.png", "--point", "1,1"], 64, "There are 2 photographs"),
      (["segment", "coffee.png", "--point", "1,1", "--format", "yolo"], 64, "--format needs a folder"),
      (["segment", "-", "--point", "1,1", "--format", "yolo", "--output", "o"], 64, "--format names files after"),
      (
        ["segment", "coffee.png", "--point", "1,1", "--format", "yolo", "--output", "o", "--json", "-"], 64,
        "--format writes its files only"
      ),
      (
        ["segment", "coffee.png", "--point", "1,1", "--format", "coco", "--output", "x/y"], 1, "The folder 'x/y' cannot"
      ),
      (["segment", "coffee.png", "--point", "1,1", "--format", "yolo", "--output", "coffee.png"], 1, "The folder"),
    ] as [([String], Int32, String)])
  func wrongCallsAreRefusedInOneSentence(_ arguments: [String], _ code: Int32, _ beginning: String) throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.code == code, "\(outcome.error)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: " + beginning), "\(outcome.error)")
    #expect(outcome.error.hasSuffix(".\n") && outcome.error.filter(\.isNewline).count == 1, "\(outcome.error)")
    #expect(folder.names == ["coffee.png"])
  }
}
