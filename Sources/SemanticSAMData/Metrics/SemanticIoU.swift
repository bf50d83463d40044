import SemanticSAMCore

/// The scores of a semantic segmentation, from its confusion matrix; all 0...1.
///
/// With tp(c) = pixels of class c predicted as c, truth(c) and pred(c) = pixels of the class in truth and in the prediction:
/// IoU(c) = tp / (truth + pred - tp), accuracy(c) = tp / truth. Pixels without a class in truth count nowhere.
public struct SemanticIoU: Hashable, Sendable {
  /// Where evaluators differ.
  public enum Convention: String, Hashable, Sendable, CaseIterable {
    /// A pixel predicted as "no class" counts as missed: truth(c) holds it. The mean IoU runs over the classes of the truth.
    case plain
    /// Detectron2's `SemSegEvaluator` of the time of the reference: a pixel predicted as "no class" is left out of
    /// truth(c), so that it costs nothing, and the sum of IoU is divided by the number of classes that are in truth *or*
    /// prediction. (It prints percent; the numbers here are shares in both conventions.)
    case reference
  }

  public var meanIoU: Double
  /// IoU weighted with the class's share of the truth.
  public var frequencyWeightedIoU: Double
  /// Over the classes of the truth.
  public var meanAccuracy: Double
  /// The share of labelled pixels that are right.
  public var pixelAccuracy: Double
  /// A class by the order of its label.
  public var classes: [ClassResult]
  public var confusion: ConfusionMatrix
  public var imageCount: Int

  public struct ClassResult: Hashable, Sendable {
    public var name: String
    /// `nil` where the class is neither in truth nor in the prediction.
    public var iou: Double?
    /// `nil` where the class is not in truth.
    public var accuracy: Double?
  }

  /// - Parameters:
  ///   - confusion: `[K + 1, K + 1]`.
  ///   - names: of the K classes; their numbers where it is empty.
  /// - Throws: `invalidArgument` where the number of names is another or two are the same.
  public init(
    confusion: ConfusionMatrix, names: [String] = [], imageCount: Int, convention: Convention = .plain
  ) throws(ModelError) {
    let classCount = confusion.classCount
    let names = names.isEmpty ? (0..<classCount).map { "\($0)" } : names
    guard names.count == classCount, Set(names).count == names.count else {
      throw ModelError(
        .invalidArgument, "\(names.count) names were given for \(classCount) classes; give every class one of its own.")
    }
    let hits = (0..<classCount).map { confusion[prediction: $0, truth: $0] }
    let rowsOfTruth = convention == .plain ? classCount + 1 : classCount
    let truth = (0..<classCount).map { column in
      (0..<rowsOfTruth).reduce(0) { $0 + confusion[prediction: $1, truth: column] }
    }
    let predicted = (0..<classCount).map { row in
      (0..<classCount).reduce(0) { $0 + confusion[prediction: row, truth: $1] }
    }
    let labelled = truth.reduce(0, +)
    let classes = (0..<classCount).map { index in
      let union = truth[index] + predicted[index] - hits[index]
      return ClassResult(
        name: names[index], iou: union > 0 ? Double(hits[index]) / Double(union) : nil,
        accuracy: truth[index] > 0 ? Double(hits[index]) / Double(truth[index]) : nil)
    }
    let present = (0..<classCount).filter { truth[$0] > 0 }
    let seen = convention == .plain ? present.count : (0..<classCount).count { truth[$0] + predicted[$0] > 0 }
    let ious = present.map { classes[$0].iou ?? 0 }
    let accuracies = present.map { classes[$0].accuracy ?? 0 }
    meanIoU = seen > 0 ? ious.reduce(0, +) / Double(seen) : 0
    meanAccuracy = present.isEmpty ? 0 : accuracies.reduce(0, +) / Double(present.count)
    frequencyWeightedIoU = zip(present, ious).reduce(0) { $0 + Double(truth[$1.0]) / Double(labelled) * $1.1 }
    pixelAccuracy = labelled > 0 ? Double(hits.reduce(0, +)) / Double(labelled) : 0
    self.classes = classes
    self.confusion = confusion
    self.imageCount = imageCount
  }
}

// MARK: - JSON and table

extension SemanticIoU: Encodable {
  enum CodingKeys: String, CodingKey {
    case images, accuracy
    case labelledPixels = "labelled_pixels"
    case meanIoU = "mIoU"
    case frequencyWeightedIoU = "fwIoU"
    case meanAccuracy = "mean_accuracy"
    case pixelAccuracy = "pixel_accuracy"
    case iou = "IoU"
    case confusion = "confusion_prediction_by_truth"
  }

  /// `IoU` and `accuracy` are objects by class name, `null` where undefined.
  public func encode(to encoder: any Encoder) throws {
    func byName(_ value: KeyPath<ClassResult, Double?>) -> [String: Double?] {
      Dictionary(classes.map { ($0.name, $0[keyPath: value]) }, uniquingKeysWith: { first, _ in first })
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(imageCount, forKey: .images)
    try container.encode(confusion.labelledPixelCount, forKey: .labelledPixels)
    try container.encode(meanIoU, forKey: .meanIoU)
    try container.encode(frequencyWeightedIoU, forKey: .frequencyWeightedIoU)
    try container.encode(meanAccuracy, forKey: .meanAccuracy)
    try container.encode(pixelAccuracy, forKey: .pixelAccuracy)
    try container.encode(byName(\.iou), forKey: .iou)
    try container.encode(byName(\.accuracy), forKey: .accuracy)
    try container.encode(confusion.rows, forKey: .confusion)
  }
}

extension SemanticIoU {
  /// One line of JSON with sorted keys and a newline at its end: see Docs/Evaluation.md.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }

  /// The numbers for people: the four scores, then the classes that are in truth or prediction.
  public var table: String {
    let scores = [meanIoU, frequencyWeightedIoU, meanAccuracy, pixelAccuracy].map { MetricTable.decimals($0) }
    let means = MetricTable(rows: [["images", "mIoU", "fwIoU", "mean acc.", "pixel acc."], ["\(imageCount)"] + scores])
    let rows = classes.filter { $0.iou != nil }.map {
      [$0.name, MetricTable.decimals($0.iou), MetricTable.decimals($0.accuracy)]
    }
    return means.text + "\n" + MetricTable(rows: [["class", "IoU", "accuracy"]] + rows).text
  }
}
