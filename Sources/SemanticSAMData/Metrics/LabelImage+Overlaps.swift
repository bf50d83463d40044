import SemanticSAMCore
import SemanticSAMImages

extension LabelImage {
  /// A label of a pixel in truth and in a prediction.
  struct Pair: Hashable {
    var truth: UInt32
    var prediction: UInt32
  }

  /// How many pixels have a label here, the truth, and another in a prediction of the same picture.
  /// - Throws: `malformedFile` with both files where the sizes differ.
  func overlaps(
    with prediction: LabelImage, names: (truth: String, prediction: String)
  ) throws(ModelError) -> [Pair: Int] {
    guard width == prediction.width, height == prediction.height else {
      throw ModelError(
        .malformedFile,
        "The prediction '\(names.prediction)' has \(prediction.width) x \(prediction.height) pixels and its truth "
          + "'\(names.truth)' \(width) x \(height); predict at the size of the picture.")
    }
    var counts: [Pair: Int] = [:]
    var last = Pair(truth: values[0], prediction: prediction.values[0])
    // Labels lie in stretches along the rows, so the table is asked once a stretch.
    var length = 0
    for index in values.indices {
      if values[index] == last.truth && prediction.values[index] == last.prediction {
        length += 1
      } else {
        counts[last, default: 0] += length
        last = Pair(truth: values[index], prediction: prediction.values[index])
        length = 1
      }
    }
    counts[last, default: 0] += length
    return counts
  }
}
