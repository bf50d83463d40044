import TensorKernels

extension NamedQueries {
  /// The name of each pixel: of the largest sum over the queries of score times mask (reference: `semantic_inference`).
  /// - Parameter onStripe: called after each stripe of rows with the share that is done; what it throws ends the work.
  func semanticMap(onStripe: (Double) throws(ModelError) -> Void = { _ in }) throws(ModelError) -> SemanticMap {
    let rowsPerStripe = 16
    var categories: [UInt16] = []
    categories.reserveCapacity(masks.width * masks.height)
    for start in stride(from: 0, to: masks.height, by: rowsPerStripe) {
      let rows = start..<min(start + rowsPerStripe, masks.height)
      semanticScores(rows: rows).withUnsafeBufferPointer { scores in
        for pixel in 0..<rows.count * masks.width {
          let first = pixel * names.count
          var best = 0
          for name in 1..<max(names.count, 1) where scores[first + name] > scores[first + best] { best = name }
          categories.append(UInt16(best))
        }
      }
      try onStripe(Double(rows.upperBound) / Double(masks.height))
    }
    return SemanticMap(width: masks.width, height: masks.height, categories: categories, names: names)
  }

  /// The sums in some rows of the image, `[rows * width, names]`.
  func semanticScores(rows: Range<Int>) -> Tensor {
    let pixels = rows.count * masks.width
    var drawn = Tensor(uninitialized: [masks.count, pixels])
    let target = drawn.mutableAddress
    for query in 0..<masks.count { masks.draw(query, rows: rows, into: target + query * pixels) }
    let probabilities = drawn.sigmoid().transposed(blocks: 1, rows: masks.count, columns: pixels)
      .reshaped(to: [pixels, masks.count])
    let weights = Tensor(
      names.indices.flatMap { name in sharpScores.map { $0[name] } }, shape: [names.count, masks.count])
    return probabilities.product(
      PackedWeights(weights, outputs: names.count, inputs: masks.count), outputs: names.count)
  }
}
