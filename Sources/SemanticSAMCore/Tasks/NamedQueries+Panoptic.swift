import TensorKernels

extension NamedQueries {
  /// Each pixel goes to the query with the largest score times mask; stuff of a name is one segment (reference:
  /// `panoptic_inference` of OpenSeeD).
  /// - Parameter onQuery: called after each query; what it throws ends the work.
  func panoptic(onQuery: () throws(ModelError) -> Void = {}) throws(ModelError) -> PanopticSegmentation {
    struct Kept {
      var query: Int
      var category: Int
      var score: Float
      var ownArea = 0
      var wonArea = 0
      var commonArea = 0
    }
    var kept: [Kept] = []
    for query in 0..<masks.count {
      guard let best = plainScores[query].largest, best.value > rules.objectThreshold,
        let sharp = sharpScores[query].largest
      else { continue }
      kept.append(Kept(query: query, category: sharp.index, score: sharp.value))
    }
    let (width, height) = (masks.width, masks.height)
    // The best query of each pixel so far: its place among the kept ones plus 1, negative where its own mask is not there.
    var winners = [Int32](repeating: 0, count: width * height)
    var best = [Float](repeating: -1, count: width * height)
    for place in kept.indices {
      let score = kept[place].score
      var own = 0
      masks.logits(of: kept[place].query).sigmoid().withUnsafeBufferPointer { probabilities in
        winners.withUnsafeMutableBufferPointer { winners in
          best.withUnsafeMutableBufferPointer { best in
            for pixel in probabilities.indices {
              let probability = probabilities[pixel]
              let isInside = probability >= 0.5
              if isInside { own += 1 }
              guard score * probability > best[pixel] else { continue }
              best[pixel] = score * probability
              winners[pixel] = isInside ? Int32(place + 1) : -Int32(place + 1)
            }
          }
        }
      }
      kept[place].ownArea = own
      try onQuery()
    }
    for winner in winners where winner != 0 {
      kept[Int(winner.magnitude) - 1].wonArea += 1
      if winner > 0 { kept[Int(winner) - 1].commonArea += 1 }
    }

    var segments: [PanopticSegmentation.Segment] = []
    var stuff: [Int: Int] = [:]
    var idOfPlace = [Int32](repeating: 0, count: kept.count + 1)
    for (place, query) in kept.enumerated() {
      guard query.commonArea > 0, Float(query.wonArea) / Float(query.ownArea) >= rules.overlapThreshold else {
        continue
      }
      if let index = stuff[query.category] {
        segments[index].area += query.commonArea
        idOfPlace[place + 1] = Int32(segments[index].id)
        continue
      }
      let isThing = isThing[query.category]
      if !isThing { stuff[query.category] = segments.count }
      segments.append(
        PanopticSegmentation.Segment(
          id: segments.count + 1, category: query.category, name: names[query.category], isThing: isThing,
          score: query.score, area: query.commonArea))
      idOfPlace[place + 1] = Int32(segments.count)
    }
    let map = winners.map { $0 > 0 ? idOfPlace[Int($0)] : 0 }
    return PanopticSegmentation(width: width, height: height, map: map, segments: segments)
  }
}
