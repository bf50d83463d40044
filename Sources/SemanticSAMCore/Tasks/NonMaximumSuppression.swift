/// Of overlapping boxes the best one stays (reference: torchvision's `nms`).
enum NonMaximumSuppression {
  /// The indices of the boxes that stay, best score first.
  ///
  /// Equal scores keep the order of the input; a score that is no number counts as the highest, as in the reference. Areas are
  /// `(x1 - x0) * (y1 - y0)` in single precision; two boxes without area have no overlap that is a number, and none of them
  /// is dropped.
  /// - Parameters:
  ///   - boxes: (x0, y0, x1, y1).
  ///   - threshold: boxes go whose intersection over union with a better one is above this.
  static func kept(boxes: [SIMD4<Float>], scores: [Float], threshold: Double) -> [Int] {
    let keys = scores.map { $0.isNaN ? .infinity : $0 }
    let order = boxes.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
    let areas = boxes.map { ($0.z - $0.x) * ($0.w - $0.y) }
    var isDropped = [Bool](repeating: false, count: boxes.count)
    var kept: [Int] = []
    for (place, index) in order.enumerated() where !isDropped[index] {
      kept.append(index)
      let box = boxes[index]
      for other in order[(place + 1)...] where !isDropped[other] {
        let (low, high) = (pointwiseMax(box, boxes[other]), pointwiseMin(box, boxes[other]))
        let common = max(high.z - low.x, 0) * max(high.w - low.y, 0)
        // 0 / 0 is not above anything.
        if Double(common / (areas[index] + areas[other] - common)) > threshold { isDropped[other] = true }
      }
    }
    return kept
  }
}
