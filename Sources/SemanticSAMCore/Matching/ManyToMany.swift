/// The many-to-many assignment of Semantic-SAM (paper, section 3.2): the queries of a prompt against all the true masks that
/// the prompt may mean, each prompt a small problem of its own.
///
/// The reference solves one problem over all prompts in which other prompts' masks cost 1e6; the solution is the same.
public enum ManyToMany {
  /// Each true mask of a prompt gets one of the prompt's queries, with the least sum of costs. The queries left over match
  /// nothing. Where a prompt has more true masks than queries, the masks that would cost most are left over.
  /// - Parameter cost: of a query for a true mask under its prompt.
  /// - Returns: rising by query.
  /// - Throws: `invalidArgument` where a cost is not finite.
  public static func matches(
    _ prompts: [PromptTargets], cost: (_ prediction: Int, _ target: Int) -> Double
  ) throws(ModelError) -> [Match] {
    var matches: [Match] = []
    var slot = 0
    for prompt in prompts {
      let (queries, targets) = (prompt.queries, prompt.targets)
      let costs = queries.flatMap { query in targets.map { cost(query, $0) } }
      let pairs = try Hungarian.assignment(minimizing: costs, rows: queries.count, columns: targets.count)
      matches += pairs.map {
        Match(prediction: queries.lowerBound + $0.row, target: targets[$0.column], slot: slot + $0.column)
      }
      slot += targets.count
    }
    return matches.sorted { $0.prediction < $1.prediction }
  }

  /// The assignment by weighted costs of masks and boxes.
  /// - Parameters:
  ///   - masks: of all queries and true masks; nil where boxes alone decide.
  ///   - boxes: `[Q, 4]`, (cx, cy, w, h).
  /// - Throws: `invalidArgument` where a cost is not finite.
  public static func matches(
    _ prompts: [PromptTargets], costs: MatchCosts, masks: MaskSamples?, boxes: Tensor, trueBoxes: [SIMD4<Double>]
  ) throws(ModelError) -> [Match] {
    let pairs = prompts.flatMap { prompt in
      prompt.queries.flatMap { query in prompt.targets.map { (prediction: query, target: $0) } }
    }
    let totals = costs.terms(of: pairs, masks: masks, boxes: boxes, trueBoxes: trueBoxes).map(costs.total)
    // Costs are asked for in the order in which the pairs were listed.
    var next = 0
    return try matches(prompts) { _, _ in
      defer { next += 1 }
      return totals[next]
    }
  }
}
