import Foundation
import Testing

@testable import SemanticSAMCore

/// Training that starts from the backbone of an ImageNet classifier.
@Suite struct BackboneWeightsTests {
  private static func shapes(_ name: String) throws -> [String: [Int]] {
    let data = try Data(contentsOf: URL(filePath: SharedData.fixtures + "/backbones/" + name))
    return try JSONDecoder().decode([String: [Int]].self, from: data)
  }

  /// A file of a layout, each tensor with numbers of its own.
  private static func file(
    _ shapes: [String: [Int]], prefix: String = "", edit: (String, [Int]) -> [Int]? = { $1 }
  ) throws -> Checkpoint {
    var writer = SafetensorsWriter(metadata: [:])
    for (number, (key, shape)) in shapes.sorted(by: { $0.key < $1.key }).enumerated() {
      guard let shape = edit(key, shape) else { continue }
      try writer.add(prefix + key, tensor(shape, number: number))
    }
    return try ModelSource.bytes(writer.encoded(), name: "weights").open()
  }

  private static func tensor(_ shape: [Int], number: Int) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { Float(number) + 1 + Float($0 % 97) / 128 }, shape: shape)
  }

  /// The authors' layout differs from timm's in where merging stands.
  private static func authorsName(_ key: String) -> String {
    guard key.contains("downsample"), let stage = key.dropFirst(7).first?.wholeNumberValue else { return key }
    return "layers.\(stage - 1)" + key.dropFirst(8)
  }

  @Test(arguments: [0, 1, 2], ["", "model.", "backbone."])
  func swinLayoutsFillTheWholeBackbone(layout: Int, prefix: String) throws {
    let expected = [BackboneWeights.Layout.swinTorchvision, .swinTimm, .swinAuthors][layout]
    let listed = try Self.shapes(layout == 0 ? "torchvision_swin_t.json" : "timm_swin_tiny_patch4_window7_224.json")
    let shapes = Dictionary(
      uniqueKeysWithValues: listed.map { (expected == .swinAuthors ? Self.authorsName($0) : $0, $1) })
    let file = try Self.file(shapes, prefix: prefix)
    let weights = try #require(BackboneWeights(file))
    #expect(weights.layout == expected)
    var backbone = Swin(try #require(Configuration.swinT.backbone.swin))
    let report = try weights.fill(&backbone)
    #expect(report.taken.count == 169)
    #expect(report.fresh == (0..<4).flatMap { ["norm\($0).weight", "norm\($0).bias"] })
    #expect(report.unused.allSatisfy { $0.contains("norm.") || $0.contains("head") } && report.unused.count == 4)
    // Some of them by name, as the layouts' own code defines them.
    let merging = try #require(backbone.stages[1].merging)
    let names: [(Tensor, [String])] = [
      (
        backbone.patchEmbedding.norm.weight,
        ["features.0.2.weight", "patch_embed.norm.weight", "patch_embed.norm.weight"]
      ),
      (
        backbone.stages[2].blocks[5].contract.weight.values,
        ["features.5.5.mlp.3.weight", "layers.2.blocks.5.mlp.fc2.weight", "layers.2.blocks.5.mlp.fc2.weight"]
      ),
      (
        merging.reduction.values,
        ["features.4.reduction.weight", "layers.2.downsample.reduction.weight", "layers.1.downsample.reduction.weight"]
      ),
    ]
    for (tensor, keys) in names { #expect(file.tensor(prefix + keys[layout])?.values == tensor.values) }
    #expect(backbone.norms[3].weight.values.allSatisfy { $0 == 1 })
  }

  /// Not only names: torchvision's own small Swin gives the same numbers here.
  @Test func torchvisionsSwinComputesTheSame() throws {
    let file = try Checkpoint(contentsOf: SharedData.fixtures + "/backbones/torchvision_swin.safetensors")
    let weights = try #require(BackboneWeights(file))
    var backbone = Swin(Swin.Sizes(channels: 8, depths: [2, 1, 1, 1], heads: [1, 2, 4, 8], window: 4, expansion: 4))
    let report = try weights.fill(&backbone)
    #expect(
      report.unused.filter { !$0.hasPrefix("golden") } == ["head.bias", "head.weight", "norm.bias", "norm.weight"])
    let outputs = try backbone(try #require(file.tensor("golden.image"))) { () throws(ModelError) in }
    for (stage, output) in outputs.enumerated() {
      let expected = try #require(file.tensor("golden.stage\(stage)"))
      #expect(expected.shape == output.shape)
      let distance = zip(output.values, expected.values).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }.squareRoot()
      let norm = expected.values.reduce(0.0) { $0 + pow(Double($1), 2) }.squareRoot()
      #expect(distance < 1e-5 * norm, "stage \(stage): \(distance / norm)")
    }
  }

  @Test func lightLayoutsAreFolded() throws {
    let timm = try Self.shapes("timm_tf_efficientnet_lite0.json")
    let file = try Self.file(timm)
    let weights = try #require(BackboneWeights(file))
    #expect(weights.layout == .efficientNetTimm)
    var backbone = EfficientNetLite()
    let report = try weights.fill(&backbone)
    #expect(report.taken.count == 2 * (1 + 2 + 15 * 3) && report.fresh.isEmpty)
    #expect(report.unused.allSatisfy { ["classifier", "conv_head", "bn2"].contains($0.prefix { $0 != "." }) })
    // Block 1 of run 4: 0, 1-2, 3-4, 5-7, 8-10, so block 9.
    let prefix = "blocks.4.1."
    let gamma = try #require(file.tensor(prefix + "bn3.weight")).values
    let variance = try #require(file.tensor(prefix + "bn3.running_var")).values
    let kernel = try #require(file.tensor(prefix + "conv_pwl.weight")).values
    let row = kernel.count / gamma.count
    let folded = backbone.blocks[9].project.weight.values.values
    for index in stride(from: 0, to: kernel.count, by: 371) {
      let expected = kernel[index] * gamma[index / row] / (variance[index / row] + 1e-3).squareRoot()
      #expect(abs(folded[index] - expected) <= 1e-5 * abs(expected))
    }
    // Without expansion the first norm is that of the depthwise convolution.
    let beta = try #require(file.tensor("blocks.0.0.bn2.bias")).values
    let mean = try #require(file.tensor("blocks.0.0.bn2.running_mean")).values
    let first = try #require(file.tensor("blocks.0.0.bn2.weight")).values
    let spread = try #require(file.tensor("blocks.0.0.bn2.running_var")).values
    let bias = beta[3] - mean[3] * first[3] / (spread[3] + 1e-3).squareRoot()
    #expect(abs(backbone.blocks[0].project.bias.values[3] - bias) <= 1e-4 * abs(bias))
  }

  @Test func pyTorchFilesAreReadToo() throws {
    var writer = PyTorchFile()
    writer.isWrapped = true
    for (number, (key, shape)) in try Self.shapes("timm_tf_efficientnet_lite0.json").sorted(by: { $0.key < $1.key })
      .enumerated()
    {
      writer.add(key, Self.tensor(shape, number: number).values, shape: shape)
    }
    let folder = try TemporaryFolder()
    let path = try folder.write(writer.zip(), to: "lite.pth")
    let file = try Checkpoint(contentsOf: path)
    var (one, other) = (EfficientNetLite(), EfficientNetLite())
    _ = try #require(BackboneWeights(file)).fill(&one)
    _ = try #require(BackboneWeights(Self.file(Self.shapes("timm_tf_efficientnet_lite0.json")))).fill(&other)
    #expect(one.blocks[7].depthwise.weight.values.values == other.blocks[7].depthwise.weight.values.values)
  }

  @Test func trainersStartFromABackbone() throws {
    let weights = try #require(BackboneWeights(Self.file(Self.shapes("torchvision_swin_t.json"))))
    var recipe = Recipe.sa1bManyToMany
    recipe.steps = 1
    let (trainer, _) = try Trainer.starting(recipe, configuration: .swinT, backbone: weights, seed: 5)
    let plain = try Trainer(recipe, configuration: .swinT, seed: 5)
    let (one, other) = (try trainer.network.parameters { _ in true }, try plain.network.parameters { _ in true })
    for (key, (new, old)) in zip(one.keys, zip(one.tensors, other.tensors)) {
      let isTaken = key.contains(".backbone.") && !key.contains(".backbone.norm")
      #expect((new.values != old.values) == isTaken, "\(key)")
    }
  }

  @Test func otherBackbonesAreRefused() throws {
    let shapes = try Self.shapes("torchvision_swin_t.json")
    var swin = Swin(try #require(Configuration.swinT.backbone.swin))
    func refuse(_ part: String, _ file: Checkpoint, light: Bool = false) throws {
      let weights = try #require(BackboneWeights(file))
      expectRefusal(.mismatchedParameters, containing: part) {
        if light {
          var backbone = EfficientNetLite()
          _ = try weights.fill(&backbone)
        } else {
          _ = try weights.fill(&swin)
        }
      }
    }
    try refuse(
      "'layers.0.blocks.0.attn.relative_position_bias_table' is [529, 3] instead of [169, 3]",
      Self.file(shapes) { $0.contains("bias_table") ? [529, $1[1]] : $1 })
    try refuse("no 'layers.3.blocks.1.mlp.fc2.bias'", Self.file(shapes) { $0 == "features.7.1.mlp.3.bias" ? nil : $1 })
    try refuse("holds a Swin, and the network has another backbone", Self.file(shapes), light: true)
    let light = try Self.shapes("timm_tf_efficientnet_lite0.json")
    try refuse("holds an EfficientNet-Lite0", Self.file(light))
    try refuse("different sizes", Self.file(light) { $0 == "blocks.2.0.bn1.bias" ? [$1[0] - 1] : $1 }, light: true)
    // The checkpoint of a whole network is none.
    #expect(try BackboneWeights(ModelSource.embedded.open()) == nil)
    #expect(try BackboneWeights(Self.file(["a": [1]])) == nil)
  }
}
