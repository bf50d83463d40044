import Foundation
import Testing

@testable import SemanticSAMCore

struct PyTorchCheckpointTests {
  enum Layout: CaseIterable {
    case zip, legacy

    func encode(_ file: PyTorchFile) -> [UInt8] {
      switch self {
      case .zip: file.zip()
      case .legacy: file.legacy()
      }
    }
  }

  private func open(_ bytes: [UInt8]) throws -> Checkpoint {
    try ModelSource.bytes(bytes, name: "test").open()
  }

  /// A file with one tensor `[3]` of f32.
  private var small: PyTorchFile {
    var file = PyTorchFile()
    file.add("model.a", [1, 2, 3], shape: [3])
    return file
  }

  // MARK: - What is read

  @Test(arguments: Layout.allCases, ["", "model.", "module.", "module.model."])
  func tensorsAreReadWhateverStandsBeforeTheirNames(_ layout: Layout, _ prefix: String) throws {
    for isWrapped in [false, true] {
      var file = PyTorchFile(isWrapped: isWrapped)
      file.add(prefix + "a.weight", [1, -2.5, 3, 4, 5, 6], shape: [2, 3])
      file.add(prefix + "b", [7], shape: [])
      let checkpoint = try open(layout.encode(file))
      #expect(checkpoint.entries.mapValues(\.shape) == ["model.a.weight": [2, 3], "model.b": []])
      #expect(checkpoint.tensor("model.a.weight")?.values == [1, -2.5, 3, 4, 5, 6])
      #expect(checkpoint.tensor("model.b")?.values == [7])
      #expect(checkpoint.tensor("model.c") == nil && checkpoint.metadata.isEmpty)
    }
  }

  @Test(arguments: Layout.allCases)
  func everyNumberTypeIsWidened(_ layout: Layout) throws {
    let values: [(type: String, bytes: [UInt8], expected: [Float])] = [
      ("DoubleStorage", [1.5, -2.0].flatMap { PickleWriter.little($0.bitPattern) }, [1.5, -2]),
      ("HalfStorage", PickleWriter.little(UInt16(0x3E00)) + PickleWriter.little(UInt16(0xC000)), [1.5, -2]),
      ("BFloat16Storage", PickleWriter.little(UInt16(0x3FC0)) + PickleWriter.little(UInt16(0xC000)), [1.5, -2]),
      ("LongStorage", PickleWriter.little(Int64(3)) + PickleWriter.little(Int64(-4)), [3, -4]),
      ("IntStorage", PickleWriter.little(Int32(3)) + PickleWriter.little(Int32(-4)), [3, -4]),
      ("ByteStorage", [3, 200], [3, 200]),
      ("BoolStorage", [0, 1], [0, 1]),
    ]
    var file = PyTorchFile()
    for value in values { file.add(value.type, type: value.type, shape: [2], bytes: value.bytes) }
    let checkpoint = try open(layout.encode(file))
    for value in values { #expect(checkpoint.tensor("model." + value.type)?.values == value.expected) }
  }

  @Test(arguments: Layout.allCases)
  func viewsHonourOffsetSizeAndStride(_ layout: Layout) throws {
    var file = PyTorchFile()
    file.add("whole", (0..<12).map(Float.init), shape: [3, 4])
    file.addView("transposed", of: 0, shape: [4, 3], strides: [1, 4])
    file.addView("row", of: 0, offset: 4, shape: [4])
    file.addView("column", of: 0, offset: 2, shape: [3], strides: [4])
    file.addView("corner", of: 0, offset: 5, shape: [2, 1, 2], strides: [4, 99, 1])
    file.addView("empty", of: 0, offset: 12, shape: [0, 3])
    let checkpoint = try open(layout.encode(file))
    #expect(checkpoint.tensor("model.transposed")?.values == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(checkpoint.tensor("model.row")?.values == [4, 5, 6, 7])
    #expect(checkpoint.tensor("model.column")?.values == [2, 6, 10])
    #expect(checkpoint.tensor("model.corner")?.values == [5, 6, 9, 10])
    #expect(checkpoint.tensor("model.empty")?.values == [])
  }

  @Test func namesOfTrainingAndTablesOfWindowsAreLeftOut() throws {
    var file = small
    file.add("model.criterion.empty_weight", [1, 0.1], shape: [2])
    file.add("model.layers.0.attn.relative_position_index", [0], shape: [1])
    #expect(try Array(open(file.zip()).entries.keys) == ["model.a"])
  }

  /// Files that Python's own pickle and zip modules wrote.
  @Test(arguments: ["zip", "legacy"])
  func filesOfPythonAreRead(_ name: String) throws {
    let checkpoint = try Checkpoint(contentsOf: SharedData.fixtures + "/pytorch/\(name).pth")
    let norm = "model.sem_seg_head.predictor.decoder_norm.weight"
    #expect(
      checkpoint.entries.mapValues(\.shape) == [
        "model.matrix": [4, 6], "model.transposed": [6, 4], "model.part": [2, 3], norm: [3], "model.integers": [2, 2],
        "model.flags": [2],
      ])
    #expect(checkpoint.tensor("model.matrix")?.values == (0..<24).map { Float($0) / 4 })
    #expect(checkpoint.tensor("model.transposed")?.values.prefix(4) == [0, 1.5, 3, 4.5])
    #expect(checkpoint.tensor("model.part")?.values == [7, 8, 9, 13, 14, 15].map { Float($0) / 4 })
    #expect(checkpoint.tensor(norm)?.values == [1.5, -2, 0.25])
    #expect(checkpoint.tensor("model.integers")?.values == [1, -2, 3, 4])
    #expect(checkpoint.tensor("model.flags")?.values == [1, 0])
  }

  // MARK: - A whole network

  @Test(arguments: Layout.allCases)
  func wholeNetworkIsLoadedToTheBit(_ layout: Layout) throws {
    let checkpoint = try open(layout.encode(PyTorchFile.network(.tiny)))
    for (key, entry) in checkpoint.entries {
      #expect(checkpoint.tensor(key)?.count == entry.count)
    }
    let bytes = layout.encode(try PyTorchFile.network(.tiny))
    try expectTinyAnswers(SemanticSAM.load(.bytes(bytes, name: "tiny"), configuration: .tiny))
  }

  /// The files that PyTorch itself wrote: with wrapper and trainer, legacy, half precision without prefix.
  @Test(.enabled(if: SharedData.folder != nil), arguments: ["", "_legacy", "_f16"])
  func filesOfPyTorchHoldTheRulesNumbers(_ suffix: String) throws {
    let path = try #require(SharedData.folder) + "/parity/tiny_many2many\(suffix).pth"
    let checkpoint = try Checkpoint(contentsOf: path)
    let rule = try open(PyTorchFile.network(.tiny).zip())
    #expect(checkpoint.entries.mapValues(\.shape) == rule.entries.mapValues(\.shape))
    for key in rule.entries.keys {
      let expected = try #require(rule.tensor(key)).values.map { suffix == "_f16" ? Float(Float16($0)) : $0 }
      #expect(checkpoint.tensor(key)?.values.map(\.bitPattern) == expected.map(\.bitPattern), "\(key)")
    }
    let model = try SemanticSAM.load(.file(path), configuration: .tiny)
    if suffix != "_f16" { try expectTinyAnswers(model) }
  }

  @Test func writtenWeightsAnswerTheSameWithoutBeingToldTheNetwork() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(PyTorchFile.network(.tiny).zip(), to: "tiny.pth")
    var configuration = Configuration.tiny
    configuration.decoder.pointKind = 1
    let original = try SemanticSAM.load(.file(path), configuration: configuration)
    try original.write(to: folder.path("tiny.safetensors"))
    let converted = try SemanticSAM.load(.file(folder.path("tiny.safetensors")))
    #expect(converted.configuration == configuration)
    #expect(converted.checkpoint.metadata["source_sha256"] == original.checkpoint.checksum)
    #expect(try Self.answers(converted) == Self.answers(original))
    #expect(try Self.answers(original) != Self.answers(SemanticSAM.load(.file(path), configuration: .tiny)))

    try converted.write(to: folder.path("half.safetensors"), matricesAs: .bfloat16)
    let half = try Checkpoint(contentsOf: folder.path("half.safetensors"))
    #expect(half.entries.values.allSatisfy { $0.type == ($0.shape.count > 1 ? .bfloat16 : .float32) })
    _ = try SemanticSAM.load(.file(folder.path("half.safetensors")))
  }

  @Test func numbersTooLargeForHalfPrecisionAreNotWritten() throws {
    let folder = try TemporaryFolder()
    var file = try PyTorchFile.network(.tiny)
    let table = try #require(file.views.first { $0.name.hasSuffix("mask_tokens.weight") })
    file.storages[table.storage].bytes.replaceSubrange(0..<4, with: PickleWriter.little(Float(70_000).bitPattern))
    let model = try SemanticSAM.load(.bytes(file.zip(), name: "tiny"), configuration: .tiny)
    expectRefusal(.invalidArgument, containing: "mask_tokens.weight' of 'tiny' has numbers that are too large") {
      try model.write(to: folder.path("x"), matricesAs: .float16)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("x")))
  }

  @Test func embeddingsStayWithTheirWeightsAndNetwork() throws {
    let bytes = try PyTorchFile.network(.tiny).zip()
    var other = Configuration.tiny
    other.image.mean[0] = 0
    let model = try SemanticSAM.load(.bytes(bytes, name: "a"), configuration: .tiny)
    let twin = try SemanticSAM.load(.bytes(bytes, name: "b"), configuration: .tiny)
    let stranger = try SemanticSAM.load(.bytes(bytes, name: "c"), configuration: other)
    let embedding = try model.encode(Self.image, longEdgeLimit: 96)
    _ = try twin.segment(embedding, prompt: .point(10, 10))
    expectRefusal(.invalidArgument, containing: "made by other weights than 'c' or for another network") {
      try stranger.segment(embedding, prompt: .point(10, 10))
    }
    let folder = try TemporaryFolder()
    try embedding.write(to: folder.path("e"))
    _ = try twin.embedding(contentsOf: folder.path("e"))
    expectRefusal(.mismatchedParameters) { try stranger.embedding(contentsOf: folder.path("e")) }
  }

  private func expectTinyAnswers(_ model: SemanticSAM) throws {
    let expected = try SemanticSAM.load(
      .bytes(PyTorchFile.network(.tiny).legacy(), name: "rule"), configuration: .tiny)
    #expect(try Self.answers(model) == Self.answers(expected))
  }

  private static var image: Image {
    get throws {
      try Image(width: 97, height: 65, pixels: (0..<97 * 65 * 3).map { UInt8(truncatingIfNeeded: $0 * 13) })
    }
  }

  private static func answers(_ model: SemanticSAM) throws -> [[UInt32]] {
    try withSteadyInstructionSet {
      let embedding = try model.encode(image, longEdgeLimit: 96)
      return try model.segment(embedding, prompt: .point(40, 30)).map { candidate in
        [candidate.predictedIoU.bitPattern] + candidate.mask.runLengths.counts.map { UInt32(truncatingIfNeeded: $0) }
      }
    }
  }
}
