import Foundation
import SemanticSAMDefaultModel
import Testing

@testable import SemanticSAMCore

struct EmbeddingTests {
  private static let prompts: [Prompt] = [
    .point(300, 200), .box(Box(x0: 100, y0: 50, x1: 500, y1: 380)),
    .points([Point(x: 290, y: 190)], negative: [Point(x: 100, y: 300)]),
  ]

  /// The same network with one number changed.
  private static let other = Result {
    try SemanticSAM.load(
      .bytes(
        TestModels.checkpoint { name, tensor in
          name == "names.object.temperature" ? Tensor(tensor.values.map { $0 * 1.5 }, shape: tensor.shape) : tensor
        }, name: "other"))
  }

  @Test func aSavedEmbeddingGivesTheSameBits() throws {
    let model = try TestModels.model()
    let folder = try TemporaryFolder()
    let path = folder.path("coffee.safetensors")
    let options = SegmentOptions(includesLogits: true)
    // Encoded here, so that all that is computed of the image, now and after reading, comes from one instruction set.
    try withSteadyInstructionSet {
      let embedding = try model.encode(try TestModels.photograph("coffee.png"))
      try embedding.write(to: path)
      let loaded = try model.embedding(contentsOf: path)
      #expect(loaded.imageWidth == 600 && loaded.imageHeight == 400 && loaded.inputSize == embedding.inputSize)
      let answers = try [embedding, loaded].map { embedding in
        try model.segment(embedding, prompts: Self.prompts, options: options).map(Fingerprint.init)
      }
      #expect(answers[0] == answers[1])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path()) == ["coffee.safetensors"])
  }

  @Test func featuresOfNormalizedPixelsAreThoseOfTheEmbedding() throws {
    let model = try TestModels.model()
    let photograph = try TestModels.photograph("coffee.png")
    try withSteadyInstructionSet {
      let embedding = try model.encode(photograph)
      let size = embedding.inputSize
      let pixels = try photograph.resized(width: size.width, height: size.height)
        .normalized(model.configuration.image, size: size)
      let features = try model.features(ofNormalized: pixels)
      #expect(features.tokens.values == embedding.features.tokens.values)
      #expect(features.maskFeatures.values == embedding.features.maskFeatures.values)
    }
    for shape in [[64, 64], [64, 60, 3], [0, 64, 3], [64, 64, 4]] {
      expectRefusal(.invalidArgument, containing: "multiples of 32") {
        try model.features(ofNormalized: Tensor(repeating: 0, shape: shape))
      }
    }
  }

  @Test func twoLoadsOfOneFileShareEmbeddings() throws {
    let again = try SemanticSAM.load(.embedded)
    #expect(again.checkpoint.isSameFile(as: try TestModels.model().checkpoint))
    let copied = try SemanticSAM.load(.bytes(Array(again.checkpoint.source.bytes), name: "copy"))
    let embedding = try TestModels.embedding("coffee.png")
    #expect(try again.segment(embedding, prompt: .point(1, 1)).count == 6)
    #expect(try copied.segment(embedding, prompt: .point(1, 1)).count == 6)
  }

  @Test func embeddingsOfOtherWeightsAreRefused() throws {
    let other = try Self.other.get()
    let embedding = try TestModels.embedding("coffee.png")
    expectRefusal(.invalidArgument, containing: "other weights than 'other'") {
      try other.segment(embedding, prompt: .point(1, 1))
    }
    let folder = try TemporaryFolder()
    try embedding.write(to: folder.path("e"))
    expectRefusal(.mismatchedParameters, containing: "other weights") {
      try other.embedding(contentsOf: folder.path("e"))
    }
  }

  @Test func damagedEmbeddingsAreRefused() throws {
    let model = try TestModels.model()
    let folder = try TemporaryFolder()
    let path = folder.path("e")
    try TestModels.embedding("coffee.png").write(to: path)
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    for count in [0, 8, 500, bytes.count / 2, bytes.count - 4, bytes.count - 1] {
      let cut = try folder.write(Array(bytes[..<count]), to: "cut")
      expectRefusal(.malformedFile) { try model.embedding(contentsOf: cut) }
    }
    expectRefusal(.unreadableFile) { try model.embedding(contentsOf: folder.path("none")) }
    let empty = SafetensorsWriter()
    try empty.write(to: folder.path("empty"))
    expectRefusal(.malformedFile, containing: "not an embedding") {
      try model.embedding(contentsOf: folder.path("empty"))
    }
    let checkpoint = try folder.write(Array(model.checkpoint.source.bytes), to: "checkpoint")
    expectRefusal(.malformedFile, containing: "not an embedding") { try model.embedding(contentsOf: checkpoint) }
  }

  /// Sizes of the image and of the input that the maps do not have, or that no memory holds.
  @Test(arguments: [
    "", "600", "600 400 384", "600 400 384 256 1", "600 400 352 256", "600 400 384 224", "600 400 384 -256",
    "0 400 384 256", "600 0 384 256", "-600 400 384 256", "600 400 0 256", "600 400 384 9223372036854775807",
    "9223372036854775807 9223372036854775807 384 256", "16777216 16777216 384 256", "600 400 16384 16384",
    "a b c d", "600 400 384 289",
  ])
  func impossibleSizesAreRefused(sizes: String) throws {
    let model = try TestModels.model()
    let folder = try TemporaryFolder()
    try TestModels.embedding("coffee.png").write(to: folder.path("e"))
    let file = try Safetensors(contentsOf: folder.path("e"))
    var writer = SafetensorsWriter(metadata: file.metadata)
    writer.metadata["sizes"] = sizes
    for name in file.entries.keys { try writer.add(name, #require(file.tensor(name))) }
    try writer.write(to: folder.path("changed"))
    #expect(throws: ModelError.self) { try model.embedding(contentsOf: folder.path("changed")) }
  }

  @Test func mapsOfNoiseAreAnswered() throws {
    let model = try TestModels.model()
    let folder = try TemporaryFolder()
    try TestModels.embedding("coffee.png").write(to: folder.path("e"))
    let file = try Safetensors(contentsOf: folder.path("e"))
    for value: Float in [.nan, .infinity, -1e30] {
      var writer = SafetensorsWriter(metadata: file.metadata)
      for (name, entry) in file.entries { try writer.add(name, Tensor(repeating: value, shape: entry.shape)) }
      try writer.write(to: folder.path("noise"))
      let embedding = try model.embedding(contentsOf: folder.path("noise"))
      #expect(try model.segment(embedding, prompts: Self.prompts).count == 3)
    }
  }
}
