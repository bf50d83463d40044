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
