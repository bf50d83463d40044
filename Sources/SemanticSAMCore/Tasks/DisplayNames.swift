/// Which name a picture shows of a mask that has object and part names.
///
/// A mask that lies well inside a larger one of the same prompt (nine tenths of it, and it is at most half as large) may be
/// a part: it shows the best part name where that is more probable than the best object name. Every other mask shows its
/// best object name. A name of a probability under 0.3 is shown by neither: it is the nearest of the vocabulary rather than
/// a name of the thing.
enum DisplayNames {
  private static let containedShare = 0.9
  private static let largestShare = 0.5
  private static let leastProbability: Float = 0.3

  static func chosen(for candidates: [Candidate]) throws(ModelError) -> [Candidate] {
    var named = candidates
    let areas = candidates.map(\.area)
    for index in candidates.indices {
      guard let labels = candidates[index].labels else { continue }
      var isInside = false
      for other in candidates.indices where Double(areas[index]) <= largestShare * Double(areas[other]) {
        let common = try candidates[index].mask.intersectionArea(candidates[other].mask)
        if areas[index] > 0, Double(common) >= containedShare * Double(areas[index]) { isInside = true }
      }
      let part = labels.parts.first
      let object = labels.objects.first
      let showsPart = object == nil || isInside && (part?.probability ?? 0) > (object?.probability ?? 0)
      let name = showsPart ? part : object
      named[index].displayName = name.flatMap { $0.probability < leastProbability ? nil : $0 }
    }
    return named
  }
}
