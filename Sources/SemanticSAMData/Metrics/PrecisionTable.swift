/// Precision over recall of one category, for all sizes, thresholds and limits on the number of detections: pycocotools'
/// `COCOeval.accumulate`.
struct PrecisionTable: Sendable {
  /// The limits on the number of detections an image.
  static let limits = [1, 10, 100]
  /// As `numpy.linspace(0, 1, 101)` gives them.
  private static let recalls: [Double] = (0...100).map { $0 == 100 ? 1 : Double($0) * 0.01 }
  private static let thresholdCount = 10

  /// By size: the number of true regions that count.
  private var truthCounts: [Int]
  /// `[size, threshold, recall]` with a hundred detections an image.
  private var precisions: [Double] = []
  /// `[size, limit, threshold]`: the recall of all detections.
  private var finalRecalls: [Double] = []

  /// - Parameter matchings: of the category in all images, in the order of the images' ids.
  init(_ matchings: [COCOMatching]) {
    truthCounts = COCOMatching.sizes.indices.map { size in matchings.reduce(0) { $0 + $1.truthCounts[size] } }
    let detectionCount = matchings.reduce(0) { $0 + $1.scores.count }
    var scores: [Double] = []
    var ranks: [Int] = []
    scores.reserveCapacity(detectionCount)
    ranks.reserveCapacity(detectionCount)
    for matching in matchings {
      scores.append(contentsOf: matching.scores)
      ranks.append(contentsOf: matching.scores.indices)
    }
    // Stable: of equal scores, the first image's comes first.
    let order = scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
    for size in COCOMatching.sizes.indices {
      let matched = matchings.flatMap { $0.matched[size] }
      let ignored = matchings.flatMap { $0.ignored[size] }
      for limit in Self.limits.indices {
        let kept = order.filter { ranks[$0] < Self.limits[limit] }
        for threshold in 0..<Self.thresholdCount {
          let recall = accumulate(
            kept, matched: matched, ignored: ignored, bit: 1 << UInt16(threshold), truthCount: truthCounts[size],
            keepsPrecisions: limit == Self.limits.count - 1)
          finalRecalls.append(recall)
        }
      }
    }
  }

  /// Walks down the detections of a category.
  /// - Returns: the recall of all of them.
  private mutating func accumulate(
    _ order: [Int], matched: [UInt16], ignored: [UInt16], bit: UInt16, truthCount: Int, keepsPrecisions: Bool
  ) -> Double {
    guard truthCount > 0 else {
      if keepsPrecisions { precisions.append(contentsOf: repeatElement(-1, count: Self.recalls.count)) }
      return -1
    }
    var (right, wrong) = (0, 0)
    var recalls: [Double] = []
    var curve: [Double] = []
    if keepsPrecisions {
      recalls.reserveCapacity(order.count)
      curve.reserveCapacity(order.count)
    }
    for place in order {
      if ignored[place] & bit == 0 {
        if matched[place] & bit != 0 { right += 1 } else { wrong += 1 }
      }
      if keepsPrecisions {
        recalls.append(Double(right) / Double(truthCount))
        curve.append(Double(right) / (Double(wrong + right) + Double.ulpOfOne))
      }
    }
    if keepsPrecisions {
      // Seen from the right, precision never falls.
      for index in curve.indices.dropFirst().reversed() where curve[index] > curve[index - 1] {
        curve[index - 1] = curve[index]
      }
      var place = 0
      for recall in Self.recalls {
        while place < recalls.count && recalls[place] < recall { place += 1 }
        precisions.append(place < curve.count ? curve[place] : 0)
      }
    }
    return Double(right) / Double(truthCount)
  }

  var truthCount: Int { truthCounts[0] }

  /// At the recalls 0, 0.01, ... 1, over all sizes.
  func precision(threshold: Int) -> [Double]? {
    guard truthCount > 0 else { return nil }
    let start = threshold * Self.recalls.count
    return Array(precisions[start..<start + Self.recalls.count])
  }

  /// The sum over recalls and one or all thresholds, and how many they are; nil where no true region counts.
  func precisionSum(size: Int, threshold: Int?) -> (sum: Double, count: Int)? {
    guard truthCounts[size] > 0 else { return nil }
    let length = Self.recalls.count
    let start = size * Self.thresholdCount * length + (threshold ?? 0) * length
    let count = threshold == nil ? Self.thresholdCount * length : length
    return (precisions[start..<start + count].reduce(0, +), count)
  }

  func recallSum(size: Int, limit: Int) -> (sum: Double, count: Int)? {
    guard truthCounts[size] > 0 else { return nil }
    let start = (size * Self.limits.count + limit) * Self.thresholdCount
    return (finalRecalls[start..<start + Self.thresholdCount].reduce(0, +), Self.thresholdCount)
  }

  var averagePrecision: Double? { precisionSum(size: 0, threshold: nil).map { $0.sum / Double($0.count) } }
  var averagePrecision50: Double? { precisionSum(size: 0, threshold: 0).map { $0.sum / Double($0.count) } }
  var averageRecall: Double? { recallSum(size: 0, limit: 2).map { $0.sum / Double($0.count) } }
}
