import TensorKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Two decoupled classifiers of regions: linear maps from what the backbone sees under a mask into the space of a sentence
/// encoder, one for objects, one for parts. Which names are told apart is the vocabulary's matter.
public struct RegionNames: Module {
  public var objects: NameMap
  public var parts: NameMap

  /// - Parameters: the sizes of the vocabularies that the checkpoint holds.
  init(_ configuration: Configuration.Names, objectCount: Int, partCount: Int) {
    objects = NameMap(configuration, names: objectCount)
    parts = NameMap(configuration, names: partCount)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("object", &objects)
    try visitor.module("part", &parts)
  }

  /// Means of res4 and res5 under masks: each cell counts by the share of it that the mask covers.
  /// - Parameters:
  ///   - res4: `[H/16, W/16, C4]`; res5: `[H/32, W/32, C5]`.
  ///   - mask: of the padded image `[H, W]`, 0 or 1, 0 in the padding.
  /// - Returns: `[1, C4 + C5]`.
  static func pooled(res4: Tensor, res5: Tensor, mask: UnsafePointer<UInt8>) -> Tensor {
    var output = Tensor(uninitialized: [1, res4.channels + res5.channels])
    let target = output.mutableAddress
    withExtendedLifetime((res4, res5)) {
      tk_masked_mean_f32(res4.shape[0], res4.shape[1], res4.channels, 16, res4.address, mask, target)
      tk_masked_mean_f32(
        res5.shape[0], res5.shape[1], res5.channels, 32, res5.address, mask, target + res4.channels)
    }
    return output
  }

  /// The best five names of each kind for each row of features.
  func labels(of features: Tensor, _ vocabulary: Vocabulary) -> [Labels] {
    func best(_ map: NameMap, _ table: Vocabulary.Table) -> [[Label]] {
      guard !table.names.isEmpty else { return Array(repeating: [], count: features.rowCount) }
      return map.probabilities(features, table).map { probabilities in
        let places = probabilities.indices.sorted { one, other in
          (probabilities[other], one) < (probabilities[one], other)
        }
        return places.prefix(5).map { Label(name: table.names[$0], probability: probabilities[$0]) }
      }
    }
    return zip(best(objects, vocabulary.objects), best(parts, vocabulary.parts)).map {
      Labels(objects: $0, parts: $1)
    }
  }
}

/// A map of one kind of names, and the vocabulary that came with it.
public struct NameMap: Module {
  /// `[D, features]`.
  public var weight: Weights
  /// `[D]`.
  public var bias: Tensor
  /// One number; cosines are divided by it before the softmax.
  public var temperature: Tensor
  /// `[names, D]`, unit rows.
  public var vocabulary: Tensor

  init(_ configuration: Configuration.Names, names: Int) {
    weight = Weights(shape: [configuration.textDimension, configuration.features])
    bias = Tensor(repeating: 0, shape: [configuration.textDimension])
    temperature = Tensor(repeating: 1, shape: [1])
    vocabulary = Tensor(repeating: 0, shape: [names, configuration.textDimension])
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("weight", &weight)
    try visitor.parameter("bias", &bias)
    try visitor.parameter("temperature", &temperature)
    try visitor.parameter("vocabulary", &vocabulary)
  }

  /// Probabilities of names, `[Q, names]`: softmax over the cosines of the mapped features with each name's embedding.
  /// - Parameter pooled: `[Q, features]`.
  func probabilities(_ pooled: Tensor, _ table: Vocabulary.Table) -> [[Float]] {
    let mapped = pooled.linear(weight, bias: bias)
    let similarity = mapped.product(table.panels, outputs: table.names.count)
    let scale = temperature.withUnsafeBufferPointer { $0[0] }
    return (0..<pooled.rowCount).map { row in
      let length = mapped.rows(row..<row + 1).withUnsafeBufferPointer { values in
        max(values.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
      }
      let logits = similarity.rows(row..<row + 1).values.map { $0 / length / scale }
      let largest = logits.max() ?? 0
      let exponentials = logits.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    }
  }
}
