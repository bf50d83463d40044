import Foundation
import TensorKernels

@testable import SemanticSAMCore

/// Checks of the size rule and of the backbone with its ImageNet weights.
enum ImageParity {
  static func resize(_ golden: Golden, _ report: inout GoldenReport) throws {
    struct Case: Decodable {
      var shortEdge: Int

      enum CodingKeys: String, CodingKey { case shortEdge = "short_edge" }
    }
    let cases = try JSONDecoder().decode([Case].self, from: Data((golden.file.metadata["cases"] ?? "").utf8))
    func rule(_ edge: Int) throws -> SizeRule {
      try SizeRule(
        Configuration.ImageRule(
          mean: [0, 0, 0], std: [1, 1, 1], sizeDivisibility: 32, longEdge: nil, shortEdge: edge), longEdgeLimit: nil)
    }
    for (index, test) in cases.enumerated() {
      let input = try golden.image("input.\(index)")
      let size = try rule(test.shortEdge).size(width: input.width, height: input.height)
      report.used("input.\(index)")
      let output = try input.resized(width: size.width, height: size.height)
      try report.compareExactly("output.\(index)", output.pixels.map(Double.init))
    }
    let edge = Int(golden.file.metadata["size_rule_short_edge"] ?? "") ?? 640
    report.used("size_rule.input_wh")
    let sizes = try golden.rows("size_rule.input_wh").flatMap { input in
      let size = try rule(edge).size(width: Int(input[0]), height: Int(input[1]))
      return [Double(size.width), Double(size.height)]
    }
    try report.compareExactly("size_rule.output_wh", sizes)
  }

  static func efficientNetLite(_ golden: Golden, _ report: inout GoldenReport) throws {
    guard let folder = SharedData.folder else { throw GoldenFailure("the ImageNet weights lie in the shared folder") }
    let weights = try Checkpoint(contentsOf: folder + "/" + golden.model)
    let backbone = try EfficientNetLite(imageNet: weights)
    let rule = Configuration.ImageRule(
      mean: [127, 127, 127], std: [128, 128, 128], sizeDivisibility: 1, longEdge: nil, shortEdge: nil)
    func pyramid(_ name: String) throws -> [Tensor] {
      let image = try golden.image(name)
      report.used(name)
      let size = InputSize(width: image.width, height: image.height, divisibility: 1)
      return try backbone(image.normalized(rule, size: size)) {}
    }
    for prefix in Set(golden.file.entries.keys.filter { $0.hasSuffix(".stride4") }.map { $0.prefix { $0 != "." } }) {
      for (stride, map) in zip([4, 8, 16, 32], try pyramid("\(prefix).image")) {
        try report.compareL2("\(prefix).stride\(stride)", map.channelsFirst, bound: 1e-5)
      }
    }
    if golden.file.entries["c.logits"] != nil {
      try report.compareL2("c.logits", try logits(try pyramid("c.image")[3], weights), bound: 1e-5)
    }
  }

  /// The classifier of ImageNet on res5: 1x1 convolution, BatchNorm, ReLU6, mean, linear.
  private static func logits(_ map: Tensor, _ weights: Checkpoint) throws -> [Float] {
    let head = try EfficientNetLite.folded(
      convolution: "_conv_head", norm: "_bn1", file: "weights", weights.tensor)
    var convolution = Convolution(inputs: 320, outputs: 1280, kernel: 1, padding: .symmetric(0))
    convolution.weight.values = head.weight
    convolution.bias = head.bias
    let features = convolution(map, activation: .relu6)
    var mean = [Float](repeating: 0, count: features.channels)
    for (index, value) in features.values.enumerated() {
      mean[index % features.channels] += value / Float(features.rowCount)
    }
    var classifier = Linear(inputs: 1280, outputs: 1000)
    guard let weight = weights.tensor("_fc.weight"), let bias = weights.tensor("_fc.bias") else {
      throw GoldenFailure("the ImageNet weights have no classifier")
    }
    classifier.weight.values = weight
    classifier.bias = bias
    return classifier(Tensor(mean, shape: [1, 1280])).values
  }
}
