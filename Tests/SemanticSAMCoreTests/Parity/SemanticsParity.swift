import Foundation
import TensorKernels

@testable import SemanticSAMCore

/// Checks of the classifiers and of what makes segments from queries. Bounds are ten times the error of the reference's own
/// float32 run, as the goldens' documentation tables it.
enum SemanticsParity {
  /// A value of a golden's metadata, which is JSON.
  static func value<Value: Decodable>(_ golden: Golden, _ key: String, as type: Value.Type = Value.self) throws -> Value
  {
    guard let text = golden.file.metadata[key] else { throw GoldenFailure("\(golden.name) has no metadata '\(key)'") }
    return try JSONDecoder().decode([Value].self, from: Data("[\(text)]".utf8))[0]
  }

  static func tensor(_ golden: Golden, _ name: String) throws -> Tensor {
    guard let tensor = golden.file.tensor(name) else { throw GoldenFailure("\(golden.name) has no '\(name)'") }
    return tensor
  }

  static func classification(_ golden: Golden, _ report: inout GoldenReport) throws {
    var configuration = try Configuration.preset(golden.model)
    configuration.decoder.hasLogitScale = true
    let network = try FixtureWeights.network(configuration)
    let decoder = network.maskDecoder
    guard let projections = decoder.textProjections, let scale = projections.logitScale else {
      throw GoldenFailure("the network has no text projections")
    }
    try report.compareLargest("logit_scale", scale.values, bound: 1e-7)
    let objects = try tensor(golden, "object_text")
    let parts = try tensor(golden, "part_text")
    report.used("object_text", "part_text")

    let head = decoder.norm(try tensor(golden, "head_queries"))
    let features = try tensor(golden, "head_mask_features")
    report.used("head_queries", "head_mask_features")
    try report.compareLargest("head_normalised_queries", head.values, bound: 2e-5)
    try report.compareLargest(
      "head_object_logits", projections.objectLogits(head, names: objects).values, bound: 3.1e-6)
    try report.compareLargest(
      "head_part_logits", projections.partLogits(head, names: parts)?.values ?? [], bound: 3.1e-6)
    let map = features.transposed(blocks: 1, rows: features.shape[0], columns: features.shape[1] * features.shape[2])
      .reshaped(to: [features.shape[1] * features.shape[2], features.shape[0]])
    let masks = decoder.maskEmbedding(head).product(
      PackedWeights(map, outputs: map.rowCount, inputs: map.channels), outputs: map.rowCount)
    try report.compareLargest("head_masks", masks.values, bound: 4.9e-5)
    try report.compareLargest("head_ious", decoder.iouHead(head).values, bound: 3.2e-6)

    let image = try golden.image("image")
    let size = InputSize(
      width: image.width, height: image.height, divisibility: configuration.image.sizeDivisibility)
    report.used("image", "points_normalised_image")
    let pyramid = try network.backbone(image.normalized(configuration.image, size: size)) {}
    let memory = decoder.memory(of: try network.pixelDecoder(pyramid) { _ in })
    let prompts = try golden.rows("points_normalised_image").map { point -> EncodedPrompt in
      let width = Double(image.width) / Double(size.paddedWidth)
      let height = Double(image.height) / Double(size.paddedHeight)
      let box = SIMD4(
        Float(point[0] * width), Float(point[1] * height), Float(0.005 * width), Float(0.005 * height))
      return EncodedPrompt(kind: 0, boxes: Array(repeating: box, count: 6))
    }
    try report.compareLargest(
      "boxes_padded_cxcywh", prompts.flatMap { (0..<4).map { [box = $0.boxes[0]] in box[$0] } }, bound: 1e-6)
    let (predictions, _) = decoder(decoder.prompts.queries(prompts).joint, memory: memory, everyLayer: true)
    guard let last = predictions.last else { throw GoldenFailure("the decoder has no layer") }
    try report.compareLargest("masks", last.masks.values, bound: 1.1e-4)
    try report.compareLargest("boxes", last.boxes.values, bound: 1.8e-6)
    try report.compareLargest("ious", last.iou.values, bound: 5.3e-6)
    try report.compareLargest(
      "object_logits", projections.objectLogits(last.queries, names: objects).values, bound: 7.9e-6)
    try report.compareLargest(
      "part_logits", projections.partLogits(last.queries, names: parts)?.values ?? [], bound: 7.9e-6)
    let earlier = predictions.dropLast().map(\.queries)
    try report.compareLargest(
      "aux_object_logits", earlier.flatMap { projections.objectLogits($0, names: objects).values }, bound: 7.9e-6)
    try report.compareLargest(
      "aux_part_logits", earlier.flatMap { projections.partLogits($0, names: parts)?.values ?? [] }, bound: 7.9e-6)
  }

  static func postprocessing(_ golden: Golden, _ report: inout GoldenReport) throws {
    let padded = try value(golden, "padded_size", as: [Int].self)
    let input = try value(golden, "image_size", as: [Int].self)
    let output = try value(golden, "output_size", as: [Int].self)
    var size = InputSize(width: input[1], height: input[0], divisibility: 1)
    (size.paddedHeight, size.paddedWidth) = (padded[0], padded[1])
    var rules = FindingRules()
    rules.objectThreshold = Float(try value(golden, "object_mask_threshold", as: Double.self))
    rules.overlapThreshold = Float(try value(golden, "overlap_threshold", as: Double.self))
    rules.temperature =
      try value(golden, "transform_eval", as: Bool.self)
      ? Float(try value(golden, "temperature", as: Double.self)) : nil
    rules.hasSoftmaxWithBackground = try value(golden, "semantic_softmax_no_object", as: Bool.self)
    let limit = try value(golden, "topk", as: Int.self)
    let things = Set(try value(golden, "thing_classes", as: [Int].self))
    let logits = try tensor(golden, "class_logits")
    let nameCount = logits.channels - (rules.hasSoftmaxWithBackground ? 1 : 0)
    let queries = NamedQueries(
      logits: logits, boxes: try tensor(golden, "boxes"), masks: try tensor(golden, "mask_logits"), size: size,
      width: output[1], height: output[0], names: (0..<nameCount).map { "\($0)" },
      isThing: (0..<nameCount).map { things.contains($0) }, rules: rules)
    report.used("class_logits", "boxes", "mask_logits")

    let drawn = (0..<queries.masks.count).map { queries.masks.logits(of: $0) }
    if golden.file.entries["resized_masks_query0_5"] != nil {
      try report.compareLargest("resized_masks_query0_5", drawn[0].values + drawn[5].values, bound: 4.2e-5)
    }
    // A sum over a mask may differ by the bound of each of its pixels.
    let sums = drawn.map { mask in Float(mask.values.reduce(0.0) { $0 + Double($1) }) }
    try report.compareLargest("resized_mask_sums", sums, bound: 4.2e-5 * Double(output[0] * output[1]) / 10)
    let scores = queries.semanticScores(rows: 0..<output[0]).values
    var sampled: [Float] = []
    for name in 0..<nameCount {
      for y in stride(from: 0, to: output[0], by: 7) {
        for x in stride(from: 0, to: output[1], by: 7) {
          sampled.append(scores[(y * output[1] + x) * nameCount + name])
        }
      }
    }
    try report.compareLargest("semantic_scores_sampled", sampled, bound: 1.8e-5)
    try report.compareLabels("semantic_argmax", try queries.semanticMap().categories.map { Int($0) })
    guard golden.file.entries["panoptic_map"] != nil else { return }
    try compare(try queries.panoptic(), golden, &report)
    try report.compareLargest(
      "boxes_xyxy", (0..<queries.masks.count).flatMap { edges(queries.box(of: $0)) }, bound: 1.3e-4)
    for (prefix, keepsThingsOnly) in [("instance_things", true), ("instance_all", false)] {
      var rules = rules
      rules.keepsThingsOnly = keepsThingsOnly
      let queries = NamedQueries(
        logits: logits, boxes: queries.boxes, masks: queries.masks.logits, size: size, width: output[1],
        height: output[0], names: queries.names, isThing: queries.isThing, rules: rules)
      let instances = try queries.instances(limit: limit)
      try report.compareLargest("\(prefix)_scores", instances.map(\.score), bound: 2.3e-6)
      try report.compareExactly("\(prefix)_classes", instances.map { Double($0.category) })
      try report.compareLargest("\(prefix)_boxes", instances.flatMap { edges($0.box) }, bound: 1.3e-4)
      let areas = try golden.doubles("\(prefix)_areas")
      try report.compareAbsolute("\(prefix)_areas", instances.map { Float($0.mask.area) }) { max(1, $0 * 1e-3) }
      report.expect(areas.count == instances.count, "\(prefix): \(instances.count) instances")
    }
  }

  /// Compares a panoptic map and its list of segments.
  static func compare(_ result: PanopticSegmentation, _ golden: Golden, _ report: inout GoldenReport) throws {
    struct Segment: Decodable, Equatable {
      var id: Int
      var isthing: Bool
      var categoryID: Int

      enum CodingKeys: String, CodingKey {
        case id, isthing
        case categoryID = "category_id"
      }
    }
    try report.compareLabels("panoptic_map", result.map.map { Int($0) })
    let expected = try value(golden, "segments", as: [Segment].self)
    let found = result.segments.map { Segment(id: $0.id, isthing: $0.isThing, categoryID: $0.category) }
    report.expect(found == expected, "segments: \(found) instead of \(expected)")
  }

  static func edges(_ box: Box) -> [Float] { [Float(box.x0), Float(box.y0), Float(box.x1), Float(box.y1)] }
}
