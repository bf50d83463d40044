import SemanticSAMCore
import SemanticSAMImages

/// Counts matched and unmatched segments picture by picture, as `pq_compute_single_core` of panopticapi.
///
/// A predicted and a true segment of the same category match where IoU > 0.5, strictly, with
/// IoU = intersection / (area of prediction + area of truth - intersection - pixels of the prediction in void). The area of
/// the truth is the one in its JSON, that of the prediction is counted. True crowds never match and are never missed.
/// An unmatched prediction is a false positive unless more than half of it lies in void and in the crowd of its category;
/// of several crowds of a category in a picture the last in the JSON counts.
public struct PanopticCounter: Sendable {
  struct Count: Sendable {
    var truePositives = 0
    var falsePositives = 0
    var falseNegatives = 0
    var iouSum = 0.0

    mutating func add(_ other: Count) {
      truePositives += other.truePositives
      falsePositives += other.falsePositives
      falseNegatives += other.falseNegatives
      iouSum += other.iouSum
    }
  }

  let categories: [Category]
  private let categoryIDs: Set<Int>
  private(set) var counts: [Int: Count] = [:]
  private(set) var imageCount = 0
  private(set) var truthSegmentCount = 0
  private(set) var crowdSegmentCount = 0
  private(set) var predictedSegmentCount = 0

  /// - Parameter path: the file of the categories, for messages.
  /// - Throws: `malformedFile` where there are no categories or two have the same id.
  public init(categories: [Category], path: String) throws(ModelError) {
    guard !categories.isEmpty else {
      throw ModelError(.malformedFile, "'\(path)' has no categories; give the annotations with their 'categories'.")
    }
    var ids: Set<Int> = []
    for category in categories {
      guard ids.insert(category.id).inserted else {
        throw ModelError(
          .malformedFile, "Category \(category.id) stands twice in '\(path)'; give every category an id of its own.")
      }
    }
    self.categories = categories
    categoryIDs = ids
  }

  /// What has been counted so far.
  public var result: PanopticQuality { PanopticQuality(self) }

  /// What one picture adds.
  struct Tally: Sendable {
    var counts: [Int: Count] = [:]
    var truthSegmentCount = 0
    var crowdSegmentCount = 0
    var predictedSegmentCount = 0
  }

  /// Counts the segments of one picture. After an error the counts are as before.
  /// - Throws: `malformedFile` naming file and id where a predicted id is in the PNG or in the JSON only, a category is
  ///   unknown, the sizes differ, or the area in the truth's JSON is missing or smaller than an intersection.
  public mutating func add(
    truth: PanopticDocument.Annotation, truthMap: LabelImage, prediction: PanopticDocument.Annotation,
    predictionMap: LabelImage
  ) throws(ModelError) {
    add(try tally(truth: truth, truthMap: truthMap, prediction: prediction, predictionMap: predictionMap))
  }

  mutating func add(_ tally: Tally) {
    for (category, count) in tally.counts {
      counts[category, default: Count()].add(count)
    }
    imageCount += 1
    truthSegmentCount += tally.truthSegmentCount
    crowdSegmentCount += tally.crowdSegmentCount
    predictedSegmentCount += tally.predictedSegmentCount
  }

  /// - Throws: as ``add(truth:truthMap:prediction:predictionMap:)``.
  func tally(
    truth: PanopticDocument.Annotation, truthMap: LabelImage, prediction: PanopticDocument.Annotation,
    predictionMap: LabelImage
  ) throws(ModelError) -> Tally {
    try checkCategories(of: truth)
    try checkCategories(of: prediction)
    let overlaps = try truthMap.overlaps(with: predictionMap, names: (truth.fileName, prediction.fileName))
    let areas = try Self.areas(of: prediction, overlaps)
    let matches = try Self.matches(truth: truth, prediction: prediction, overlaps, areas)

    var tally = Tally()
    for match in matches {
      tally.counts[match.categoryID, default: Count()].truePositives += 1
      tally.counts[match.categoryID, default: Count()].iouSum += match.iou
    }
    let matchedTruth = Set(matches.map(\.pair.truth))
    var crowds: [Int: UInt32] = [:]
    for segment in truth.segments where !matchedTruth.contains(segment.id) {
      if segment.isCrowd {
        crowds[segment.categoryID] = segment.id
      } else {
        tally.counts[segment.categoryID, default: Count()].falseNegatives += 1
      }
    }
    let matchedPredictions = Set(matches.map(\.pair.prediction))
    for segment in prediction.segments where !matchedPredictions.contains(segment.id) {
      var excused = overlaps[.init(truth: 0, prediction: segment.id)] ?? 0
      if let crowd = crowds[segment.categoryID] {
        excused += overlaps[.init(truth: crowd, prediction: segment.id)] ?? 0
      }
      if Double(excused) / Double(areas[segment.id] ?? 0) > 0.5 { continue }
      tally.counts[segment.categoryID, default: Count()].falsePositives += 1
    }
    tally.truthSegmentCount = truth.segments.count
    tally.crowdSegmentCount = truth.segments.count { $0.isCrowd }
    tally.predictedSegmentCount = prediction.segments.count
    return tally
  }

  private struct Match {
    var pair: LabelImage.Pair
    var categoryID: Int
    var iou: Double
  }

  private static func matches(
    truth: PanopticDocument.Annotation, prediction: PanopticDocument.Annotation, _ overlaps: [LabelImage.Pair: Int],
    _ areas: [UInt32: Int]
  ) throws(ModelError) -> [Match] {
    let truthByID = Dictionary(truth.segments.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    let predictionByID = Dictionary(prediction.segments.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    var matches: [Match] = []
    // Pixels of the truth that are in no listed segment are in no pair, and they are not void either.
    for (pair, intersection) in overlaps {
      guard let segment = truthByID[pair.truth], let predicted = predictionByID[pair.prediction], !segment.isCrowd,
        segment.categoryID == predicted.categoryID
      else { continue }
      guard let area = segment.area else {
        throw ModelError(
          .malformedFile,
          "Segment \(segment.id) of '\(truth.fileName)' has no 'area' in the annotations; add its number of pixels.")
      }
      let void = overlaps[.init(truth: 0, prediction: pair.prediction)] ?? 0
      let union = Double(areas[pair.prediction] ?? 0) + area - Double(intersection) - Double(void)
      guard union > 0 else {
        throw ModelError(
          .malformedFile,
          "The area \(area) of segment \(segment.id) of '\(truth.fileName)' is smaller than its pixels; correct the "
            + "annotations.")
      }
      let iou = Double(intersection) / union
      if iou > 0.5 { matches.append(Match(pair: pair, categoryID: segment.categoryID, iou: iou)) }
    }
    // The order of a dictionary differs from run to run, and sums of IoU depend on theirs.
    return matches.sorted { ($0.pair.truth, $0.pair.prediction) < ($1.pair.truth, $1.pair.prediction) }
  }

  /// The number of pixels of every predicted segment.
  private static func areas(
    of prediction: PanopticDocument.Annotation, _ overlaps: [LabelImage.Pair: Int]
  ) throws(ModelError) -> [UInt32: Int] {
    var areas: [UInt32: Int] = [:]
    for (pair, count) in overlaps { areas[pair.prediction, default: 0] += count }
    let listed = Set(prediction.segments.map(\.id))
    if let surplus = areas.keys.filter({ $0 != 0 && !listed.contains($0) }).min() {
      throw ModelError(
        .malformedFile,
        "The prediction '\(prediction.fileName)' has pixels of segment \(surplus), which is not in its 'segments_info'; "
          + "list every segment, and give pixels without one the value 0.")
    }
    if let missing = prediction.segments.first(where: { areas[$0.id] == nil }) {
      throw ModelError(
        .malformedFile,
        "Segment \(missing.id) of the prediction '\(prediction.fileName)' is in 'segments_info' and has no pixel; "
          + "remove it from the list.")
    }
    return areas
  }

  private func checkCategories(of annotation: PanopticDocument.Annotation) throws(ModelError) {
    guard let segment = annotation.segments.first(where: { !categoryIDs.contains($0.categoryID) }) else { return }
    throw ModelError(
      .malformedFile,
      "Segment \(segment.id) of '\(annotation.fileName)' has the category \(segment.categoryID), which the annotations do "
        + "not list; use the ids of their 'categories'.")
  }
}
