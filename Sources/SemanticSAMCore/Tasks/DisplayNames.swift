/// What each of a prompt's masks is, and which name a picture shows of it.
///
/// A mask that lies well inside a larger one of the same prompt (nine tenths of it, and it is at most half as large) may be
/// a part: it has the best part name where that is more probable than the best object name, and belongs to the most
/// probable object among the masks it lies in. Every other mask has its best object name. A name below the confidence
/// threshold is not given: it is the nearest of the vocabulary rather than a name of the thing.
enum DisplayNames {
  private static let containedShare = 0.9
  private static let largestShare = 0.5

  /// - Parameter threshold: the least probability of a name.
  static func chosen(for candidates: [Candidate], threshold: Float = 0.3) throws(ModelError) -> [Candidate] {
    var named = candidates
    let nesting = try nesting(of: candidates.map(\.mask))
    for index in candidates.indices {
      guard let labels = candidates[index].labels else { continue }
      let part = labels.parts.first
      let object = labels.objects.first
      let isPart = object == nil || !nesting[index].isEmpty && (part?.probability ?? 0) > (object?.probability ?? 0)
      let name = (isPart ? part : object).flatMap { $0.probability < threshold ? nil : $0 }
      named[index].displayName = name
      guard let name else {
        named[index].recognition = .unknown
        continue
      }
      let owners = nesting[index].compactMap { candidates[$0].labels?.objects.first }
        .filter { $0.probability >= threshold }
      // The first of the most probable.
      let owner = owners.reduce(nil as Label?) { best, label in
        best.map { $0.probability >= label.probability } ?? false ? best : label
      }
      named[index].recognition =
        isPart ? owner.map { .partOfObject(part: name, object: $0) } ?? .part(name) : .object(name)
    }
    return named
  }

  /// For each mask the places of the masks that it lies well inside of.
  static func nesting(of masks: [Mask]) throws(ModelError) -> [[Int]] {
    let areas = masks.map(\.area)
    let boxes = masks.map(\.box)
    var nesting = [[Int]](repeating: [], count: masks.count)
    for index in masks.indices where areas[index] > 0 {
      for other in masks.indices where Double(areas[index]) <= largestShare * Double(areas[other]) {
        // Masks with boxes apart have nothing in common.
        guard boxes[index].x0 < boxes[other].x1, boxes[other].x0 < boxes[index].x1, boxes[index].y0 < boxes[other].y1,
          boxes[other].y0 < boxes[index].y1
        else { continue }
        let common = try masks[index].intersectionArea(masks[other])
        if Double(common) >= containedShare * Double(areas[index]) { nesting[index].append(other) }
      }
    }
    return nesting
  }
}
