/// The assignment of SAM: a prompt has one true mask, and of its queries the one with the least mask loss is to become it.
public enum ManyToOne {
  /// - Parameters:
  ///   - prompts: with one target each; one without is left out.
  ///   - losses: the sum of binary cross-entropy and dice loss of each query with its prompt's true mask, not weighted.
  /// - Returns: for each prompt its query with the least loss, the first of equals.
  /// - Throws: `invalidArgument` where a loss is not finite.
  public static func matches(_ prompts: [PromptTargets], losses: [Double]) throws(ModelError) -> [Match] {
    var matches: [Match] = []
    for (slot, prompt) in prompts.enumerated() {
      guard let target = prompt.targets.first else { continue }
      if let query = prompt.queries.first(where: { !losses[$0].isFinite }) {
        throw ModelError(
          .invalidArgument,
          "The loss of query \(query) is \(losses[query]); training has diverged, so go on from an earlier state with a "
            + "smaller rate.")
      }
      guard let best = prompt.queries.min(by: { losses[$0] < losses[$1] }) else { continue }
      matches.append(Match(prediction: best, target: target, slot: slot))
    }
    return matches
  }
}
