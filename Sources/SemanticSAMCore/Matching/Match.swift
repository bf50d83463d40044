/// A prediction and the true thing that it shall become.
public struct Match: Hashable, Sendable {
  /// The place of the query.
  public var prediction: Int
  /// The place of the true mask.
  public var target: Int
  /// The place in the list of all prompts' targets, one after the other: the same mask has a slot under each click in it.
  /// Without prompts it is the target.
  public var slot: Int

  public init(prediction: Int, target: Int, slot: Int) {
    self.prediction = prediction
    self.target = target
    self.slot = slot
  }
}

/// The queries of a prompt, and the true masks that it may mean.
public struct PromptTargets: Hashable, Sendable {
  /// The places of its queries; prompts need not have equally many.
  public var queries: Range<Int>
  /// The places of its true masks.
  public var targets: [Int]
  /// Whether the prompt is a box and not a click.
  public var isBox: Bool

  public init(queries: Range<Int>, targets: [Int], isBox: Bool = false) {
    self.queries = queries
    self.targets = targets
    self.isBox = isBox
  }

  /// Prompts of `tokens` queries each, one after the other.
  public static func clicks(_ targets: [[Int]], tokens: Int) -> [PromptTargets] {
    targets.enumerated().map { PromptTargets(queries: $0 * tokens..<($0 + 1) * tokens, targets: $1) }
  }
}
