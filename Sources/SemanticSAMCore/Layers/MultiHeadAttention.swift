/// Softmax attention among the queries of one prompt (reference: `nn.MultiheadAttention`, rows q, k, v of `in_proj`).
public struct MultiHeadAttention: Module {
  /// `[3 * C, C]`: the projections of queries, keys and values.
  public var inputWeight: Weights
  /// `[3 * C]`.
  public var inputBias: Tensor
  public var output: Linear
  public let heads: Int

  public init(channels: Int, heads: Int) {
    inputWeight = Weights(shape: [3 * channels, channels])
    inputBias = Tensor(repeating: 0, shape: [3 * channels])
    output = Linear(inputs: channels, outputs: channels)
    self.heads = heads
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.weights("in_proj_weight", &inputWeight)
    try visitor.parameter("in_proj_bias", &inputBias)
    try visitor.module("out_proj", &output)
  }

  /// - Parameters:
  ///   - x: `[L, C]`, the source of the values.
  ///   - position: `[L, C]`, added to the source of queries and keys.
  ///   - groups: successive runs of prompts: `count` prompts of `tokens` queries each, which see only each other.
  public func callAsFunction(_ x: Tensor, position: Tensor, groups: [QueryGroup]) -> Tensor {
    let channels = x.channels
    let queriesAndKeys = (x + position).linear(inputWeight, bias: inputBias, rows: 0..<2 * channels)
    let values = x.linear(inputWeight, bias: inputBias, rows: 2 * channels..<3 * channels)
    var attended: [Tensor] = []
    var start = 0
    for group in groups where group.count > 0 {
      let rows = start..<start + group.count * group.tokens
      if let seen = group.alsoSees {
        // Rows that look at more than their own group: those that they see come behind them, and their answers go.
        for first in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: group.tokens) {
          let own = first..<first + group.tokens
          let both = Tensor.concatenated([queriesAndKeys.rows(own), queriesAndKeys.rows(seen)])
          let bothValues = Tensor.concatenated([values.rows(own), values.rows(seen)])
          attended.append(
            both.attention(values: bothValues, tokens: both.rowCount, heads: heads).rows(0..<group.tokens))
        }
      } else {
        attended.append(
          queriesAndKeys.rows(rows).attention(values: values.rows(rows), tokens: group.tokens, heads: heads))
      }
      start = rows.upperBound
    }
    return output(Tensor.concatenated(attended))
  }
}

/// Successive queries that belong to `count` prompts of `tokens` queries each.
public struct QueryGroup: Hashable, Sendable {
  public var count: Int
  public var tokens: Int
  /// Further queries that each of these sees, though they do not see it; `nil` for none.
  public var alsoSees: Range<Int>?

  public init(count: Int, tokens: Int, alsoSees: Range<Int>? = nil) {
    self.count = count
    self.tokens = tokens
    self.alsoSees = alsoSees
  }
}
