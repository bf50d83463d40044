import SemanticSAMCore

/// Which detections of one image and category match which true regions, for all size ranges and thresholds.
///
/// The rules of pycocotools' `COCOeval.evaluateImg`. It keeps the matched truth's id, 0 standing for none: what is matched to a
/// true region with the id 0 is taken by it and counts as unmatched all the same. See `COCOImage.zeroIsNoMatch`.
struct COCOMatching {
  /// The thresholds of the overlap as `numpy.linspace(0.5, 0.95, 10)` gives them.
  static let thresholds: [Double] = {
    let step = (0.95 - 0.5) / 9
    return (0..<10).map { $0 == 9 ? 0.95 : Double($0) * step + 0.5 }
  }()

  /// Areas in pixels, both ends included: all, small, medium, large.
  static let sizes: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]
  static let maximumDetections = 100

  /// The detections that count, by their places in the image: at most a hundred, by falling score.
  var order: [Int]
  var scores: [Double]
  /// By size range, then detection: bit t is set where the detection matches at threshold t, or is not counted there.
  var matched: [[UInt16]]
  var ignored: [[UInt16]]
  /// The number of true regions that count, by size range.
  var truthCounts: [Int]
  /// By size range and threshold and detection: the place of the matched true region, or -1. Kept on request only.
  var partners: [[[Int32]]] = []

  /// - Parameters:
  ///   - truth, detections: places in `image`.
  ///   - overlap: of a detection with a true region, by their places; those under 0.5 may be 0.
  init(
    _ image: COCOImage, truth: [Int], detections: [Int], areas: [Double], keepsPartners: Bool = false,
    overlap: (_ detection: Int, _ truth: Int) throws(ModelError) -> Double
  ) throws(ModelError) {
    let ranked = detections.enumerated().sorted { a, b in
      let (first, second) = (image.detections[a.element].score, image.detections[b.element].score)
      return first == second ? a.offset < b.offset : first > second
    }
    order = ranked.prefix(Self.maximumDetections).map(\.element)
    scores = order.map { image.detections[$0].score }
    matched = []
    ignored = []
    truthCounts = []

    // Most pairs do not overlap enough for any threshold.
    var candidates: [[(truth: Int, overlap: Double)]] = []
    candidates.reserveCapacity(order.count)
    for detection in order {
      var found: [(truth: Int, overlap: Double)] = []
      for (index, place) in truth.enumerated() {
        let value = try overlap(detection, place)
        if value >= Self.thresholds[0] { found.append((index, value)) }
      }
      candidates.append(found)
    }
    for range in Self.sizes {
      let isIgnored = truth.map { place in
        image.truth[place].isCrowd || !range.contains(image.truth[place].area)
      }
      truthCounts.append(isIgnored.count { !$0 })
      let isOutside = order.map { !range.contains(areas[$0]) }
      var matched = [UInt16](repeating: 0, count: order.count)
      var ignored = matched
      var partners: [[Int32]] = []
      // True regions that count come first.
      let sorted = candidates.map { found in
        found.filter { !isIgnored[$0.truth] } + found.filter { isIgnored[$0.truth] }
      }
      for (bit, threshold) in Self.thresholds.enumerated() {
        var isTaken = [Bool](repeating: false, count: truth.count)
        var chosen = [Int32](repeating: -1, count: keepsPartners ? order.count : 0)
        for (index, found) in sorted.enumerated() {
          var best = min(threshold, 1 - 1e-10)
          var match = -1
          for candidate in found {
            let place = candidate.truth
            if isTaken[place] && !image.truth[truth[place]].isCrowd { continue }
            if match >= 0 && !isIgnored[match] && isIgnored[place] { break }
            if candidate.overlap < best { continue }
            best = candidate.overlap
            match = place
          }
          if match >= 0 {
            isTaken[match] = true
            let counts = !(image.zeroIsNoMatch && image.truth[truth[match]].id == 0)
            if counts { matched[index] |= 1 << bit }
            if isIgnored[match] || !counts && isOutside[index] { ignored[index] |= 1 << bit }
            if keepsPartners { chosen[index] = Int32(truth[match]) }
          } else if isOutside[index] {
            ignored[index] |= 1 << bit
          }
        }
        if keepsPartners { partners.append(chosen) }
      }
      self.matched.append(matched)
      self.ignored.append(ignored)
      if keepsPartners { self.partners.append(partners) }
    }
  }
}
