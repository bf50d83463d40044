extension SemanticSAM {
  /// Runs decoder and refiner on a prompt that carries an earlier mask, all its clicks at once.
  ///
  /// The queries are those of the last positive click; without one those of the box, where the network was trained with
  /// boxes; else those of a click on the pixel deepest inside the mask.
  /// - Returns: one answer a token.
  /// - Throws: `invalidArgument` for a mask of another size than the image's, `outOfMemory`.
  func decode(carrying prompt: Prompt, _ embedding: ImageEmbedding) throws(ModelError) -> [Answer] {
    guard let mask = prompt.mask else { return [] }
    let decoder = network.maskDecoder
    let positives = centres(of: prompt.clicks.filter(\.isPositive).map(\.point), embedding)
    let negatives = centres(of: prompt.clicks.filter { !$0.isPositive }.map(\.point), embedding)
    let carried = try CarriedMask(
      mask, positives: positives, negatives: negatives, height: embedding.memory.height, width: embedding.memory.width,
      size: embedding.inputSize, imageWidth: embedding.imageWidth, imageHeight: embedding.imageHeight)
    var encoded: EncodedPrompt
    var place: SIMD2<Float>?
    if positives.isEmpty, let box = prompt.box, configuration.decoder.boxesTrained ?? true {
      encoded = EncodedPrompt(
        kind: decoder.prompts.boxKind,
        boxes: Array(repeating: rectangle(of: box, embedding), count: decoder.prompts.boxQueries))
    } else {
      place = positives.last
      if place == nil {
        let whole = try mask.mask(width: embedding.imageWidth, height: embedding.imageHeight)
        var points = try whole.interiorPoint().map { [$0.point] } ?? []
        if points.isEmpty, let box = prompt.box {
          points = [Point(x: (box.x0 + box.x1) / 2 - 0.5, y: (box.y0 + box.y1) / 2 - 0.5)]
        }
        place = centres(of: points, embedding).first
      }
      guard let place else { return [] }
      encoded = EncodedPrompt(
        kind: decoder.prompts.pointKind,
        boxes: decoder.prompts.clickBoxes(embedding.inputSize).map { SIMD4(place.x, place.y, $0.x, $0.y) })
    }
    let queries = decoder.queries([encoded], carrying: [carried])
    guard let prediction = decoder(queries, memory: embedding.memory).predictions.last else { return [] }
    let logits: (masks: [MaskLogits?], iou: [Float]) =
      if let refiner = network.refiner {
        refined(
          prediction, refiner, clicks: place.map { [$0] } ?? [], tokens: encoded.boxes.count,
          maps: embedding.refinerMaps)
      } else {
        (MaskLogits.ofPaddedImage(prediction.masks), prediction.iou.values)
      }
    let granularities = granularities
    return encoded.boxes.indices.compactMap { token in
      logits.masks[token].map { mask in
        Answer(granularity: granularities[token], predictedIoU: logits.iou[token], logits: mask)
      }
    }
  }
}

extension Mask {
  /// Pixels deep inside, far from each other: the deepest one first, then the deepest of what lies farther from the chosen
  /// ones than they lie from the outside.
  /// - Returns: at most `count`, none of an empty mask; those after the first are at least half as deep as it.
  /// - Throws: `outOfMemory`.
  func deepPoints(_ count: Int) throws(ModelError) -> [Point] {
    var rest = self
    var points: [Point] = []
    var deepest: Int?
    while points.count < count, let place = try rest.interiorPoint() {
      // Squares, so a quarter.
      guard 4 * place.squaredDistance >= deepest ?? 0 else { break }
      deepest = deepest ?? place.squaredDistance
      points.append(place.point)
      var bitmap = rest.bitmap
      let reach = Int(Double(place.squaredDistance).squareRoot())
      for y in max(place.y - reach, 0)...min(place.y + reach, height - 1) {
        for x in max(place.x - reach, 0)...min(place.x + reach, width - 1) {
          let (across, down) = (x - place.x, y - place.y)
          if across * across + down * down <= place.squaredDistance { bitmap[y * width + x] = 0 }
        }
      }
      rest = try Mask(width: width, height: height, bitmap: bitmap)
    }
    return points
  }
}
