/// Puts the answers to the clicks and the box of one prompt together. The network answers each click and each box by
/// itself and knows no negative clicks, so this is a rule and not a prediction:
///
/// 1. A single positive click, or a box alone that the network itself answers: its answers, best predicted IoU first.
/// 2. Otherwise one mask a level is chosen among the answers of that level to all positive clicks and to the box: the one
///    that contains most of the positive clicks, then the one that contains fewest of the negative ones, then the one of the
///    highest score. The score is the predicted IoU, with a box times the intersection over union of the mask's own box with
///    the prompt's; of equal scores the better fit goes first. A box that a network without training in boxes shall answer
///    has the answers to clicks inside it. An earlier mask that the network does not take is answered by its box and by
///    clicks inside it, and the score then is the predicted IoU times the intersection over union with it.
/// 3. What contains a negative click is cut there: by the largest of the network's masks of the negative click that holds
///    no positive click and at most half of the mask; without one, by all that lies nearer to the negative click than to
///    each positive one (or to the box's centre).
/// 4. The masks come in the order of rule 2, before the cut; what a cut left empty is last. Positive clicks come first in
///    it, because a cut can take out what a negative click points at, and nothing can add what a positive one asks for.
///
/// A point belongs to the pixel whose centre is nearest. So no returned mask contains a negative click, and a cut takes no
/// positive one away, unless both lie on one pixel.
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
  /// The network's answers to the box, or to the clicks that stand for it.
  let boxAnswers: [Answer]
  var boxIsAnsweredByClicks = false
  /// An earlier mask that the answers shall be like, where the network was not given it.
  var earlierMask: Mask?

  /// What the order of masks depends on.
  private struct Ranked {
    var choice: Choice
    /// Positive clicks that the mask contains, before it is cut.
    var contained: Int
    /// Negative clicks that it does not contain, before it is cut.
    var avoided: Int
    var score: Double
    /// The intersection over union of the mask's box with the prompt's, or of the mask with an earlier one; 1 without.
    var fit: Double

    func isBetter(than other: Ranked) -> Bool {
      (contained, avoided, score, fit) > (other.contained, other.avoided, other.score, other.fit)
    }
  }

  /// The masks to return, best first.
  func choices(_ embedding: ImageEmbedding) throws(ModelError) -> [Choice] {
    let positives = zip(prompt.clicks, clickAnswers).filter { $0.0.isPositive }
    let negatives = zip(prompt.clicks, clickAnswers).filter { !$0.0.isPositive }
    let isSingle =
      negatives.isEmpty && positives.count + (prompt.box == nil ? 0 : 1) == 1
      && !(boxIsAnsweredByClicks && prompt.box != nil) && earlierMask == nil

    var ranked: [Ranked] = []
    for answer in positives.flatMap(\.1) + boxAnswers {
      let next = try rank(answer, embedding, box: isSingle ? nil : prompt.box)
      // Only the best of a level is kept, so that the memory does not grow with the number of clicks.
      let level = answer.granularity
      if !isSingle, let index = ranked.firstIndex(where: { $0.choice.answer.granularity == level }) {
        if next.isBetter(than: ranked[index]) { ranked[index] = next }
      } else {
        ranked.append(next)
      }
    }
    for (click, answers) in negatives {
      let place = pixel(click.point, embedding)
      guard ranked.contains(where: { $0.choice.mask.contains(x: place.x, y: place.y) }) else { continue }
      let others = try answers.map { answer throws(ModelError) in try Self.drawn(answer, embedding).mask }
      for index in ranked.indices where ranked[index].choice.mask.contains(x: place.x, y: place.y) {
        ranked[index].choice.mask = try cut(ranked[index].choice.mask, at: place, others: others, embedding)
        ranked[index].choice.isCut = true
      }
    }
    return ranked.enumerated().sorted { first, second in
      let (a, b) = (first.element, second.element)
      let (aIsEmpty, bIsEmpty) = (a.choice.isCut && a.choice.mask.isEmpty, b.choice.isCut && b.choice.mask.isEmpty)
      if aIsEmpty != bIsEmpty { return bIsEmpty }
      if isSingle { return a.score == b.score ? first.offset < second.offset : a.score > b.score }
      return a.isBetter(than: b) || !b.isBetter(than: a) && first.offset < second.offset
    }.map(\.element.choice)
  }

  /// - Parameter box: the prompt's, where masks shall fit it.
  private func rank(_ answer: Answer, _ embedding: ImageEmbedding, box: Box?) throws(ModelError) -> Ranked {
    let (mask, stability) = try Self.drawn(answer, embedding)
    func count(_ isPositive: Bool) -> Int {
      prompt.clicks.count { click in
        let place = pixel(click.point, embedding)
        return click.isPositive == isPositive && mask.contains(x: place.x, y: place.y) == isPositive
      }
    }
    let fit =
      if let earlierMask { try mask.iou(earlierMask) } else { box.map { $0.iou(mask.box) } ?? 1 }
    // The estimate of a network without a bound on it can be negative, where a worse fit must not raise the score.
    let estimate =
      box == nil && earlierMask == nil ? Double(answer.predictedIoU) : max(Double(answer.predictedIoU), 0)
    return Ranked(
      choice: Choice(answer: answer, mask: mask, stability: stability, isCut: false), contained: count(true),
      avoided: count(false), score: estimate * fit, fit: fit)
  }

  static func drawn(
    _ answer: Answer, _ embedding: ImageEmbedding
  ) throws(ModelError) -> (mask: Mask, stability: Float?) {
    if let drawing = answer.drawing { return drawing }
    return try answer.logits.mask(at: embedding)
  }

  /// The mask without what belongs to a negative click.
  /// - Parameters:
  ///   - place: the pixel of the negative click.
  ///   - others: the network's masks of the negative click.
  private func cut(
    _ mask: Mask, at place: (x: Int, y: Int), others: [Mask], _ embedding: ImageEmbedding
  ) throws(ModelError) -> Mask {
    let positives = prompt.clicks.filter(\.isPositive).map { pixel($0.point, embedding) }
    var largest: (mask: Mask, area: Int)?
    for other in others where other.contains(x: place.x, y: place.y) {
      guard !positives.contains(where: { other.contains(x: $0.x, y: $0.y) }) else { continue }
      let common = try mask.intersectionArea(other)
      if 2 * common <= mask.area, common > largest?.area ?? 0 { largest = (other, common) }
    }
    if let largest { return try mask.subtracting(largest.mask) }

    var anchors = positives.map { SIMD2(Double($0.x), Double($0.y)) }
    if anchors.isEmpty, let box = prompt.box {
      anchors = [SIMD2((box.x0 + box.x1) / 2 - 0.5, (box.y0 + box.y1) / 2 - 0.5)]
    }
    let negative = SIMD2(Double(place.x), Double(place.y))
    var bitmap = mask.bitmap
    for y in 0..<mask.height {
      for x in 0..<mask.width where bitmap[y * mask.width + x] != 0 {
        let here = SIMD2(Double(x), Double(y))
        func distance(_ other: SIMD2<Double>) -> Double { ((here - other) * (here - other)).sum() }
        let own = distance(negative)
        if anchors.allSatisfy({ own < distance($0) }) || (x, y) == place { bitmap[y * mask.width + x] = 0 }
      }
    }
    return try Mask(width: mask.width, height: mask.height, bitmap: bitmap)
  }

  /// The pixel that a point lies in: the one whose centre is nearest.
  private func pixel(_ point: Point, _ embedding: ImageEmbedding) -> (x: Int, y: Int) {
    (
      min(Int(point.x + 0.5), embedding.imageWidth - 1), min(Int(point.y + 0.5), embedding.imageHeight - 1)
    )
  }
}
