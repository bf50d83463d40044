import TensorKernels

@testable import SemanticSAMCore

/// Checks of the goldens of the reference's own networks, with weights by rule. Bounds are those of the goldens'
/// documentation: 2e-5 for `tiny`, 5e-5 for Swin-T and Swin-L, 2e-4 where two prompts and nine layers amplify.
enum ReferenceParity {
  private static func bound(_ golden: Golden) -> Double { golden.model == "tiny" ? 2e-5 : 5e-5 }

  private static func network(_ golden: Golden) throws -> (network: Network, rule: Configuration.ImageRule) {
    let configuration = try Configuration.preset(golden.model)
    // A file may ask for the checkpoint in half precision, whose numbers are the rule's, rounded.
    let isHalf = golden.file.metadata["weights"]?.contains("f16") ?? false
    return (try FixtureWeights.network(configuration, isHalf: isHalf), configuration.image)
  }

  static func backbone(_ golden: Golden, _ report: inout GoldenReport) throws {
    let (network, rule) = try network(golden)
    let bound = bound(golden)
    guard let swin = network.backbone as? Swin else { throw GoldenFailure("the backbone is no Swin") }
    let image = try golden.image("image")
    let size = InputSize(width: image.width, height: image.height, divisibility: rule.sizeDivisibility)
    let pixels = image.normalized(rule, size: size)
    func compare(_ tensor: String, _ values: [Float]) throws {
      if golden.file.entries[tensor] != nil { try report.compare(tensor, values, bound: bound) }
    }
    try compare("normalized_padded", pixels.channelsFirst)
    for (level, map) in try swin(pixels, onBlock: {}).enumerated() {
      try compare("res\(level + 2)", map.channelsFirst)
    }
    var x = swin.patchEmbedding(pixels)
    try compare("trace.patch_embed", x.channelsFirst)
    for (index, stage) in swin.stages.enumerated() {
      for (number, block) in stage.blocks.enumerated() {
        x = block(x)
        try compare("trace.stage\(index).block\(number)", x.values)
      }
      if let merging = stage.merging {
        x = merging(x)
        try compare("trace.stage\(index).merged", x.values)
      }
    }
  }

  static func pixelDecoder(_ golden: Golden, _ report: inout GoldenReport) throws {
    let decoder = try network(golden).network.pixelDecoder
    let bound = bound(golden)
    func compare(_ tensor: String, _ values: [Float]) throws {
      if golden.file.entries[tensor] != nil { try report.compare(tensor, values, bound: bound) }
    }
    let pyramid = try ["res2", "res3", "res4", "res5"].map { try golden.map($0) }
    let projected = decoder.projectedLevels(pyramid)
    for (level, map) in projected.enumerated() {
      try compare("projected.\(level)", map.channelsFirst)
      let position = Tensor.sinePositions(height: map.shape[0], width: map.shape[1], channels: map.channels)
      try compare("position.\(level)", position.reshaped(to: map.shape).channelsFirst)
    }
    var memories: [Tensor] = []
    let output = try decoder(pyramid) { memories.append($0) }
    for (index, memory) in memories.enumerated() { try compare("memory.\(index + 1)", memory.values) }
    for level in 0..<4 { try compare("multi_scale.\(level)", output.map(level: level).channelsFirst) }
    try compare("fpn.lateral", decoder.adapter(pyramid[0], activation: .none).channelsFirst)
    try compare("fpn.output", output.fusedMap.channelsFirst)
    try compare("mask_features", output.maskFeatures.channelsFirst)

    let attention = decoder.layers[0].selfAttention
    let tokens = Tensor.concatenated(projected.map { $0.reshaped(to: [$0.rowCount, $0.channels]) })
    let query = tokens + decoder.positions(output.levels)
    let values = attention.valueProjection(tokens)
    try compare("layer0.value", values.values)
    try compare("layer0.sampling_offsets", attention.samplingOffsets(query).values)
    try compare("layer0.attention_logits", attention.attentionWeights(query).values)
    let reference = Tensor.concatenated(output.levels.map { Tensor.centres(height: $0.height, width: $0.width) })
    try compare(
      "layer0.attention_output",
      attention(query, values: values, levels: output.levels, reference: reference).values)
  }

  static func maskDecoder(_ golden: Golden, _ report: inout GoldenReport) throws {
    let decoder = try network(golden).network.maskDecoder
    let isJoint = golden.file.metadata["prompts_see_each_other"] == "yes"
    let bound = golden.model == "swinT" && isJoint ? 2e-4 : bound(golden)
    func compare(_ tensor: String, _ values: [Float]) throws {
      if golden.file.entries[tensor] != nil { try report.compare(tensor, values, bound: bound) }
    }
    let levels = try (0..<4).map { try golden.map("multi_scale.\($0)") }
    let features = PixelDecoder.Output(
      tokens: Tensor.concatenated(levels.map { $0.reshaped(to: [$0.rowCount, $0.channels]) }),
      levels: levels.map { LevelShape(height: $0.shape[0], width: $0.shape[1]) },
      fusedMap: levels[0], maskFeatures: try golden.map("mask_features"))
    let memory = decoder.memory(of: features)
    let queries = try self.queries(golden, decoder, points: try golden.rows("points"))
    try compare("query_content", queries.content.values)
    let (predictions, next) = decoder(queries, memory: memory, everyLayer: true)
    var x = queries.content
    for (index, prediction) in predictions.enumerated() {
      try compare("reference.\(index)", prediction.reference.values)
      try compare("boxes.\(index)", prediction.boxes.values)
      try compare("iou.\(index)", prediction.iou.values)
      try compare("masks.\(index)", prediction.masks.values)
      let layer = decoder.layers[index]
      let sine = prediction.reference.sineBoxes(channels: x.channels)
      let position = decoder.referencePointHead(sine)
      if index == 0 {
        try compare("trace.query_sine", sine.values)
        try compare("trace.query_position", position.values)
        let attended = layer.norm2(x, adding: layer.selfAttention(x, position: position, groups: queries.groups))
        try compare("trace.layer0.after_self_attention", attended.values)
        let query = attended + position
        try compare("trace.layer0.sampling_offsets", layer.crossAttention.samplingOffsets(query).values)
        try compare("trace.layer0.attention_logits", layer.crossAttention.attentionWeights(query).values)
        let crossed = layer.crossAttention(
          query, values: memory.values[0], levels: memory.levels, reference: prediction.reference)
        try compare("trace.layer0.after_cross_attention", layer.norm1(attended, adding: crossed).values)
      }
      x = layer(
        x, position: position, reference: prediction.reference, groups: queries.groups, values: memory.values[index],
        levels: memory.levels)
      try compare("layer_output.\(index)", x.values)
      // These files hold the first of the two norms.
      try compare("queries.\(index)", decoder.norm(x).values)
    }
    try compare("reference.\(predictions.count)", next.values)
  }

  static func prompt(_ golden: Golden, _ report: inout GoldenReport) throws {
    let (network, rule) = try network(golden)
    let bound = bound(golden)
    let size = try inputSize(golden, rule)
    try report.compare("points_padded", try paddedPoints(golden, size).flatMap { $0.map { Float($0) } }, bound: bound)
    let prediction = try prediction(golden, network, rule)
    try report.compare("low_res_masks", prediction.masks.values, bound: bound)
    try report.compare("boxes", prediction.boxes.values, bound: bound)
    try report.compare("iou", prediction.iou.values, bound: bound)
    let masks = (0..<prediction.masks.shape[0]).flatMap { row in
      MaskLogits.cropped(
        prediction.masks.rows(row..<row + 1).reshaped(to: Array(prediction.masks.shape.dropFirst())), size: size
      ).values
    }
    try report.compare("masks", masks, bound: bound)
  }

  private static func inputSize(_ golden: Golden, _ rule: Configuration.ImageRule) throws -> InputSize {
    let image = try golden.image("image")
    return InputSize(width: image.width, height: image.height, divisibility: rule.sizeDivisibility)
  }

  private static func paddedPoints(_ golden: Golden, _ size: InputSize) throws -> [[Double]] {
    let scaleX = Double(size.width) / Double(size.paddedWidth)
    let scaleY = Double(size.height) / Double(size.paddedHeight)
    return try golden.rows("points").map { [$0[0] * scaleX, $0[1] * scaleY, $0[2] * scaleX, $0[3] * scaleY] }
  }

  /// What the whole network says of a golden's image and prompts.
  static func prediction(
    _ golden: Golden, _ network: Network, _ rule: Configuration.ImageRule
  ) throws -> MaskDecoder.Prediction {
    let size = try inputSize(golden, rule)
    let pyramid = try network.backbone(try golden.image("image").normalized(rule, size: size)) {}
    let memory = network.maskDecoder.memory(of: try network.pixelDecoder(pyramid) { _ in })
    let queries = try queries(golden, network.maskDecoder, points: paddedPoints(golden, size))
    guard let prediction = network.maskDecoder(queries, memory: memory).predictions.last else {
      throw GoldenFailure("the decoder has no layer")
    }
    return prediction
  }

  /// The queries of a golden's prompts, six each, in the golden's order.
  private static func queries(
    _ golden: Golden, _ decoder: MaskDecoder, points: [[Double]]
  ) throws -> PromptQueries {
    let kinds = try golden.doubles("prompt_kind")
    let queries = decoder.prompts.queries(
      zip(points, kinds).map { point, kind in
        let box = SIMD4(Float(point[0]), Float(point[1]), Float(point[2]), Float(point[3]))
        return EncodedPrompt(kind: Int(kind), boxes: Array(repeating: box, count: 6))
      })
    return golden.file.metadata["prompts_see_each_other"] == "yes" ? queries.joint : queries
  }
}
