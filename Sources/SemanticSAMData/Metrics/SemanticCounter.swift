import SemanticSAMCore
import SemanticSAMImages

/// Counts label maps picture by picture, for a number of classes that is known only at the end.
public struct SemanticCounter: Sendable {
  private var counts: [LabelImage.Pair: Int] = [:]
  private var imageCount = 0
  private let ignoredLabel: UInt32?

  /// - Parameter ignoredLabel: a label that means "no class".
  public init(ignoring ignoredLabel: UInt32? = nil) {
    self.ignoredLabel = ignoredLabel
  }

  /// Counts the pixels of one picture. After an error the counts are as before.
  /// - Parameter names: the files of truth and prediction, for messages.
  /// - Throws: `malformedFile` where the sizes differ; `limitExceeded` where a label that is not ignored exceeds 4095.
  public mutating func add(
    truth: LabelImage, prediction: LabelImage, names: (truth: String, prediction: String) = ("truth", "prediction")
  ) throws(ModelError) {
    let added = try truth.overlaps(with: prediction, names: names)
    for label in added.keys.flatMap({ [$0.prediction, $0.truth] })
    where label != ignoredLabel && label >= ConfusionMatrix.classLimit {
      throw ModelError(
        .limitExceeded,
        "The label \(label) of '\(names.truth)' or '\(names.prediction)' is too large, since at most \(ConfusionMatrix.classLimit) classes are supported; say which "
          + "label means no class, and check that these are label maps.")
    }
    counts.merge(added, uniquingKeysWith: +)
    imageCount += 1
  }

  /// The scores of what has been counted so far.
  /// - Parameter names: of all classes, at most 4096; without them there are as many classes as the largest label says. A
  ///   label without a name means "no class".
  /// - Throws: `invalidArgument` where two names are the same or there are too many.
  public func result(
    names: [String] = [], convention: SemanticIoU.Convention = .plain
  ) throws(ModelError) -> SemanticIoU {
    guard names.count <= ConfusionMatrix.classLimit else {
      throw ModelError(
        .invalidArgument,
        "\(names.count) names of classes are too many; give at most \(ConfusionMatrix.classLimit).")
    }
    let labels: [UInt32] = counts.keys.flatMap { [$0.prediction, $0.truth] }.filter { $0 != ignoredLabel }
    let classCount = names.isEmpty ? (labels.max().map { Int($0) + 1 } ?? 0) : names.count
    func place(of label: UInt32) -> Int {
      label == ignoredLabel || label >= classCount ? classCount : Int(label)
    }
    var confusion = ConfusionMatrix(classCount: classCount)
    for (pair, count) in counts {
      confusion.add(count, prediction: place(of: pair.prediction), truth: place(of: pair.truth))
    }
    return try SemanticIoU(confusion: confusion, names: names, imageCount: imageCount, convention: convention)
  }
}
