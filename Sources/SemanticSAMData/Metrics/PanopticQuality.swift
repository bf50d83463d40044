import SemanticSAMCore
import SemanticSAMImages

/// Panoptic quality (Kirillov et al., "Panoptic Segmentation", CVPR 2019), with the numbers of panopticapi.
///
/// PQ = sum of IoU over matched pairs / (TP + FP/2 + FN/2), SQ = that sum / TP, RQ = TP / (TP + FP/2 + FN/2); all 0...1.
/// The matching is described at `PanopticCounter`.
public struct PanopticQuality: Hashable, Sendable {
  /// Means over categories.
  public struct Summary: Hashable, Sendable {
    public var pq: Double
    public var sq: Double
    public var rq: Double
    /// The number of categories with a true positive, false positive or false negative; the mean runs over them. Where
    /// there are none the means are 0.
    public var categoryCount: Int
  }

  public struct CategoryResult: Hashable, Sendable {
    public var name: String
    public var isThing: Bool
    public var truePositives: Int
    public var falsePositives: Int
    public var falseNegatives: Int
    /// Over the matched pairs.
    public var iouSum: Double
    public var pq: Double
    public var sq: Double
    public var rq: Double
  }

  public var all: Summary
  public var things: Summary
  public var stuff: Summary
  /// By category id; a category without truth and predictions is left out.
  public var perCategory: [String: CategoryResult]
  public var imageCount: Int
  /// Crowds included.
  public var truthSegmentCount: Int
  public var crowdSegmentCount: Int
  public var predictedSegmentCount: Int

  /// Compares predicted segments with annotated ones, on the library's threads.
  ///
  /// Every annotated picture needs a prediction; predictions of other pictures are not looked at.
  /// - Parameters:
  ///   - truthMap: gives the map of an annotation, and `predictionMap` that of a prediction: they read the PNG files.
  ///   - progress: receives the share of pictures that are done.
  /// - Throws: `malformedFile` naming file and record where a picture has no prediction, ids or categories do not agree or
  ///   sizes differ; what `truthMap` and `predictionMap` throw.
  public init(
    truth: PanopticDocument, prediction: PanopticDocument,
    truthMap: @escaping @Sendable (PanopticDocument.Annotation) throws(ModelError) -> LabelImage,
    predictionMap: @escaping @Sendable (PanopticDocument.Annotation) throws(ModelError) -> LabelImage,
    progress: ProgressHandler? = nil
  ) throws(ModelError) {
    let predictions = Dictionary(
      prediction.annotations.map { ($0.imageID, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = truth.annotations.filter { predictions[$0.imageID] == nil }
    if let first = missing.first {
      throw ModelError(
        .malformedFile,
        "'\(prediction.path)' has no prediction for \(missing.count) of the \(truth.annotations.count) pictures of "
          + "'\(truth.path)', image \(first.imageID) being the first; add them, with an empty list where nothing is found."
      )
    }
    var counter = try PanopticCounter(categories: truth.categories, path: truth.path)
    let pairs = truth.annotations.compactMap { annotation in
      predictions[annotation.imageID].map { (truth: annotation, prediction: $0) }
    }
    let tallies = try parallelMap(count: pairs.count, progress: progress) { [counter] index throws(ModelError) in
      let (annotation, predicted) = pairs[index]
      return try counter.tally(
        truth: annotation, truthMap: truthMap(annotation), prediction: predicted,
        predictionMap: predictionMap(predicted))
    }
    for tally in tallies { counter.add(tally) }
    self = counter.result
  }

  init(_ counter: PanopticCounter) {
    var results: [String: CategoryResult] = [:]
    for category in counter.categories {
      guard let count = counter.counts[category.id] else { continue }
      let errors = Double(count.falsePositives) / 2 + Double(count.falseNegatives) / 2
      let (matched, iouSum) = (Double(count.truePositives), count.iouSum)
      results["\(category.id)"] = CategoryResult(
        name: category.name, isThing: category.isThing, truePositives: count.truePositives,
        falsePositives: count.falsePositives, falseNegatives: count.falseNegatives, iouSum: iouSum,
        pq: iouSum / (matched + errors), sq: matched > 0 ? iouSum / matched : 0, rq: matched / (matched + errors))
    }
    perCategory = results
    all = Summary(results.values)
    things = Summary(results.values.filter(\.isThing))
    stuff = Summary(results.values.filter { !$0.isThing })
    imageCount = counter.imageCount
    truthSegmentCount = counter.truthSegmentCount
    crowdSegmentCount = counter.crowdSegmentCount
    predictedSegmentCount = counter.predictedSegmentCount
  }
}

extension PanopticQuality.Summary {
  init(_ results: some Collection<PanopticQuality.CategoryResult>) {
    func mean(_ value: (PanopticQuality.CategoryResult) -> Double) -> Double {
      // Sorted, because a dictionary has another order in every run and sums depend on theirs.
      results.isEmpty ? 0 : results.map(value).sorted().reduce(0, +) / Double(results.count)
    }
    self.init(pq: mean(\.pq), sq: mean(\.sq), rq: mean(\.rq), categoryCount: results.count)
  }
}

// MARK: - JSON and table

extension PanopticQuality: Codable {
  enum CodingKeys: String, CodingKey {
    case all, things, stuff
    case perCategory = "per_category"
    case imageCount = "images"
    case truthSegmentCount = "truth_segments"
    case crowdSegmentCount = "crowd_segments"
    case predictedSegmentCount = "predicted_segments"
  }
}

extension PanopticQuality.Summary: Codable {
  enum CodingKeys: String, CodingKey {
    case pq, sq, rq
    case categoryCount = "n"
  }
}

extension PanopticQuality.CategoryResult: Codable {
  enum CodingKeys: String, CodingKey {
    case name, pq, sq, rq
    case isThing = "isthing"
    case truePositives = "tp"
    case falsePositives = "fp"
    case falseNegatives = "fn"
    case iouSum = "iou_sum"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    isThing = try container.decode(Int.self, forKey: .isThing) == 1
    truePositives = try container.decode(Int.self, forKey: .truePositives)
    falsePositives = try container.decode(Int.self, forKey: .falsePositives)
    falseNegatives = try container.decode(Int.self, forKey: .falseNegatives)
    iouSum = try container.decode(Double.self, forKey: .iouSum)
    pq = try container.decode(Double.self, forKey: .pq)
    sq = try container.decode(Double.self, forKey: .sq)
    rq = try container.decode(Double.self, forKey: .rq)
  }

  /// `isthing` is a number, as in COCO's files.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(isThing ? 1 : 0, forKey: .isThing)
    try container.encode(truePositives, forKey: .truePositives)
    try container.encode(falsePositives, forKey: .falsePositives)
    try container.encode(falseNegatives, forKey: .falseNegatives)
    try container.encode(iouSum, forKey: .iouSum)
    try container.encode(pq, forKey: .pq)
    try container.encode(sq, forKey: .sq)
    try container.encode(rq, forKey: .rq)
  }
}

extension PanopticQuality {
  /// One line of JSON with sorted keys and a newline at its end: see Docs/Evaluation.md.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }

  /// The numbers for people: means, then the categories in the order of their ids.
  public var table: String {
    func row(_ name: String, _ summary: Summary) -> [String] {
      [name] + [summary.pq, summary.sq, summary.rq].map { MetricTable.decimals($0) } + ["\(summary.categoryCount)"]
    }
    let means = MetricTable(
      rows: [["", "PQ", "SQ", "RQ", "categories"], row("all", all), row("things", things), row("stuff", stuff)])
    let ids = perCategory.keys.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    let categories = ids.compactMap { id in perCategory[id].map { (id, $0) } }.map { id, result in
      [result.name, id] + [result.pq, result.sq, result.rq].map { MetricTable.decimals($0) }
        + [result.truePositives, result.falsePositives, result.falseNegatives].map { "\($0)" }
    }
    let details = MetricTable(rows: [["category", "id", "PQ", "SQ", "RQ", "TP", "FP", "FN"]] + categories)
    return means.text + "\n" + details.text
  }
}
