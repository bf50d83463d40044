import Foundation

@testable import SemanticSAMCore

/// Numbers by rule instead of published weights: splitmix64 started at the FNV-1a hash of a parameter's name, as the
/// goldens' documentation defines it. Exact to the bit.
struct FixtureWeights: ParameterVisitor {
  var path = ParameterPath()
  /// Whether the numbers are rounded to half precision, as in a checkpoint of that type.
  var isHalf = false

  mutating func visit(_ weights: inout Weights) throws(ModelError) {
    try visit(&weights.values)
  }

  mutating func visit(_ parameter: inout Tensor) throws(ModelError) {
    let name = path.key.hasPrefix("model.") ? String(path.key.dropFirst("model.".count)) : path.key
    parameter = Self.parameter(name, shape: parameter.shape)
    if isHalf { parameter = Tensor(parameter.values.map { Float(Float16($0)) }, shape: parameter.shape) }
  }

  /// A network of a preset with these weights.
  static func network(_ configuration: Configuration, isHalf: Bool = false) throws -> Network {
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var filler = FixtureWeights(isHalf: isHalf)
    try network.visit(&filler)
    try network.packWeights()
    return network
  }

  /// A file with these weights, as the library writes its own.
  static func checkpoint(_ configuration: Configuration) throws -> [UInt8] {
    var network = Network(configuration, objectCount: 0, partCount: 0)
    var filler = FixtureWeights()
    try network.visit(&filler)
    let json = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    var collector = ParameterCollector(writer: SafetensorsWriter(metadata: ["configuration": json]))
    try network.visit(&collector)
    return try collector.writer.encoded()
  }

  /// An input of a golden: uniform with variance 1.
  static func input(key: String, shape: [Int]) -> [Float] {
    let scale = Float(3).squareRoot()
    return uniform(key, count: shape.reduce(1, *)).map { Float(Double(scale) * $0) }
  }

  private static func parameter(_ name: String, shape: [Int]) -> Tensor {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    var scale: Float
    var offsets: [Float] = [0]
    if shape.isEmpty {
      scale = 0.1
      offsets = [1]
    } else if name.hasSuffix("sampling_offsets.bias") {
      scale = 4
    } else if name.hasSuffix("bbox_embed.layers.2.bias") {
      scale = 0.1
      offsets = [0, 0, 0.7, 0.7]
    } else if shape.count == 1 {
      scale = 0.1
      offsets = [last == "weight" ? 1 : 0]
    } else if last == "relative_position_bias_table" {
      scale = 0.5
    } else if ["level_embed", "positional_embedding"].contains(last) || tables.contains(where: name.hasSuffix) {
      scale = 1
    } else if ["lang_mapper", "class_embed", "class_embed_part", "lang_proj"].contains(last) {
      scale = Float((3 / Double(shape[0])).squareRoot())
    } else {
      scale = Float((3 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
      if name.hasSuffix("bbox_embed.layers.2.weight") { scale = Float(Double(scale) / 2) }
    }
    let values = uniform(name, count: shape.reduce(1, *)).enumerated().map { index, u in
      Float(Double(offsets[index % offsets.count]) + Double(scale) * u)
    }
    return Tensor(values, shape: shape)
  }

  private static let tables = [
    "mask_tokens.weight", "pb_embedding.weight", "label_enc.weight", "query_feat.weight", "query_embed.weight",
    "token_embedding.weight",
  ]

  private static func uniform(_ name: String, count: Int) -> [Double] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (0..<count).map { index in
      var z = hash &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      z ^= z >> 31
      return Double(z >> 40) / 8_388_608 - 1
    }
  }
}

/// Writes all parameters of a network.
private struct ParameterCollector: ParameterVisitor {
  var path = ParameterPath()
  var writer: SafetensorsWriter

  mutating func visit(_ weights: inout Weights) throws(ModelError) { try visit(&weights.values) }
  mutating func visit(_ parameter: inout Tensor) throws(ModelError) { try writer.add(path.key, parameter) }
}
