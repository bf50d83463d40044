import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMText

/// Text encoders are made of operations that a tape follows: their gradients against central differences along the sign of
/// the gradient, where a difference is largest.
@Suite struct TextGradientTests {
  @Test func clipEncodersTrain() throws {
    var network = TextTransformer(
      TextTransformer.Sizes(vocabulary: 9, context: 6, channels: 16, layers: 2, heads: 2, projection: 16))
    var filler = Filler()
    try network.visit(&filler)
    try check(network, rows: 3, columns: 16) { network throws(ModelError) in
      try CLIPTextEncoder.embeddings(of: [[1, 4, 5, 8], [1, 8], [1, 2, 3, 8]], network: network)
    }
  }

  @Test func sentenceEncodersTrain() throws {
    var network = BERT(
      BERT.Sizes(
        vocabulary: 9, channels: 16, layers: 2, heads: 2, feedForward: 24, positions: 6, tokenTypes: 2, epsilon: 1e-12)
    )
    var filler = Filler()
    try network.visit(&filler)
    try check(network, rows: 3, columns: 16) { network throws(ModelError) in
      try SentenceEncoder.embeddings(of: [[1, 4, 5], [1, 8], [1, 2, 3]], network: network)
    }
  }

  private func check<M: Module>(
    _ network: M, rows: Int, columns: Int, _ embeddings: (M) throws(ModelError) -> Tensor
  ) throws {
    let seed = Tensor((0..<rows * columns).map { Float(cos(2.3 * Double($0))) }, shape: [rows, columns])
    let (value, gradients) = try network.valueAndGradient { network throws(ModelError) in
      (try embeddings(network) * seed).sum()
    }
    #expect(value.isFinite)
    func sum(movedBy step: Float) throws -> Double {
      var moved = network
      var mover = Mover(step: step, gradients: gradients)
      try moved.visit(&mover)
      return zip(try embeddings(moved).values, seed.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    var reader = Collector()
    var copy = network
    try copy.visit(&reader)
    // What shall change the embeddings at all has a gradient; a scale of logits has none.
    for key in reader.keys where !key.hasSuffix("logit_scale") {
      let size = (gradients[key]?.values ?? []).reduce(0) { $0 + abs($1) }
      #expect(size > 0 || key.hasSuffix("key.bias"), "\(key)")
    }
    let slope = reader.keys.reduce(0.0) { sum, key in
      sum + (gradients[key]?.values ?? []).reduce(0.0) { $0 + Double(abs($1)) }
    }
    let step: Float = 0x1p-13
    let difference = (try sum(movedBy: step) - sum(movedBy: -step)) / Double(2 * step)
    #expect(abs(difference - slope) < 5e-3 * slope, "\(difference) and \(slope)")
  }

  private struct Filler: ParameterVisitor {
    var path = ParameterPath()
    mutating func visit(_ weights: inout Weights) { visit(&weights.values) }
    mutating func visit(_ parameter: inout Tensor) {
      let seed = Double(path.key.utf8.reduce(0) { $0 * 3 % 1009 + Int($1) })
      let isNorm = path.key.contains("orm.weight") || path.key.contains("ln_") && path.key.hasSuffix("weight")
      parameter = Tensor(
        (0..<parameter.count).map { Float(sin(seed + 1.7 * Double($0))) * 0.4 + (isNorm ? 1 : 0) },
        shape: parameter.shape)
    }
  }

  private struct Collector: ParameterVisitor {
    var path = ParameterPath()
    var keys: [String] = []
    mutating func visit(_ weights: inout Weights) { keys.append(path.key) }
    mutating func visit(_ parameter: inout Tensor) { keys.append(path.key) }
  }

  /// Moves each number by a step in the direction of its gradient.
  private struct Mover: ParameterVisitor {
    var path = ParameterPath()
    let step: Float
    let gradients: NamedTensors

    init(step: Float, gradients: NamedTensors) {
      self.step = step
      self.gradients = gradients
    }

    mutating func visit(_ weights: inout Weights) { visit(&weights.values) }
    mutating func visit(_ parameter: inout Tensor) {
      guard let gradient = gradients[path.key] else { return }
      let signs = gradient.values.map { $0 == 0 ? 0 : step * ($0 > 0 ? 1 : -1) }
      parameter = Tensor(zip(parameter.values, signs).map(+), shape: parameter.shape)
    }
  }
}
