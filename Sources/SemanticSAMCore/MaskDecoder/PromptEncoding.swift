/// The queries of prompts: what they are (clicks or boxes), which token, and where they start.
public struct PromptEncoding: Module {
  /// `[labels, C]`; row 0 is used.
  public var label: Tensor
  /// `[kinds, C]`.
  public var kinds: Tensor
  /// `[tokens, C]`.
  public var tokens: Tensor
  public let pointKind: Int
  public let boxKind: Int
  /// Queries of a box.
  public let boxQueries: Int
  let startingBoxes: Configuration.StartingBoxes?
  let clickSize: Float

  init(_ configuration: Configuration) {
    let decoder = configuration.decoder
    label = Tensor(repeating: 0, shape: [decoder.labels, decoder.channels])
    kinds = Tensor(repeating: 0, shape: [decoder.promptKinds, decoder.channels])
    tokens = Tensor(repeating: 0, shape: [decoder.maskTokens, decoder.channels])
    pointKind = decoder.pointKind ?? 0
    boxKind = decoder.boxKind ?? 1
    boxQueries = decoder.boxQueries ?? decoder.maskTokens
    startingBoxes = configuration.startingBoxes
    clickSize = decoder.clickSize ?? 0.005
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("label_enc.weight", &label)
    try visitor.parameter("pb_embedding.weight", &kinds)
    try visitor.parameter("mask_tokens.weight", &tokens)
  }

  /// - Parameters:
  ///   - clicks: centres (x, y) in 0...1 of the padded image; each becomes one query a token.
  ///   - boxes: (cx, cy, w, h) in 0...1 of the padded image; each becomes `boxQueries` queries, after all the clicks'.
  ///   - size: of the image before padding and of the padded one, in pixels.
  public func callAsFunction(clicks: [SIMD2<Float>], boxes: [SIMD4<Float>], size: InputSize) -> PromptQueries {
    let sides = clickBoxes(size)
    return queries(
      clicks.map { click in
        EncodedPrompt(kind: pointKind, boxes: sides.map { SIMD4(click.x, click.y, $0.x, $0.y) })
      } + boxes.map { EncodedPrompt(kind: boxKind, boxes: Array(repeating: $0, count: boxQueries)) })
  }

  /// The queries of prompts, in order; token t of a prompt starts from the prompt's box t.
  func queries(_ prompts: [EncodedPrompt]) -> PromptQueries {
    let contents = prompts.map { prompt in
      tokens.rows(0..<prompt.boxes.count).adding(row: label.rows(0..<1)).adding(
        row: kinds.rows(prompt.kind..<prompt.kind + 1))
    }
    var groups: [QueryGroup] = []
    for prompt in prompts {
      if let last = groups.last, last.tokens == prompt.boxes.count {
        groups[groups.count - 1].count += 1
      } else {
        groups.append(QueryGroup(count: 1, tokens: prompt.boxes.count))
      }
    }
    let start = prompts.flatMap { $0.boxes.flatMap { [$0.x, $0.y, $0.z, $0.w] } }
    return PromptQueries(
      content: Tensor.concatenated(contents + [tokens.rows(0..<0)]),
      boxes: Tensor(start, shape: [start.count / 4, 4]), groups: groups)
  }

  /// Width and height of each token's box around a click, in 0...1 of the padded image.
  func clickBoxes(_ size: InputSize) -> [SIMD2<Float>] {
    let padded = SIMD2(Float(size.paddedWidth), Float(size.paddedHeight))
    if let startingBoxes {
      return startingBoxes.halfWidths.map { half in SIMD2(repeating: 2 * (half * padded.max())) / padded }
    }
    let side = SIMD2(Float(size.width), Float(size.height)) / padded * clickSize
    return Array(repeating: side, count: tokens.shape[0])
  }
}

/// A prompt as the decoder knows it: what kind it is of, and from which boxes (cx, cy, w, h in 0...1 of the padded image) its
/// queries start, one a token.
struct EncodedPrompt: Sendable {
  var kind: Int
  var boxes: [SIMD4<Float>]
}

/// Queries ready for the decoder.
public struct PromptQueries: Sendable {
  /// `[Q, C]`.
  public var content: Tensor
  /// `[Q, 4]` (cx, cy, w, h) in 0...1 of the padded image: where the first layer looks.
  public var boxes: Tensor
  public var groups: [QueryGroup]
  /// One for each prompt, where all of them carry an earlier mask.
  var carried: [CarriedFeatures] = []

  /// The same queries, all of which see each other: so the reference's demo and automatic generator ask, where answers
  /// depend on which prompts share a call.
  var joint: PromptQueries {
    var joint = self
    joint.groups = [QueryGroup(count: 1, tokens: content.rowCount)]
    return joint
  }
}
