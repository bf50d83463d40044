import TensorKernels

/// Two-stage query selection: of all tokens of an image, those that fit a name best become queries, and each brings a box
/// (Deformable DETR, appendix A.4; reference: `gen_encoder_output_proposals` and `OpenSeeDDecoder.forward`).
public struct QueryProposals: Module {
  public var encoderOutput: Linear
  public var encoderNorm: LayerNorm
  /// `[queries, C]`: contents that stand in for the chosen tokens, or belong to the background queries.
  public var content: Tensor?
  /// `[backgroundQueries, 4]`: boxes of the background queries, before the sigmoid.
  public var boxes: Tensor?
  let configuration: Configuration.Proposals

  init(_ configuration: Configuration.Proposals, channels: Int) {
    encoderOutput = Linear(inputs: channels, outputs: channels)
    encoderNorm = LayerNorm(channels: channels)
    self.configuration = configuration
    let background = configuration.backgroundQueries
    if configuration.learnsContent || background > 0 {
      let rows = configuration.learnsContent ? configuration.queries : background
      content = Tensor(repeating: 0, shape: [rows, channels])
    }
    if background > 0 { boxes = Tensor(repeating: 0, shape: [background, 4]) }
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("enc_output", &encoderOutput)
    try visitor.module("enc_output_norm", &encoderNorm)
    if var content {
      try visitor.parameter("query_feat.weight", &content)
      self.content = content
    }
    if var boxes {
      try visitor.parameter("query_embed.weight", &boxes)
      self.boxes = boxes
    }
  }

  /// What the tokens of an image offer, whatever the names are.
  struct Encoded: Sendable {
    /// `[L, C]`, normed.
    var features: Tensor
    /// `[L, 4]`: the box that each token proposes, before the sigmoid; infinite where the token is not valid.
    var proposals: Tensor
    /// `[L]`: tokens too near the edge, or with a box as large as the image, are not chosen.
    var isValid: [Bool]
  }

  /// - Parameters:
  ///   - tokens: of the pixel decoder in the decoder's order of levels, `[L, C]`.
  ///   - levels: their sizes, the coarsest first.
  func encoded(_ tokens: Tensor, levels: [LevelShape]) -> Encoded {
    let (proposals, isValid) = Self.proposals(levels)
    let kept = isValid.contains(false) ? tokens.keeping(rows: isValid) : tokens
    return Encoded(features: encoderNorm(encoderOutput(kept)), proposals: proposals, isValid: isValid)
  }

  /// A square box at each token, of side 0.05 times 2 to the power of its level's number, before the sigmoid.
  ///
  /// As in the reference the levels count from the coarsest, so that the finest map proposes the largest boxes.
  static func proposals(_ levels: [LevelShape]) -> (boxes: Tensor, isValid: [Bool]) {
    var values: [Float] = []
    var isValid: [Bool] = []
    for (number, level) in levels.enumerated() {
      let side = 0.05 * Double(1 << number)
      for y in 0..<level.height {
        for x in 0..<level.width {
          let box = [
            (Double(x) + 0.5) / Double(level.width), (Double(y) + 0.5) / Double(level.height), side, side,
          ]
          let isInside = box.allSatisfy { $0 > 0.01 && $0 < 0.99 }
          isValid.append(isInside)
          values += box.map { isInside ? Float.logit($0) : .infinity }
        }
      }
    }
    return (Tensor(values, shape: [isValid.count, 4]), isValid)
  }
}

extension Tensor {
  /// The rows of `[N, C]` for which `isKept` is true; zeros in the others.
  fileprivate func keeping(rows isKept: [Bool]) -> Tensor {
    var output = detached
    let channels = channels
    let target = output.mutableAddress
    for (row, isKept) in isKept.enumerated() where !isKept {
      (target + row * channels).update(repeating: 0, count: channels)
    }
    return output.recorded(from: [self]) { gradient in [gradient.keeping(rows: isKept)] }
  }
}
