import Foundation
import Testing

@testable import SemanticSAMCore

/// Segmentation by names: with a small network that finds things by text, its numbers by rule.
struct SceneRecognitionTests {
  /// A small network that finds things by itself.
  static func configuration(parts: Bool = false) -> Configuration {
    var configuration = Configuration.openSeeD(
      "tinyOpenSeeD", from: .tiny,
      Configuration.Proposals(
        queries: 12, backgroundQueries: 0, startingBoxes: .proposal, learnsContent: false, maximumInstances: 20))
    configuration.decoder.classifiesParts = parts
    configuration.image.shortEdge = 64
    return configuration
  }

  private static let model = Result {
    try SemanticSAM.load(.bytes(try FixtureWeights.checkpoint(configuration()), name: "tiny"))
  }

  private static let partModel = Result {
    try SemanticSAM.load(.bytes(try FixtureWeights.checkpoint(configuration(parts: true)), name: "tiny parts"))
  }

  static func table(_ names: [String], stuff: Set<String> = []) throws -> Vocabulary.Table {
    let rows = names.flatMap { FixtureWeights.input(key: "name:" + $0, shape: [32]) }
    return try Vocabulary.Table(
      names: names, embeddings: Tensor(rows, shape: [names.count, 32]), isThing: names.map { !stuff.contains($0) })
  }

  private static func vocabulary(parts: [String] = []) throws -> Vocabulary {
    Vocabulary(
      objects: try table(["cup", "table", "spoon", "floor", "wall"], stuff: ["floor", "wall"]), parts: try table(parts))
  }

  @Test func panopticMapAndSegmentsAgree() throws {
    let image = try TestModels.photograph("coffee.png")
    var options = RecognitionOptions()
    options.rules.overlapThreshold = 0.1
    let result = try Self.model.get().panoptic(image, vocabulary: try Self.vocabulary(), options: options)
    #expect(result.width == image.width && result.height == image.height)
    #expect(!result.segments.isEmpty)
    #expect(result.segments.map(\.id) == Array(1...result.segments.count))
    for segment in result.segments {
      #expect(result.map.count { $0 == Int32(segment.id) } == segment.area)
      #expect(try result.mask(of: segment).area == segment.area)
      #expect(segment.isThing == !["floor", "wall"].contains(segment.name))
    }
    let stuff = result.segments.filter { !$0.isThing }.map(\.name)
    #expect(Set(stuff).count == stuff.count)
    #expect(result.map.allSatisfy { (0...Int32(result.segments.count)).contains($0) })
  }

  @Test func instancesAreThingsInOrder() throws {
    let image = try TestModels.photograph("coffee.png")
    let model = try Self.model.get()
    let instances = try model.instances(image, vocabulary: try Self.vocabulary())
    #expect(instances.count <= 20 && !instances.isEmpty)
    #expect(instances.allSatisfy { ["cup", "table", "spoon"].contains($0.name) && (0...1).contains($0.score) })
    #expect(zip(instances, instances.dropFirst()).allSatisfy { $0.score >= $1.score })
    var options = RecognitionOptions()
    options.rules.maximumInstances = 3
    options.rules.keepsThingsOnly = false
    #expect(try model.instances(image, vocabulary: try Self.vocabulary(), options: options).count == 3)
    options.rules.instanceThreshold = 1
    #expect(try model.instances(image, vocabulary: try Self.vocabulary(), options: options).isEmpty)
  }

  @Test func namesInAnotherOrderGiveTheSameMap() throws {
    let image = try TestModels.photograph("coffee.png")
    let model = try Self.model.get()
    let embedding = try model.encode(image)
    let names = ["cup", "table", "spoon", "floor", "wall"]
    let first = try model.recognition(
      of: embedding, vocabulary: Vocabulary(objects: try Self.table(names), parts: try Self.table([]))
    ).semanticMap()
    let second = try model.recognition(
      of: embedding, vocabulary: Vocabulary(objects: try Self.table(names.reversed()), parts: try Self.table([]))
    ).semanticMap()
    let differing = zip(first.categories, second.categories).count { Int($0) != 4 - Int($1) }
    #expect(differing <= first.categories.count / 1000)
    #expect(first.areas.reduce(0) { $0 + $1.area } == image.width * image.height)
  }

  @Test func partsComeFromTheirClassifierOrAsThings() throws {
    let image = try TestModels.photograph("coffee.png")
    let vocabulary = try Self.vocabulary(parts: ["cup:handle", "cup:rim"])
    let asThings = try Self.model.get().parts(image, vocabulary: vocabulary)
    #expect(!asThings.isEmpty)
    #expect(asThings.allSatisfy { $0.object == "cup" && ["handle", "rim"].contains($0.name) && !$0.mask.isEmpty })
    #expect(asThings[0].fullName == "cup: \(asThings[0].name)")

    var joined = try Self.vocabulary(parts: ["handle", "leg"])
    joined.pairs = [.init(object: 0, part: 0), .init(object: 1, part: 1)]
    let parts = try Self.partModel.get().parts(image, vocabulary: joined)
    #expect(!parts.isEmpty)
    #expect(parts.allSatisfy { ["cup: handle", "table: leg"].contains($0.fullName) })
  }

  @Test func whatCannotBeUsedIsRefused() throws {
    let image = try TestModels.photograph("coffee.png")
    let model = try Self.model.get()
    #expect(model.findsByText && !model.answersPrompts)
    expectRefusal(.unsupported, containing: "answers no clicks or boxes") {
      try model.segment(image: image, prompt: .point(10, 10))
    }
    expectRefusal(.unsupported, containing: "answers no clicks or boxes") { try model.automaticMasks(image) }
    expectRefusal(.unsupported, containing: "came without names") { try model.panoptic(image) }
    let wrong = try Vocabulary.Table(names: ["cup"], embeddings: Tensor([1, 0], shape: [1, 2]))
    expectRefusal(.invalidArgument, containing: "have 2 numbers") {
      try model.panoptic(image, vocabulary: Vocabulary(objects: wrong, parts: try Self.table([])))
    }
    expectRefusal(.invalidArgument, containing: "names nothing") {
      try model.panoptic(image, vocabulary: Vocabulary(objects: try Self.table([]), parts: try Self.table([])))
    }
    let shipped = try TestModels.model()
    let embedding = try TestModels.embedding("coffee.png")
    let own = try #require(shipped.vocabulary)
    expectRefusal(.unsupported, containing: "look for nothing by themselves") {
      try shipped.recognition(of: embedding, vocabulary: own)
    }
  }

  @Test func shippedWeightsGiveSegmentsOfTheirMasks() throws {
    let image = try TestModels.photograph("chelsea.png")
    var options = RecognitionOptions()
    options.automatic.pointsPerSide = 8
    options.minimumProbability = 0.1
    let scene = try TestModels.model().recognition(of: image, options: options)
    let panoptic = try scene.panoptic()
    #expect(panoptic.segments.contains { $0.name == "cat" })
    for segment in panoptic.segments { #expect(panoptic.map.count { $0 == Int32(segment.id) } == segment.area) }
    let map = try scene.semanticMap()
    #expect(map.names.count == 80)
    let instances = try scene.instances()
    #expect(instances.first?.name == "cat")
    for part in try scene.parts() { #expect(part.object != nil) }
  }

  /// The published keys, aliases and training buffers taken away, are those of the presets.
  @Test(
    .enabled(if: SharedData.folder != nil),
    arguments: [
      ("openseedSwinT", "openseed_swinT", 116_179_263),
      ("openseedSwinLDecoupled", "openseed_swinL_decouple", 286_444_137),
    ])
  func publishedKeysAreThoseOfThePreset(_ preset: String, _ file: String, _ published: Int) throws {
    let list = try String(
      contentsOfFile: (SharedData.folder ?? "") + "/parity/keys_\(file).tsv", encoding: .utf8)
    var expected: [String: [Int]] = [:]
    var textCount = 0
    for line in list.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard let key = PublishedKeys.canonical(String(cells[0])) else { continue }
      let shape = cells[1].split(separator: "x").compactMap { Int($0) }
      if PublishedKeys.isOfTextEncoder(key) {
        textCount += shape.reduce(1, *)
        guard key.hasSuffix("logit_scale") else { continue }
        textCount -= 1
      }
      expected[key] = shape
    }
    var network = Network(try Configuration.preset(preset), objectCount: 0, partCount: 0)
    var collector = ShapeCollector()
    try network.visit(&collector)
    #expect(collector.shapes == expected)
    #expect(network.parameterCount == published - textCount)
  }
}

/// The shapes of all parameters by their keys.
private struct ShapeCollector: ParameterVisitor {
  var path = ParameterPath()
  var shapes: [String: [Int]] = [:]

  mutating func visit(_ parameter: inout Tensor) { shapes[path.key] = parameter.shape }
  mutating func visit(_ weights: inout Weights) { shapes[path.key] = weights.values.shape }
}
