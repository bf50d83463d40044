/// How fast each parameter learns and how much it decays, by its key and shape.
public struct ParameterGroups: Hashable, Sendable, Codable {
  /// Factors for the parameters that a pattern finds.
  public struct Rule: Hashable, Sendable, Codable {
    /// Neighbouring components of a key with dots between them; `*` stands for any characters of a component. "norm*" finds
    /// "decoder.norm1.weight"; nil finds every key.
    public var pattern: String?
    /// Only parameters with at most this many dimensions; nil: all. 1 means biases, norms and the like.
    public var largestRank: Int?
    /// Of the learning rate; 0 keeps a parameter as it is.
    public var rate: Double
    /// Of the weight decay.
    public var decay: Double

    public init(pattern: String? = nil, largestRank: Int? = nil, rate: Double = 1, decay: Double = 1) {
      self.pattern = pattern
      self.largestRank = largestRank
      self.rate = rate
      self.decay = decay
    }

    func applies(to key: [Substring], rank: Int) -> Bool {
      if let largestRank, rank > largestRank { return false }
      guard let pattern else { return true }
      let parts = pattern.split(separator: ".")
      guard !parts.isEmpty, parts.count <= key.count else { return false }
      return (0...key.count - parts.count).contains { start in
        parts.indices.allSatisfy { Self.matches(parts[$0], key[start + $0]) }
      }
    }

    /// Whether a component has the pattern's pieces in their order, the first and the last at its ends.
    private static func matches(_ pattern: Substring, _ component: Substring) -> Bool {
      let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
      guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return pattern == component }
      guard component.count >= first.count + last.count, component.hasPrefix(first), component.hasSuffix(last) else {
        return false
      }
      var rest = component.dropFirst(first.count).dropLast(last.count)
      for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
        var start = rest.startIndex
        while !rest[start...].hasPrefix(piece) {
          guard start < rest.endIndex else { return false }
          start = rest.index(after: start)
        }
        rest = rest[start...].dropFirst(piece.count)
      }
      return true
    }
  }

  /// The factors of all rules that apply are multiplied.
  public var rules: [Rule]

  public init(_ rules: [Rule]) {
    self.rules = rules
  }

  /// The factors of a parameter.
  /// - Parameter shape: as in the checkpoint.
  public func factors(key: String, shape: [Int]) -> (rate: Double, decay: Double) {
    let components = key.split(separator: ".")
    return rules.reduce((rate: 1.0, decay: 1.0)) { factors, rule in
      rule.applies(to: components, rank: shape.count)
        ? (factors.rate * rule.rate, factors.decay * rule.decay) : factors
    }
  }

  /// The released trainer's: backbone and text encoder at a tenth of the rate; no decay for norms, embedding tables and
  /// relative positions. Biases of linear and convolutional layers decay, as they do there.
  public static let reference = ParameterGroups([
    Rule(pattern: "backbone", rate: 0.1), Rule(pattern: "lang_encoder", rate: 0.1),
    Rule(pattern: "*norm*", decay: 0),
    // The pixel decoder's GroupNorms have numbers for names.
    Rule(pattern: "input_proj.*.1", decay: 0),
    Rule(pattern: "mask_tokens", decay: 0), Rule(pattern: "pb_embedding", decay: 0),
    Rule(pattern: "label_enc", decay: 0), Rule(pattern: "relative_position_bias_table", decay: 0),
  ])

  /// As the weights of `default` were trained: the backbone at a tenth of the rate, only matrices and kernels decay.
  public static let compact = ParameterGroups([
    Rule(pattern: "backbone", rate: 0.1), Rule(largestRank: 1, decay: 0),
  ])
}
