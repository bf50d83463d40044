/// Puts the answers to the clicks and the box of one prompt together. The network answers each click and each box by
/// itself and knows no negative clicks, so this is a rule and not a prediction:
///
/// 1. A single positive click, or a box alone: its answers, best predicted IoU first.
/// 2. Otherwise one mask a level is chosen among the answers of that level to all positive clicks and to the box: the one
///    that agrees with most of the prompt, then the one of the highest score. A mask agrees with each positive click that
///    it contains and each negative one that it does not. The score is the predicted IoU, with a box times the
///    intersection over union of the mask's own box with the prompt's.
/// 3. What contains a negative click is cut there: by the largest of the network's masks of the negative click that holds
///    no positive click and at most half of the mask; without one, by all that lies nearer to the negative click than to
///    each positive one (or to the box's centre).
/// 4. Masks that agree with more of the prompt, before the cut, come first; then by score. What a cut left empty is last.
struct PromptAgreement {
  /// An answer that is returned.
  struct Choice {
    var answer: Answer
    var mask: Mask
    /// Of the answer before it was cut.
    var stability: Float?
    var isCut: Bool
  }

  let prompt: Prompt
  /// For each click of the prompt, positive or not, its answers.
  let clickAnswers: [[Answer]]
  let boxAnswers: [Answer]

  private struct Ranked {
    var choice: Choice
    var agreement: Int
    var score: Double
  }

  /// The masks to return, best first.
  func choices(_ embedding: ImageEmbedding) throws(ModelError) -> [Choice] {
    let positives = zip(prompt.clicks, clickAnswers).filter { $0.0.isPositive }
    let negatives = zip(prompt.clicks, clickAnswers).filter { !$0.0.isPositive }
    let isSingle = negatives.isEmpty && positives.count + (prompt.box == nil ? 0 : 1) == 1

    var ranked: [Ranked] = []
    for answer in positives.flatMap(\.1) + boxAnswers {
      ranked.append(try rank(answer, embedding, box: isSingle ? nil : prompt.box))
    }
    if !isSingle { ranked = bestOfEachLevel(ranked) }
    for negative in negatives {
      let place = Self.pixel(negative.0.point)
      for index in ranked.indices where ranked[index].choice.mask.contains(x: place.x, y: place.y) {
        ranked[index].choice.mask = try cut(
          ranked[index].choice.mask, at: negative.0.point, answers: negative.1, embedding)
        ranked[index].choice.isCut = true
      }
    }
    return ranked.enumerated().sorted { first, second in
      let (a, b) = (first.element, second.element)
      let (aIsEmpty, bIsEmpty) = (a.choice.isCut && a.choice.mask.isEmpty, b.choice.isCut && b.choice.mask.isEmpty)
      if aIsEmpty != bIsEmpty { return bIsEmpty }
      if !isSingle, a.agreement != b.agreement { return a.agreement > b.agreement }
      return a.score == b.score ? first.offset < second.offset : a.score > b.score
    }.map(\.element.choice)
  }

  /// - Parameter box: the prompt's, where masks shall fit it.
  private func rank(_ answer: Answer, _ embedding: ImageEmbedding, box: Box?) throws(ModelError) -> Ranked {
    let drawing = answer.logits.drawn(at: embedding)
    let mask = try Mask(width: embedding.imageWidth, height: embedding.imageHeight, bitmap: drawing.bitmap)
    let agreement = prompt.clicks.filter { click in
      let place = Self.pixel(click.point)
      return mask.contains(x: place.x, y: place.y) == click.isPositive
    }.count
    let fit = box.map { $0.iou(mask.box) } ?? 1
    return Ranked(
      choice: Choice(answer: answer, mask: mask, stability: drawing.stability, isCut: false), agreement: agreement,
      score: Double(answer.predictedIoU) * fit)
  }

  private func bestOfEachLevel(_ ranked: [Ranked]) -> [Ranked] {
    Granularity.allCases.compactMap { level in
      ranked.filter { $0.choice.answer.granularity == level }
        .reduce(nil) { (best: Ranked?, next) in
          guard let best else { return next }
          return (next.agreement, next.score) > (best.agreement, best.score) ? next : best
        }
    }
  }

  /// The mask without what belongs to a negative click.
  private func cut(
    _ mask: Mask, at point: Point, answers: [Answer], _ embedding: ImageEmbedding
  ) throws(ModelError) -> Mask {
    let place = Self.pixel(point)
    let positives = prompt.clicks.filter(\.isPositive).map(\.point)
    var largest: (mask: Mask, area: Int)?
    for answer in answers {
      let other = try Mask(
        width: mask.width, height: mask.height, bitmap: answer.logits.drawn(at: embedding).bitmap)
      let holdsPositive = positives.contains { point in
        let place = Self.pixel(point)
        return other.contains(x: place.x, y: place.y)
      }
      let common = try mask.intersectionArea(other)
      guard other.contains(x: place.x, y: place.y), !holdsPositive, 2 * common <= mask.area else { continue }
      if common > largest?.area ?? 0 { largest = (other, common) }
    }
    if let largest { return try mask.subtracting(largest.mask) }

    let centre = prompt.box.map { [Point(x: ($0.x0 + $0.x1) / 2 - 0.5, y: ($0.y0 + $0.y1) / 2 - 0.5)] } ?? []
    let anchors = positives.isEmpty ? centre : positives
    var bitmap = mask.bitmap
    for y in 0..<mask.height {
      for x in 0..<mask.width where bitmap[y * mask.width + x] != 0 {
        func distance(_ other: Point) -> Double {
          (Double(x) - other.x) * (Double(x) - other.x) + (Double(y) - other.y) * (Double(y) - other.y)
        }
        let own = distance(point)
        if anchors.allSatisfy({ own < distance($0) }) || (x, y) == place { bitmap[y * mask.width + x] = 0 }
      }
    }
    return try Mask(width: mask.width, height: mask.height, bitmap: bitmap)
  }

  /// The pixel that a point lies in.
  private static func pixel(_ point: Point) -> (x: Int, y: Int) {
    (Int(point.x), Int(point.y))
  }
}
