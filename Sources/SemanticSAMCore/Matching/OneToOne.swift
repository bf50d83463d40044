/// The assignment of DETR and Mask DINO for generic segmentation: every true thing gets one query of all.
public struct OneToOne: Hashable, Sendable, Codable {
  public var costs: MatchCosts
  /// Labels from this one on are stuff, whose boxes say little: their box and GIoU costs become the mean over all queries and
  /// things, 0 where there are no things (Mask DINO's panoptic option). Nil: all labels are things.
  public var firstStuffLabel: Int?

  public init(costs: MatchCosts = MatchCosts(), firstStuffLabel: Int? = nil) {
    self.costs = costs
    self.firstStuffLabel = firstStuffLabel
  }

  /// The parts of the cost of each query for each true thing, query by query: `[Q, T]`.
  /// - Parameters:
  ///   - classes: of objects and of parts, first those that `firstStuffLabel` counts; their costs are added.
  ///   - masks: nil for data with boxes only.
  ///   - boxes: `[Q, 4]`, (cx, cy, w, h).
  public func terms(
    classes: [ClassCosts], masks: MaskSamples?, boxes: Tensor, trueBoxes: [SIMD4<Double>]
  ) -> [MatchCosts.Terms] {
    let (queries, targets) = (boxes.shape[0], trueBoxes.count)
    let pairs = (0..<queries).flatMap { query in (0..<targets).map { (prediction: query, target: $0) } }
    var terms = costs.terms(of: pairs, masks: masks, boxes: boxes, trueBoxes: trueBoxes)
    for kind in classes {
      for (index, cost) in kind.terms(of: pairs).enumerated() { terms[index].classification += cost }
    }
    guard let firstStuffLabel, let labels = classes.first?.labels else { return terms }
    func isStuff(_ index: Int) -> Bool { (labels[pairs[index].target] ?? 0) >= firstStuffLabel }
    let things = terms.indices.filter { !isStuff($0) }
    let count = Double(max(things.count, 1))
    let box = things.reduce(0) { $0 + terms[$1].box } / count
    let giou = things.reduce(0) { $0 + terms[$1].giou } / count
    for index in terms.indices where isStuff(index) {
      terms[index].box = box
      terms[index].giou = giou
    }
    return terms
  }

  /// The pairs with the least sum of costs: as many as there are true things, or queries where those are fewer.
  /// - Throws: `invalidArgument` where a cost is not finite.
  public func matches(
    classes: [ClassCosts], masks: MaskSamples?, boxes: Tensor, trueBoxes: [SIMD4<Double>]
  ) throws(ModelError) -> [Match] {
    let terms = terms(classes: classes, masks: masks, boxes: boxes, trueBoxes: trueBoxes)
    return try Hungarian.assignment(
      minimizing: terms.map(costs.total), rows: boxes.shape[0], columns: trueBoxes.count
    ).map { Match(prediction: $0.row, target: $0.column, slot: $0.column) }
  }
}
