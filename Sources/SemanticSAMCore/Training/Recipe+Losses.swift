extension Recipe {
  /// - Throws: `invalidConfiguration` naming the first field of the losses that is out of range.
  func validateLosses() throws(ModelError) {
    let counts = 1...1_000_000
    func requireWeights(_ values: [Double], _ field: String) throws(ModelError) {
      try require(values.allSatisfy { (0...1e6).contains($0) }, field, "weights in 0...1000000")
    }
    let (weights, costs) = (loss.weights, loss.costs)
    try requireWeights(
      [
        weights.maskCrossEntropy, weights.dice, weights.box, weights.giou, weights.iou, weights.objects, weights.parts,
      ], "loss.weights")
    try requireWeights(
      [costs.classification, costs.maskCrossEntropy, costs.dice, costs.box, costs.giou], "loss.costs")
    try requireWeights(loss.layerWeights ?? [], "loss.layerWeights")
    if case .uniform(let count) = loss.matchPoints {
      try require(counts.contains(count), "loss.matchPoints.count", "in 1...1000000")
    }
    switch loss.points {
    case .uniform(let count): try require(counts.contains(count), "loss.points.count", "in 1...1000000")
    case .uncertain(let points):
      try require(counts.contains(points.count), "loss.points.count", "in 1...1000000")
      try require((1...100).contains(points.oversampling), "loss.points.oversampling", "in 1...100")
      try require((0...1).contains(points.importance), "loss.points.importance", "in 0...1")
    case .nearBoxes(let count, let share, let extent):
      try require(counts.contains(count), "loss.points.count", "in 1...1000000")
      try require((0...1).contains(share), "loss.points.share", "in 0...1")
      try require((0...100).contains(extent), "loss.points.extent", "in 0...100")
    case .cells: break
    }
    if let refiner = refinerLoss {
      try requireWeights([refiner.maskCrossEntropy, refiner.dice, refiner.iou, refiner.gridWeight], "refinerLoss")
    }
  }
}
