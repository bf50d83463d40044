/// Automatic masks with names, from which panoptic, semantic and instance results are made where a network only answers
/// prompts. The reference has no such rules; these are this library's.
///
/// A mask counts where its best name is probable enough; its score is the product of that probability and its predicted
/// IoU. A mask that lies inside a larger one of the same name and no lower score is a part of that thing, not another one; a
/// larger one of lower score may be several things. Overlaps go to the mask of the higher score, as in "Panoptic
/// Segmentation" (Kirillov et al., 2019), section 5.
struct NamedMasks: Sendable {
  /// A mask under one name.
  struct Item: Sendable {
    var candidate: Candidate
    var category: Int
    var name: String
    var score: Float
    var area: Int
  }

  let width: Int
  let height: Int
  let table: Vocabulary.Table
  /// Best score first.
  let items: [Item]

  /// The share of a mask that has to lie in another one to be inside of it.
  private static let containedShare = 0.9
  /// Two masks of one name with a larger intersection over union are the same thing.
  private static let duplicateIoU = 0.6
  /// A mask that keeps less than this share of itself beside better ones gives no segment.
  private static let visibleShare = 0.5

  /// - Parameter labels: the names of a candidate that are asked for.
  init(
    _ candidates: [Candidate], width: Int, height: Int, table: Vocabulary.Table, minimumProbability: Float,
    labels: (Candidate) -> [Label]
  ) {
    self.width = width
    self.height = height
    self.table = table
    let places = Dictionary(table.names.enumerated().map { ($1, $0) }) { first, _ in first }
    let named = candidates.flatMap { candidate in
      let area = candidate.area
      return labels(candidate).compactMap { label -> Item? in
        guard label.probability >= minimumProbability, let category = places[label.name] else { return nil }
        return Item(
          candidate: candidate, category: category, name: label.name,
          score: min(max(candidate.predictedIoU, 0), 1) * label.probability, area: area)
      }
    }
    items = named.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
      .map(\.element)
  }

  /// One item for each thing.
  /// - Throws: `invalidArgument` where masks differ in size.
  func things() throws(ModelError) -> [Item] {
    var kept: [Item] = []
    for item in items {
      var isNew = true
      for other in items where isNew && other.category == item.category && other.area > item.area {
        // A whole that is less certain than what it holds is not believed.
        guard other.score >= item.score else { continue }
        let common = try item.candidate.mask.intersectionArea(other.candidate.mask)
        if Double(common) >= Self.containedShare * Double(item.area) { isNew = false }
      }
      for other in kept where isNew && other.category == item.category {
        let common = try item.candidate.mask.intersectionArea(other.candidate.mask)
        if Double(common) > Self.duplicateIoU * Double(item.area + other.area - common) { isNew = false }
      }
      if isNew { kept.append(item) }
    }
    return kept
  }

  /// Things that do not overlap; pixels of none stay 0.
  func panoptic() throws(ModelError) -> PanopticSegmentation {
    var map = [Int32](repeating: 0, count: width * height)
    var segments: [PanopticSegmentation.Segment] = []
    var stuff: [Int: Int] = [:]
    for item in try things() {
      let bitmap = item.candidate.mask.bitmap
      let free = bitmap.indices.filter { bitmap[$0] != 0 && map[$0] == 0 }
      guard !free.isEmpty, Double(free.count) >= Self.visibleShare * Double(item.area) else { continue }
      let isThing = table.isThing[item.category]
      let place: Int
      if let known = stuff[item.category] {
        place = known
        segments[known].area += free.count
      } else {
        place = segments.count
        if !isThing { stuff[item.category] = place }
        segments.append(
          PanopticSegmentation.Segment(
            id: place + 1, category: item.category, name: item.name, isThing: isThing, score: item.score,
            area: free.count))
      }
      for pixel in free { map[pixel] = Int32(place + 1) }
    }
    return PanopticSegmentation(width: width, height: height, map: map, segments: segments)
  }

  /// Each pixel has the name of the best mask that it lies in.
  func semanticMap() -> SemanticMap {
    var categories = [UInt16](repeating: SemanticMap.noName, count: width * height)
    for item in items {
      let bitmap = item.candidate.mask.bitmap
      for pixel in bitmap.indices where bitmap[pixel] != 0 && categories[pixel] == SemanticMap.noName {
        categories[pixel] = UInt16(item.category)
      }
    }
    return SemanticMap(width: width, height: height, categories: categories, names: table.names)
  }

  func instances() throws(ModelError) -> [Detection] {
    try things().filter { table.isThing[$0.category] }.map {
      Detection(
        mask: $0.candidate.mask, box: $0.candidate.box, category: $0.category, name: $0.name, score: $0.score)
    }
  }

  /// Masks of parts that lie well inside a thing of at least twice their size.
  /// - Parameter owners: things, of the same image.
  func parts(of owners: [Item]) throws(ModelError) -> [PartDetection] {
    var parts: [PartDetection] = []
    for item in try things() {
      var owner: Item?
      for candidate in owners where candidate.area >= 2 * item.area && candidate.area < owner?.area ?? .max {
        let common = try item.candidate.mask.intersectionArea(candidate.candidate.mask)
        if Double(common) >= Self.containedShare * Double(item.area) { owner = candidate }
      }
      guard let owner else { continue }
      parts.append(
        PartDetection(
          mask: item.candidate.mask, box: item.candidate.box, category: item.category, name: item.name,
          object: owner.name, score: item.score))
    }
    return parts
  }
}
