/// The many-to-many assignment of Semantic-SAM (paper, section 3.2): the queries of a prompt against all the true masks that
/// the prompt may mean, each prompt a small problem of its own.
///
/// The reference solves one problem over all prompts in which other prompts' masks cost 1e6; the solution is the same.
public enum ManyToMany {
  /// The pairs whose costs decide, prompt by prompt and query by query.
  static func pairs(_ prompts: [PromptTargets]) -> [(prediction: Int, target: Int)] {
    prompts.flatMap { prompt in
      prompt.queries.flatMap { query in prompt.targets.map { (prediction: query, target: $0) } }
    }
  }

  /// Each true mask of a prompt gets one of the prompt's queries, with the least sum of costs. The queries left over match
  /// nothing. Where a prompt has more true masks than queries, the masks that would cost most are left over.
  /// - Parameter costs: of each query for each true mask of its prompt: a table `[queries, targets]` for each prompt, one
  ///   after the other.
  /// - Returns: rising by query.
  /// - Throws: `invalidArgument` where a cost is not finite or their number is wrong.
  public static func matches(_ prompts: [PromptTargets], costs: [Double]) throws(ModelError) -> [Match] {
    guard costs.count == prompts.reduce(0, { $0 + $1.queries.count * $1.targets.count }) else {
      throw ModelError(
        .invalidArgument, "\(costs.count) costs are not one for each query and true mask of \(prompts.count) prompts.")
    }
    var matches: [Match] = []
    var first = 0
    var slot = 0
    for prompt in prompts {
      let (queries, targets) = (prompt.queries, prompt.targets)
      let count = queries.count * targets.count
      let pairs = try Hungarian.assignment(
        minimizing: Array(costs[first..<first + count]), rows: queries.count, columns: targets.count)
      matches += pairs.map {
        Match(prediction: queries.lowerBound + $0.row, target: targets[$0.column], slot: slot + $0.column)
      }
      first += count
      slot += targets.count
    }
    return matches.sorted { $0.prediction < $1.prediction }
  }

  /// The assignment by weighted costs of names, masks and boxes.
  /// - Parameters:
  ///   - classes: of objects and of parts; their costs are added.
  ///   - masks: of all queries and true masks; nil where boxes alone decide.
  ///   - boxes: `[Q, 4]`, (cx, cy, w, h).
  /// - Throws: `invalidArgument` where a cost is not finite.
  public static func matches(
    _ prompts: [PromptTargets], costs: MatchCosts, classes: [ClassCosts] = [], masks: MaskSamples?, boxes: Tensor,
    trueBoxes: [SIMD4<Double>]
  ) throws(ModelError) -> [Match] {
    let pairs = pairs(prompts)
    var terms = costs.terms(of: pairs, masks: masks, boxes: boxes, trueBoxes: trueBoxes)
    for kind in classes {
      for (index, cost) in kind.terms(of: pairs).enumerated() { terms[index].classification += cost }
    }
    return try matches(prompts, costs: terms.map(costs.total))
  }
}
