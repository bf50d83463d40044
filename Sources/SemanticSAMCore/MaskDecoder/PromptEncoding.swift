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
    let tokenCount = tokens.shape[0]
    let clickContent = tokens.adding(row: label.rows(0..<1)).adding(row: kinds.rows(pointKind..<pointKind + 1))
    let boxContent = tokens.rows(0..<boxQueries)
      .adding(row: label.rows(0..<1)).adding(row: kinds.rows(boxKind..<boxKind + 1))
    let content = Tensor.concatenated(
      clicks.map { _ in clickContent } + boxes.map { _ in boxContent } + [tokens.rows(0..<0)])
    let sides = clickBoxes(size)
    var start: [Float] = []
    for click in clicks {
      for side in sides { start += [click.x, click.y, side.x, side.y] }
    }
    for box in boxes {
      for _ in 0..<boxQueries { start += [box.x, box.y, box.z, box.w] }
    }
    return PromptQueries(
      content: content, boxes: Tensor(start, shape: [start.count / 4, 4]),
      groups: [QueryGroup(count: clicks.count, tokens: tokenCount), QueryGroup(count: boxes.count, tokens: boxQueries)])
  }

  /// Width and height of each token's box around a click, in 0...1 of the padded image.
  private func clickBoxes(_ size: InputSize) -> [SIMD2<Float>] {
    let padded = SIMD2(Float(size.paddedWidth), Float(size.paddedHeight))
    if let startingBoxes {
      return startingBoxes.halfWidths.map { half in SIMD2(repeating: 2 * (half * padded.max())) / padded }
    }
    let side = SIMD2(Float(size.width), Float(size.height)) / padded * clickSize
    return Array(repeating: side, count: tokens.shape[0])
  }
}

/// Queries ready for the decoder.
public struct PromptQueries: Sendable {
  /// `[Q, C]`.
  public var content: Tensor
  /// `[Q, 4]` (cx, cy, w, h) in 0...1 of the padded image: where the first layer looks.
  public var boxes: Tensor
  public var groups: [QueryGroup]
}
