extension SemanticSAM {
  /// Segments everything in an image: asks with a grid of clicks and keeps the good masks that are not duplicates.
  ///
  /// The image is encoded once, and once more for each crop that `options` ask for. Masks of parts lie within masks of
  /// wholes. Each candidate has the click that gave it (`point`) and the part of the image that was looked at (`crop`).
  /// - Parameter progress: called after each encoding and each batch of clicks.
  /// - Returns: masks at the size of the image, those of the highest predicted IoU first, those that were cleaned of small
  ///   regions after the others; predicted IoU and stability are those before.
  /// - Throws: `invalidArgument` for options that make no sense; `cancelled`, `outOfMemory`.
  public func automaticMasks(
    _ image: Image, options: AutomaticMaskOptions = AutomaticMaskOptions(), progress: ProgressHandler? = nil
  ) throws(ModelError) -> [Candidate] {
    try options.validate()
    try checkAnswersPrompts()
    if let vocabulary = options.vocabulary { try check(vocabulary) }
    let crops = CropBox.all(
      width: image.width, height: image.height, layers: options.cropLayers, overlap: options.cropOverlap)
    let grids = options.grids
    func batches(_ grid: [Point]) -> Int { (grid.count + options.pointsPerBatch - 1) / options.pointsPerBatch }
    var steps = StepProgress(
      total: crops.reduce(0) { $0 + 1 + batches(grids[$1.layer]) }, handler: progress)
    let vocabulary = options.includesLabels ? options.vocabulary ?? vocabulary : nil

    var masks = AutomaticMasks(options, imageWidth: image.width, imageHeight: image.height)
    for crop in crops {
      masks.begin(crop)
      let embedding = try encode(try image.cropped(to: crop), longEdgeLimit: options.longEdgeLimit)
      try steps.advance()
      let grid = grids[crop.layer]
      for start in stride(from: 0, to: grid.count, by: options.pointsPerBatch) {
        let batch = grid[start..<min(start + options.pointsPerBatch, grid.count)]
        try add(batch, to: &masks, crop, embedding, options)
        try steps.advance()
      }
      try masks.endCrop { mask in
        vocabulary.flatMap { labels(of: Self.padded(mask, embedding), embedding, $0) }
      }
    }
    return try DisplayNames.chosen(for: masks.finished(), threshold: options.confidenceThreshold)
  }

  /// Segments everything in an image that is encoded already, without crops.
  /// - Throws: `invalidArgument` for options that make no sense or ask for crops; `cancelled`, `outOfMemory`.
  public func automaticMasks(
    _ embedding: ImageEmbedding, options: AutomaticMaskOptions = AutomaticMaskOptions(),
    progress: ProgressHandler? = nil
  ) throws(ModelError) -> [Candidate] {
    try check(embedding)
    try options.validate()
    try checkAnswersPrompts()
    if let vocabulary = options.vocabulary { try check(vocabulary) }
    guard options.cropLayers == 0 else {
      throw ModelError(
        .invalidArgument,
        "Crops are encoded by themselves, and this image is encoded as a whole; give the image itself.")
    }
    let vocabulary = options.includesLabels ? options.vocabulary ?? vocabulary : nil
    var masks = AutomaticMasks(options, imageWidth: embedding.imageWidth, imageHeight: embedding.imageHeight)
    let whole = CropBox(x0: 0, y0: 0, x1: embedding.imageWidth, y1: embedding.imageHeight, layer: 0)
    let grid = options.grids[0]
    var steps = StepProgress(
      total: (grid.count + options.pointsPerBatch - 1) / options.pointsPerBatch, handler: progress)
    for start in stride(from: 0, to: grid.count, by: options.pointsPerBatch) {
      let batch = grid[start..<min(start + options.pointsPerBatch, grid.count)]
      try add(batch, to: &masks, whole, embedding, options)
      try steps.advance()
    }
    try masks.endCrop { mask in
      vocabulary.flatMap { labels(of: Self.padded(mask, embedding), embedding, $0) }
    }
    return try DisplayNames.chosen(for: masks.finished(), threshold: options.confidenceThreshold)
  }

  /// Asks with a batch of clicks, in 0...1 of the crop.
  private func add(
    _ batch: ArraySlice<Point>, to masks: inout AutomaticMasks, _ crop: CropBox, _ embedding: ImageEmbedding,
    _ options: AutomaticMaskOptions
  ) throws(ModelError) {
    // The middle of the top left pixel is (0, 0).
    let clicks = batch.map { Point(x: $0.x * Double(crop.width) - 0.5, y: $0.y * Double(crop.height) - 0.5) }
    let answers = decode(
      clicks: clicks, boxes: [], embedding, isJoint: options.promptsSeeEachOther, isWanted: options.accepts
    ).clicks
    var wanted: [(point: Point, answer: Answer)] = []
    for (click, answers) in zip(clicks, answers) {
      let point = Point(x: click.x + Double(crop.x0), y: click.y + Double(crop.y0))
      for level in options.levels {
        if let answer = answers.first(where: { $0.granularity == level }) { wanted.append((point, answer)) }
      }
    }
    let canvas = wanted.first.flatMap { first -> MaskCanvas? in
      guard case .paddedImage = first.answer.logits.place else { return nil }
      return MaskCanvas(
        rows: first.answer.logits.values.shape[0], columns: first.answer.logits.values.shape[1],
        size: embedding.inputSize, width: embedding.imageWidth, height: embedding.imageHeight)
    }
    let drawn = try parallelMap(count: wanted.count, progress: nil) { [wanted] index throws(ModelError) in
      let logits = wanted[index].answer.logits
      return if let canvas {
        try logits.mask(on: canvas, stabilityOffset: options.stabilityOffset)
      } else {
        try logits.mask(at: embedding, stabilityOffset: options.stabilityOffset)
      }
    }
    for ((point, answer), drawing) in zip(wanted, drawn) {
      masks.add(
        drawing.mask, stability: drawing.stability, point: point, granularity: answer.granularity,
        predictedIoU: answer.predictedIoU)
    }
  }
}
