import Foundation
import SemanticSAMDefaultModel
import Testing

@testable import SemanticSAMCore

struct ParameterLoaderTests {
  private func load(_ bytes: [UInt8]) throws -> SemanticSAM {
    try SemanticSAM.load(.bytes(bytes, name: "test"))
  }

  @Test func missingMisshapenAndSurplusAreReportedTogether() throws {
    let first = "model.sem_seg_head.predictor.mask_refiner.conv_in.weight"
    let second = "names.object.temperature"
    let third = "model.backbone.stem.bias"
    let bytes = try TestModels.checkpoint(adding: ["model.extra": Tensor([1], shape: [1])]) { name, tensor in
      switch name {
      case first: nil
      case second: Tensor([1, 1], shape: [2])
      case third: tensor.reshaped(to: [tensor.count, 1])
      default: tensor
      }
    }
    let message = expectRefusal(.mismatchedParameters, containing: "'default'") { try load(bytes) }
    #expect(message.contains("1 missing: '\(first)'"), "\(message)")
    #expect(message.contains("2 of another shape: '\(third)' is [32, 1] instead of [32]"), "\(message)")
    #expect(message.contains("'\(second)' is [2] instead of [1]"), "\(message)")
    #expect(message.contains("1 not of it: 'model.extra'"), "\(message)")
  }

  @Test func longListsAreCut() throws {
    let bytes = try TestModels.checkpoint { name, tensor in name.hasPrefix("model.backbone") ? nil : tensor }
    let message = expectRefusal(.mismatchedParameters, containing: " missing: 'model.backbone.stem.weight'") {
      try load(bytes)
    }
    #expect(message.contains(" more") && message.count < 500, "\(message)")
  }

  @Test func keysWithLineBreaksDoNotBreakTheSentence() throws {
    let bytes = try TestModels.checkpoint(adding: ["a\nb\u{2028}c\u{7}": Tensor([1], shape: [1])])
    expectRefusal(.mismatchedParameters, containing: "'a?b?c?'") { try load(bytes) }
  }

  /// A network of the same kind with other numbers, and one with other parts.
  @Test func weightsOfAnotherConfigurationAreRefused() throws {
    let wider = try TestModels.checkpoint(configuration: { $0.edit("decoder") { $0["ffn_dim"] = 512 } })
    expectRefusal(
      .mismatchedParameters, containing: "decoder.layers.0.linear1.weight' is [256, 96] instead of [512, 96]"
    ) {
      try load(wider)
    }
    let bare = try TestModels.checkpoint(configuration: { $0["mask_refiner"] = nil })
    expectRefusal(.mismatchedParameters, containing: "not of it: 'model.sem_seg_head.predictor.mask_refiner.") {
      try load(bare)
    }
  }

  @Test func vocabulariesHaveAsManyNamesAsRows() throws {
    let short = try TestModels.checkpoint(metadata: ["part_names": "[\"wheel\"]"])
    expectRefusal(.mismatchedParameters, containing: "'names.part.vocabulary' is [69, 384] instead of [1, 384]") {
      try load(short)
    }
    for broken in ["", "{}", "[1]", "[\"a\"", "\u{0}"] {
      let bytes = try TestModels.checkpoint(metadata: ["object_names": broken])
      expectRefusal(.invalidConfiguration, containing: "object_names") { try load(bytes) }
    }
    let none = try TestModels.checkpoint(metadata: ["object_names": nil])
    expectRefusal(.mismatchedParameters, containing: "names.object.vocabulary") { try load(none) }
    let zero = try TestModels.checkpoint { name, tensor in
      name == "names.object.vocabulary" ? Tensor(repeating: 0, shape: tensor.shape) : tensor
    }
    expectRefusal(.invalidArgument, containing: "zero") { try load(zero) }
  }

  @Test func filesThatAreNoCheckpointsAreRefused() throws {
    var generator = SeededGenerator(seed: 7)
    for count in [0, 1, 7, 8, 100, 100_000] {
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      expectRefusal(.malformedFile) { try load(noise) }
    }
    let plain = try SafetensorsWriter(metadata: ["format": "pt"]).encoded()
    expectRefusal(.invalidConfiguration, containing: "no 'configuration'") { try load(plain) }
    let whole = Array(try ModelSource.embedded.open().source.bytes)
    for count in [8, 1000, whole.count / 2, whole.count - 1] {
      expectRefusal(.malformedFile) { try load(Array(whole[..<count])) }
    }
    let folder = try TemporaryFolder()
    expectRefusal(.unreadableFile, containing: "no file") { try SemanticSAM.load(.file(folder.path("none"))) }
    expectRefusal(.unreadableFile, containing: "folder") { try SemanticSAM.load(.file(folder.url.path())) }
  }

  /// Numbers that nobody trained: every bit pattern, infinite and NaN among them. Answers are worthless, and nothing breaks.
  @Test(arguments: [1, 2, 3])
  func weightsOfNoiseAnswerSomething(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bytes = try TestModels.checkpoint { name, tensor in
      guard name.hasPrefix("model.") else { return tensor }
      var noisy = tensor
      let isWild = seed == 1
      noisy.withUnsafeMutableBufferPointer { values in
        for index in values.indices {
          let bits = UInt32(truncatingIfNeeded: generator.next())
          values[index] =
            isWild ? Float(bitPattern: bits) : (Float(bits >> 8) / 0x1p23 - 1) * (seed == 2 ? 0.05 : 1e4)
        }
      }
      return noisy
    }
    let model = try load(bytes)
    let image = try Image(width: 70, height: 50, pixels: (0..<70 * 50 * 3).map { UInt8(truncatingIfNeeded: $0 * 31) })
    let prompt = Prompt(
      clicks: [.init(Point(x: 3, y: 4)), .init(Point(x: 60, y: 44), isPositive: false)],
      box: Box(x0: 0, y0: 0, x1: 40, y1: 40))
    let options = SegmentOptions(includesLogits: true)
    for prompt in [prompt, .point(1, 2), .box(Box(x0: 1, y0: 1, x1: 70, y1: 50))] {
      for candidate in try model.segment(image: image, prompt: prompt, options: options) {
        #expect(candidate.mask.width == 70 && candidate.mask.height == 50)
      }
    }
  }
}
