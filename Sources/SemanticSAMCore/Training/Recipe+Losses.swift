extension Recipe {
  /// - Throws: `invalidConfiguration` naming the first field of the losses that is out of range.
  func validateLosses() throws(ModelError) {
    let (weights, costs) = (loss.weights, loss.costs)
    try requireWeights(
      [
        weights.maskCrossEntropy, weights.dice, weights.box, weights.giou, weights.iou, weights.objects, weights.parts,
      ], "loss.weights")
    try requireWeights(
      [costs.classification, costs.maskCrossEntropy, costs.dice, costs.box, costs.giou], "loss.costs")
    try requireWeights(loss.layerWeights ?? [], "loss.layerWeights")
    try validate(loss.matchPoints, "loss.matchPoints")
    try validate(loss.points, "loss.points")
    if let refiner = refinerLoss {
      try requireWeights([refiner.maskCrossEntropy, refiner.dice, refiner.iou, refiner.gridWeight], "refinerLoss")
    }
  }

  func requireWeights(_ values: [Double], _ field: String) throws(ModelError) {
    try require(values.allSatisfy { (0...1e6).contains($0) }, field, "weights in 0...1000000")
  }

  /// - Parameter field: the name of the points' field.
  func validate(_ points: MatchPoints, _ field: String) throws(ModelError) {
    if case .uniform(let count) = points { try validate(count: count, field) }
  }

  /// - Parameter field: the name of the points' field.
  func validate(_ points: PointPlacement, _ field: String) throws(ModelError) {
    switch points {
    case .uniform(let count): try validate(count: count, field)
    case .uncertain(let points):
      try validate(count: points.count, field)
      try require((1...100).contains(points.oversampling), "\(field).oversampling", "in 1...100")
      try require((0...1).contains(points.importance), "\(field).importance", "in 0...1")
    case .nearBoxes(let count, let share, let extent):
      try validate(count: count, field)
      try require((0...1).contains(share), "\(field).share", "in 0...1")
      try require((0...100).contains(extent), "\(field).extent", "in 0...100")
    case .cells: break
    }
  }

  private func validate(count: Int, _ field: String) throws(ModelError) {
    try require((1...1_000_000).contains(count), "\(field).count", "in 1...1000000")
  }
}
