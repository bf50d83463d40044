import Foundation
import Testing

@testable import SemanticSAMCore

struct PublishedKeysTests {
  private struct ShapeCollector: ParameterVisitor {
    var path = ParameterPath()
    var shapes: [String: [Int]] = [:]
    mutating func visit(_ parameter: inout Tensor) { shapes[path.key] = parameter.shape }
    mutating func visit(_ weights: inout Weights) { shapes[path.key] = weights.values.shape }
  }

  /// Each key of the published checkpoints, with its shape and whose second name it is.
  @Test(.enabled(if: SharedData.folder != nil), arguments: [Configuration.tiny, .swinT, .swinL])
  func everyKeyOfThePublishedFilesHasItsPlace(_ configuration: Configuration) throws {
    let path = try #require(SharedData.folder) + "/parity/keys_\(configuration.model).tsv"
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var collector = ShapeCollector()
    try network.visit(&collector)
    var found: [String: [Int]] = [:]
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let shape = fields[1].split(separator: "x").compactMap { Int($0) }
      guard let key = PublishedKeys.canonical(fields[0]) else {
        #expect(fields[0].contains("criterion.") || fields[2] == "int64")
        continue
      }
      #expect(key == (fields[3].isEmpty ? fields[0] : fields[3]))
      #expect(found.updateValue(shape, forKey: key) ?? shape == shape)
    }
    #expect(found == collector.shapes)
  }

  /// Which network a published file holds follows from the sizes of some of its parameters.
  @Test func publishedFilesAreRecognised() throws {
    func found(width: Int, selects: Bool, backgrounds: Int = 0) throws -> String? {
      var writer = SafetensorsWriter()
      func add(_ key: String, _ shape: [Int]) throws {
        try writer.add("model." + key, Tensor(repeating: 0, shape: shape))
      }
      try add("backbone.patch_embed.proj.weight", [width, 3, 4, 4])
      if selects { try add("sem_seg_head.predictor.enc_output.weight", [2, 2]) }
      if backgrounds > 0 { try add("sem_seg_head.predictor.query_feat.weight", [backgrounds, 2]) }
      let file = try ModelSource.bytes(try writer.encoded(), name: "file").open()
      return Configuration.published(in: file)?.model
    }
    #expect(try found(width: 96, selects: false) == "swinT")
    #expect(try found(width: 192, selects: false) == "swinL")
    #expect(try found(width: 96, selects: true) == "openseedSwinT")
    #expect(try found(width: 192, selects: true, backgrounds: 100) == "openseedSwinLDecoupled")
    #expect(try found(width: 8, selects: false) == nil)
    #expect(try found(width: 96, selects: true, backgrounds: 100) == nil)
  }

  @Test func onlyLayersOfTheHeadAreItsSecondNames() {
    let predictor = "model.sem_seg_head.predictor."
    for name in ["bbox_embed.0.layers.1.bias", "decoder.bbox_embed.8.layers.1.bias", "_bbox_embed.layers.1.bias"] {
      #expect(PublishedKeys.canonical(predictor + name) == predictor + "_bbox_embed.layers.1.bias")
    }
    for name in ["bbox_embed.x.layers", "bbox_embed.123.layers", "bbox_embed.0", "decoder.layers.0.norm1.weight"] {
      #expect(PublishedKeys.canonical(predictor + name) == predictor + name)
    }
    #expect(PublishedKeys.canonical("backbone.norm0.bias") == "model.backbone.norm0.bias")
    #expect(PublishedKeys.canonical("module.model.criterion.empty_weight") == nil)
    #expect(PublishedKeys.canonical("backbone.layers.0.blocks.1.attn.relative_position_index") == nil)
  }
}
