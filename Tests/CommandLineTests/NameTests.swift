import Foundation
import SemanticSAMCore
import Testing

/// Names, texts and heads on the command line, without a text encoder's weights.
struct NameTests {
  private let click = ["segment", "coffee.png", "--point", "285,150", "--quiet"]

  @Test func vocabulariesChooseAmongTheBuiltInNames() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let outcome = try Command.run(click + ["--objects", "cup, person", "--confidence", "0"], in: folder)
    #expect(outcome.code == 0 && outcome.error.isEmpty)
    #expect(outcome.text.contains(" cup ") && !outcome.text.contains("bowl"))
    try folder.write("cup\nperson\n", to: "names.txt")
    let file = try Command.run(click + ["--objects", "@names.txt", "--confidence", "0"], in: folder)
    #expect(file.text == outcome.text)
    let unsure = try Command.run(click + ["--confidence", "1"], in: folder)
    #expect(unsure.text.contains(" unknown\n"))
    let stranger = try Command.run(click + ["--objects", "zeppelin"], in: folder)
    #expect(stranger.code == 1 && stranger.error.contains("'zeppelin'") && stranger.error.contains("text encoder"))
  }

  @Test func textsLookEverywhere() throws {
    let folder = try TemporaryFolder(images: "chelsea.png")
    let outcome = try Command.run(
      ["segment", "chelsea.png", "--text", "the cat", "--json", "-", "--output", "o.png", "--quiet"], in: folder)
    #expect(outcome.code == 0)
    let output = try SegmentOutput(outcome.output)
    #expect(output.masks.first.map { $0.area > 20_000 } == true)
    #expect(folder.names.contains("o.png"))
    let mixed = try Command.run(["segment", "chelsea.png", "--text", "cat", "--point", "1,1"], in: folder)
    #expect(mixed.code == 64)
    let empty = try Command.run(["segment", "chelsea.png", "--text", " "], in: folder)
    #expect(empty.code == 1 && empty.error.contains("names nothing"))
  }

  /// Precomputed embeddings take the place of an encoder.
  @Test func embeddingsOfAFileAreNames() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let weights = try Checkpoint(contentsOf: Command.weights.path())
    let table = try #require(weights.tensor("names.object.vocabulary"))
    let names = try JSONDecoder().decode(
      [String].self, from: Data((weights.metadata["object_names"] ?? "").utf8))
    let rows = try ["bowl", "person"].map { try #require(names.firstIndex(of: $0)) }
    var writer = SafetensorsWriter(metadata: ["names": #"["basin","human"]"#])
    try writer.add("embeddings", table.gathered(rows: rows))
    try writer.write(to: folder.url.appending(path: "names.safetensors").path())
    let options = ["--text-encoder", "names.safetensors", "--text-cache", "cache", "--objects", "basin,human"]
    let outcome = try Command.run(click + options, in: folder)
    #expect(outcome.code == 0 && outcome.text.contains(" basin "))
    #expect(try Command.run(click + options, in: folder).text == outcome.text)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/cache").count == 1)
    let unknown = try Command.run(click + ["--text-encoder", "names.safetensors", "--objects", "cat"], in: folder)
    #expect(unknown.code == 1 && unknown.error.contains("'cat'"))
    let useless = try Command.run(click + ["--text-cache", "cache"], in: folder)
    #expect(useless.code == 64)
  }

  /// Names and texts of one's own, with several photographs and as labels.
  @Test func severalPhotographsHaveNamesOfOnesOwn() throws {
    struct File: Decodable {
      struct Category: Decodable { var name: String }
      struct Annotation: Decodable {
        var category: Int
        enum CodingKeys: String, CodingKey { case category = "category_id" }
      }
      var categories: [Category]
      var annotations: [Annotation]
    }
    func file(_ folder: TemporaryFolder) throws -> File {
      try JSONDecoder().decode(File.self, from: Data(try folder.bytes("labels/annotations.json")))
    }
    let folder = try TemporaryFolder(images: "coffee.png", "chelsea.png")
    try folder.write(#"{"objects": ["cup", "cat"], "parts": ["head"]}"#, to: "names.json")
    let photographs = ["coffee.png", "chelsea.png", "--format", "coco", "--output", "labels", "--quiet"]
    let segment = ["segment", "--point", "230,150", "--confidence", "0.01"] + photographs
    let outcome = try Command.run(segment + ["--vocabulary", "names.json"], in: folder)
    #expect(outcome.code == 0, "\(outcome.error)")
    #expect(try file(folder).categories.map(\.name) == ["object", "cup", "cat", "head"])
    #expect(try file(folder).annotations.contains { $0.category == 3 })
    // The same call is done, other names or another confidence do not belong to it.
    #expect(try Command.run(segment + ["--vocabulary", "names.json"], in: folder).code == 0)
    let others = try Command.run(segment + ["--objects", "cup,cat"], in: folder)
    #expect(others.code == 1 && others.error.contains("made with other"), "\(others.error)")

    try FileManager.default.removeItem(at: folder.url.appending(path: "labels"))
    try folder.write(#"{"prompts": [{"text": "cat"}, {"text": "the head of the cat"}]}"#, to: "prompts.json")
    let texts = try Command.run(["segment", "--prompts", "prompts.json"] + photographs, in: folder)
    #expect(texts.code == 0, "\(texts.error)")
    let labels = try file(folder)
    #expect(labels.categories.last?.name == "head of cat")
    // What no mask is probable enough for gives no label: no cat is in the coffee.
    #expect(
      !labels.annotations.isEmpty
        && labels.annotations.allSatisfy { labels.categories[$0.category - 1].name.contains("cat") })

    try FileManager.default.removeItem(at: folder.url.appending(path: "labels"))
    let generate = ["generate", "--points-per-side", "4", "--objects", "cup,cat", "--parts", "head"] + photographs
    #expect(try Command.run(generate, in: folder).code == 0)
    #expect(try file(folder).categories.map(\.name) == ["object", "cup", "cat", "head"])
  }

  @Test(
    arguments: [
      (["--vocabulary", "coco", "--objects", "cup"], 64, "--vocabulary has objects and parts; give it, or"),
      (["--vocabulary", "cocoa"], 1, "There is no file 'cocoa', and no list of that name is built in; give"),
      (["--vocabulary", "strange.json"], 1, "The weights 'default' know none of the names"),
      (["--text-encoder", "bytes.txt.gz", "--objects", "a"], 1, "'bytes.txt.gz' holds byte pairs, which need"),
    ] as [([String], Int32, String)])
  func wrongNamesAreRefusedInOneSentence(_ arguments: [String], _ code: Int32, _ beginning: String) throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    try folder.write("[\"qwertz\"]", to: "strange.json")
    try folder.write("", to: "bytes.txt.gz")
    let outcome = try Command.run(click + arguments, in: folder)
    #expect(outcome.code == code && outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("semantic-sam: " + beginning), "\(outcome.error)")
    #expect(outcome.error.filter(\.isNewline).count == 1)
  }

  /// A head from photographs and masks in a folder, written, read and used.
  @Test func aFittedHeadNamesMasks() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let annotations = """
      {"images": [{"id": 1, "file_name": "coffee.png", "width": 600, "height": 400}],
       "categories": [{"id": 1, "name": "crockery"}, {"id": 2, "name": "table"}],
       "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 60000, "bbox": [170, 15, 240, 280],
         "segmentation": [[170, 15, 410, 15, 410, 295, 170, 295]]},
        {"id": 2, "image_id": 1, "category_id": 2, "iscrowd": 0, "area": 20000, "bbox": [0, 300, 200, 100],
         "segmentation": [[0, 300, 200, 300, 200, 400, 0, 400]]},
        {"id": 3, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 20000, "bbox": [200, 40, 200, 200],
         "segmentation": [[200, 40, 400, 40, 400, 240, 200, 240]]},
        {"id": 4, "image_id": 1, "category_id": 2, "iscrowd": 0, "area": 20000, "bbox": [450, 250, 150, 150],
         "segmentation": [[450, 250, 600, 250, 600, 400, 450, 400]]}]}
      """
    let images = folder.url.appending(path: "data/val2017")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "data/annotations"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: folder.url.appending(path: "coffee.png"), to: images.appending(path: "coffee.png"))
    try folder.write(annotations, to: "data/annotations/instances_val2017.json")
    let fit = try Command.run(
      ["fit", "--data", "coco=data", "--split", "val2017", "--output", "head.safetensors", "--quiet"], in: folder)
    #expect(fit.code == 0, "\(fit.error)")
    #expect(fit.text.hasPrefix("4 regions of 2 classes\n"))
    let named = try Command.run(click + ["--head", "head.safetensors"], in: folder)
    #expect(named.code == 0 && named.text.contains(" crockery "), "\(named.error)\(named.text)")
    let both = try Command.run(click + ["--head", "head.safetensors", "--objects", "cup"], in: folder)
    #expect(both.code == 64)
    let wrong = try Command.run(click + ["--head", "coffee.png"], in: folder)
    #expect(wrong.code == 1)
    let parts = try Command.run(
      ["fit", "--data", "coco=data", "--split", "val2017", "--output", "p.safetensors", "--part-names"], in: folder)
    #expect(parts.code == 1 && !folder.names.contains("p.safetensors"))
  }
}
