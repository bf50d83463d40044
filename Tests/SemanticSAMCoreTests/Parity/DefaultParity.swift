import SemanticSAMDefaultModel
import SemanticSAMImages
import TensorKernels

@testable import SemanticSAMCore

/// Checks of the goldens of model `default`. Bounds: ten times the error of the reference's own f32 run, at least 2e-5,
/// as the goldens' documentation tables them.
enum DefaultParity {
  private static let least = 2e-5

  private static func model() throws -> SemanticSAM {
    try SemanticSAM.load(.embedded)
  }

  static func backbone(_ golden: Golden, _ report: inout GoldenReport) throws {
    let model = try model()
    let image = try golden.image("image")
    let rule = model.configuration.image
    let size = InputSize(width: image.width, height: image.height, divisibility: rule.sizeDivisibility)
    let pixels = image.normalized(rule, size: size)
    try report.compare("normalized_padded", pixels.channelsFirst, bound: least)
    let pyramid = try model.network.backbone(pixels) {}
    for (name, (map, bound)) in zip(
      ["res2", "res3", "res4", "res5"], zip(pyramid, [1.7e-4, 1.4e-4, 6.7e-5, 5.0e-5]))
    {
      try report.compare(name, map.channelsFirst, bound: bound)
    }
  }

  static func pixelDecoder(_ golden: Golden, _ report: inout GoldenReport) throws {
    let decoder = try model().network.pixelDecoder
    let pyramid = try ["res2", "res3", "res4", "res5"].map { try golden.map($0) }
    for (index, map) in decoder.projectedLevels(pyramid).enumerated() {
      try report.compare("projected.\(index)", map.channelsFirst, bound: 2.4e-5)
    }
    var memories: [Tensor] = []
    let output = try decoder(pyramid) { memories.append($0) }
    for (index, memory) in memories.enumerated() {
      try report.compare("memory.\(index + 1)", memory.values, bound: 2.7e-5)
    }
    for level in 0..<4 {
      try report.compare("multi_scale.\(level)", output.map(level: level).channelsFirst, bound: 2.7e-5)
    }
    try report.compare("fpn.output", output.fusedMap.channelsFirst, bound: 2.0e-5)
    try report.compare("mask_features", output.maskFeatures.channelsFirst, bound: 2.0e-5)
  }

  static func maskDecoder(_ golden: Golden, _ report: inout GoldenReport) throws {
    let network = try model().network
    let levels = try (0..<4).map { try golden.map("multi_scale.\($0)") }
    let features = PixelDecoder.Output(
      tokens: Tensor.concatenated(levels.map { $0.reshaped(to: [$0.rowCount, $0.channels]) }),
      levels: levels.map { LevelShape(height: $0.shape[0], width: $0.shape[1]) },
      fusedMap: try golden.map("fpn.output"), maskFeatures: try golden.map("mask_features"))
    let size = InputSize(
      width: features.fusedMap.shape[1] * 4, height: features.fusedMap.shape[0] * 4, divisibility: 32)
    let clicks = try golden.rows("clicks").map { SIMD2(Float($0[0]), Float($0[1])) }
    let boxes = try golden.rows("boxes").map { SIMD4(Float($0[0]), Float($0[1]), Float($0[2]), Float($0[3])) }
    let decoder = network.maskDecoder
    let queries = decoder.prompts(clicks: clicks, boxes: boxes, size: size)
    try report.compare("query_content", queries.content.values, bound: least)
    let memory = decoder.memory(of: features)
    let (predictions, next) = decoder(queries, memory: memory, everyLayer: true)
    for (index, prediction) in predictions.enumerated() {
      try report.compare("reference.\(index)", prediction.reference.values, bound: least)
      try report.compare("queries.\(index)", prediction.queries.values, bound: 3.2e-5)
      try report.compare("boxes.\(index)", prediction.boxes.values, bound: least)
      try report.compare("iou.\(index)", prediction.iou.values, bound: least)
      try report.compare("masks.\(index)", prediction.masks.values, bound: 5.7e-5)
    }
    try report.compare("reference.\(predictions.count)", next.values, bound: least)
    guard let last = predictions.last, let refiner = network.refiner, let prior = decoder.prior else {
      throw GoldenFailure("the default network has no refiner or prior")
    }
    let zeros = Tensor(repeating: 0, shape: last.masks.shape)
    try report.compare("mask_prior", prior.added(to: zeros, boxes: last.boxes).values, bound: 6.3e-5)

    let clickOfQuery =
      clicks.flatMap { click in (0..<6).flatMap { _ in [click.x, click.y] } }
      + [Float](repeating: .nan, count: boxes.count * 2)
    let refined = refiner(
      last, clicks: Tensor(clickOfQuery, shape: [clickOfQuery.count / 2, 2]), maps: refiner.reducedMaps(of: features))
    try report.compare("refined.grid", refined.logits.values, bound: 9.1e-5)
    try report.compare("refined.iou", refined.iou.values, bound: least)
    let pasted = drawn(
      refined.logits, boxes: last.boxes.values, extent: refiner.extent, width: size.paddedWidth,
      height: size.paddedHeight, scale: SIMD2(1, 1))
    try report.compare("pasted", pasted, bound: 6.5e-5)
  }

  static func prompt(_ golden: Golden, _ report: inout GoldenReport) throws {
    let image = try golden.image("image")
    let model = try model()
    let embedding = try model.encode(image, imageWidth: image.width, imageHeight: image.height)
    let answers = try ask(model, embedding, golden)
    let scale = SIMD2(Float(embedding.inputSize.paddedWidth), Float(embedding.inputSize.paddedHeight))
    var boxes: [Float] = []
    for answer in answers {
      let (box, _) = try place(answer)
      boxes += [
        (box.x - box.z / 2) * scale.x, (box.y - box.w / 2) * scale.y, (box.x + box.z / 2) * scale.x,
        (box.y + box.w / 2) * scale.y,
      ]
    }
    try report.compare("boxes", boxes, bound: least)
    try report.compare("iou", answers.map(\.predictedIoU), bound: least)
    try report.compare("grid", answers.flatMap { $0.logits.values.values }, bound: 2.0e-4)
    try report.compare("masks", try answers.flatMap { try drawn($0, embedding) }, bound: 1.9e-4)
  }

  static func photograph(_ golden: Golden, _ report: inout GoldenReport) throws {
    guard let name = golden.file.metadata["photograph"] else { throw GoldenFailure("no photograph is named") }
    let model = try model()
    let image = try Image(contentsOf: SharedData.photograph(name))
    let size = try SizeRule(model.configuration.image, longEdgeLimit: nil)
      .size(width: image.width, height: image.height)
    let resized = try image.resized(width: size.width, height: size.height)
    try report.compareExactly("resized", resized.pixels.map(Double.init))
    let embedding = try model.encode(image)
    let answers = try ask(model, embedding, golden)
    try report.compare("iou", answers.map(\.predictedIoU), bound: least)
    try report.compare("masks", try answers.flatMap { try drawn($0, embedding) }, bound: 4.7e-4)
    let areas = answers.map { answer in
      Float(answer.logits.drawn(at: embedding).bitmap.reduce(0) { $0 + Int($1) })
    }
    try report.compareAbsolute("areas", areas) { max(4, 0.001 * $0) }
  }

  /// The mask logits of a golden's prompts at the size of its image or photograph.
  static func masks(_ golden: Golden, _ model: SemanticSAM) throws -> [Float] {
    let embedding: ImageEmbedding
    if let name = golden.file.metadata["photograph"] {
      embedding = try model.encode(try Image(contentsOf: SharedData.photograph(name)))
    } else {
      let image = try golden.image("image")
      embedding = try model.encode(image, imageWidth: image.width, imageHeight: image.height)
    }
    return try ask(model, embedding, golden).flatMap { try drawn($0, embedding) }
  }

  static func names(_ golden: Golden, _ report: inout GoldenReport) throws {
    let model = try model()
    guard let names = model.network.names, let vocabulary = model.vocabulary else {
      throw GoldenFailure("the default network has no names")
    }
    let res4 = try golden.map("res4")
    let res5 = try golden.map("res5")
    let masks = try golden.bytes("masks")
    let pixels = res4.shape[0] * res4.shape[1] * 256
    let pooled = stride(from: 0, to: masks.count, by: pixels).map { start in
      Array(masks[start..<start + pixels]).withUnsafeBufferPointer { mask in
        mask.baseAddress.map { RegionNames.pooled(res4: res4, res5: res5, mask: $0) } ?? Tensor([], shape: [0, 432])
      }
    }
    let all = Tensor.concatenated(pooled)
    try report.compare("pooled", all.values, bound: least)
    for (tensor, map, table) in [
      ("object_probabilities", names.objects, vocabulary.objects),
      ("part_probabilities", names.parts, vocabulary.parts),
    ] {
      let probabilities = map.probabilities(all, table)
      try report.compareAbsolute(tensor, probabilities.flatMap(\.self)) { _ in 1e-4 }
    }
  }

  /// The answers to a golden's clicks (positions of pixel centres, in pixel edges) and boxes.
  private static func ask(_ model: SemanticSAM, _ embedding: ImageEmbedding, _ golden: Golden) throws -> [Answer] {
    let clicks = try golden.rows("clicks_xy").map { Point(x: $0[0] - 0.5, y: $0[1] - 0.5) }
    let boxes = try golden.rows("boxes_xyxy").map { Box(x0: $0[0], y0: $0[1], x1: $0[2], y1: $0[3]) }
    let answers = model.decode(clicks: clicks, boxes: boxes, embedding)
    return answers.clicks.flatMap(\.self) + answers.boxes.flatMap(\.self)
  }

  private static func place(_ answer: Answer) throws -> (box: SIMD4<Float>, extent: Float) {
    guard case .box(let box, let extent) = answer.logits.place else { throw GoldenFailure("a mask without a grid") }
    return (box, extent)
  }

  /// The logits of an answer at the size of the original image.
  private static func drawn(_ answer: Answer, _ embedding: ImageEmbedding) throws -> [Float] {
    let (box, extent) = try place(answer)
    let size = embedding.inputSize
    return drawn(
      answer.logits.values, boxes: [box.x, box.y, box.z, box.w], extent: extent, width: embedding.imageWidth,
      height: embedding.imageHeight,
      scale: SIMD2(
        Float(size.paddedWidth) / Float(size.width), Float(size.paddedHeight) / Float(size.height)))
  }

  private static func drawn(
    _ grids: Tensor, boxes: [Float], extent: Float, width: Int, height: Int, scale: SIMD2<Float>
  ) -> [Float] {
    let grid = grids.channels
    let values = grids.values
    return stride(from: 0, to: boxes.count, by: 4).flatMap { start in
      let box = [
        boxes[start] * scale.x, boxes[start + 1] * scale.y, boxes[start + 2] * scale.x, boxes[start + 3] * scale.y,
      ]
      let logits = Array(values[start / 4 * grid * grid..<(start / 4 + 1) * grid * grid])
      var output = [Float](repeating: 0, count: width * height)
      tk_draw_grid_f32(grid, logits, box, extent, height, width, &output)
      return output
    }
  }
}
