import SemanticSAMCore

/// The matchings of one image, by category.
struct COCOImageMatching: Sendable {
  /// By the category's place, in rising order; only categories that the image has.
  var results: [(group: Int, matching: COCOMatching)] = []

  /// - Parameters:
  ///   - categories: ids in rising order; detections of others are left out.
  ///   - isClassAgnostic: all regions are of group 0.
  init(
    _ image: COCOImage, task: COCOTask, categories: [Int], isClassAgnostic: Bool, keepsPartners: Bool = false
  ) throws(ModelError) {
    let overlap = try COCOOverlap(image, task: task)
    let places = Dictionary(categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var truth: [Int: [Int]] = [:]
    for (index, region) in image.truth.enumerated() {
      if let place = places[region.categoryID] { truth[place, default: []].append(index) }
    }
    var detections: [Int: [Int]] = [:]
    for (index, detection) in image.detections.enumerated() {
      if let place = places[detection.categoryID] { detections[place, default: []].append(index) }
    }
    let present = Set(truth.keys).union(detections.keys).sorted()
    if isClassAgnostic {
      // By category and then as given: this decides between equal scores.
      truth = [0: present.flatMap { truth[$0] ?? [] }]
      detections = [0: present.flatMap { detections[$0] ?? [] }]
    }
    for group in isClassAgnostic ? (present.isEmpty ? [] : [0]) : present {
      let matching = try COCOMatching(
        image, truth: truth[group] ?? [], detections: detections[group] ?? [], areas: overlap.areas,
        keepsPartners: keepsPartners
      ) { detection, place throws(ModelError) in try overlap(detection, place) }
      results.append((group, matching))
    }
  }
}
