import Foundation
import TensorKernels

@testable import SemanticSAMCore

/// Checks of the network that finds things by itself. Bounds are ten times the error of the reference's own float32 run, as
/// the goldens' documentation tables it.
enum OpenSeeDParity {
  /// A network as the golden's metadata describe it.
  private struct Numbers: Decodable {
    var swin: [String: Size]
    var convDim, maskDim, encoderLayers, encoderHeads, decoderLayers, decoderHeads, ffn, dimProj: Int
    var queries, featureLevels: Int
    var stuffQueries: Int?
    var initializeBox: Configuration.Proposals.StartingBox?
    var learnTgt: Bool?
    var objectMaskThreshold, overlapThreshold, panopticTemperature: Float?
    var topk: Int?
    var transformEval: Bool?

    enum CodingKeys: String, CodingKey {
      case swin, ffn, queries, topk
      case convDim = "conv_dim"
      case maskDim = "mask_dim"
      case encoderLayers = "encoder_layers"
      case encoderHeads = "encoder_heads"
      case decoderLayers = "decoder_layers"
      case decoderHeads = "decoder_heads"
      case dimProj = "dim_proj"
      case featureLevels = "feature_levels"
      case stuffQueries = "stuff_queries"
      case initializeBox = "initialize_box"
      case learnTgt = "learn_tgt"
      case objectMaskThreshold = "object_mask_threshold"
      case overlapThreshold = "overlap_threshold"
      case panopticTemperature = "panoptic_temperature"
      case transformEval = "transform_eval"
    }

    enum Size: Decodable {
      case number(Int)
      case list([Int])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
          self = .number(number)
        } else {
          self = .list(try container.decode([Int].self))
        }
      }

      var list: [Int] {
        switch self {
        case .number(let number): [number]
        case .list(let list): list
        }
      }
    }

    func configuration() -> Configuration {
      let proposals = Configuration.Proposals(
        queries: queries, backgroundQueries: stuffQueries ?? 0, startingBoxes: initializeBox ?? .proposal,
        learnsContent: learnTgt ?? false, maximumInstances: topk ?? 100)
      var configuration = Configuration.openSeeD("golden", from: .swinT, proposals, levels: featureLevels)
      let sizes = Swin.Sizes(
        channels: swin["embed_dim"]?.list[0] ?? 0, depths: swin["depths"]?.list ?? [],
        heads: swin["heads"]?.list ?? [], window: swin["window"]?.list[0] ?? 0, expansion: 4)
      configuration.backbone.channels = sizes.stageChannels
      configuration.backbone.embeddingSize = sizes.channels
      configuration.backbone.depths = sizes.depths
      configuration.backbone.heads = sizes.heads
      configuration.backbone.windowSize = sizes.window
      configuration.pixelDecoder.channels = convDim
      configuration.pixelDecoder.maskChannels = maskDim
      configuration.pixelDecoder.layers = encoderLayers
      configuration.pixelDecoder.heads = encoderHeads
      configuration.pixelDecoder.feedForwardSize = ffn
      configuration.decoder.channels = convDim
      configuration.decoder.layers = decoderLayers
      configuration.decoder.selfAttentionHeads = decoderHeads
      configuration.decoder.crossAttentionHeads = decoderHeads
      configuration.decoder.feedForwardSize = ffn
      configuration.decoder.textDimension = dimProj
      return configuration
    }

    var rules: FindingRules {

      var rules = FindingRules()
      rules.objectThreshold = objectMaskThreshold ?? rules.objectThreshold
      rules.overlapThreshold = overlapThreshold ?? rules.overlapThreshold
      rules.temperature = transformEval ?? true ? panopticTemperature ?? rules.temperature : nil
      return rules
    }
  }

  /// Ten times the tabled errors.
  private struct Bounds {
    var memory = 4.4e-5
    var scores = 1.7e-5
    var layers = 2.5e-5
    var logits = 1.4e-5
    var boxes = 4.1e-6
    var masks = 2.1e-4
    var instanceScores = 3.1e-6
    var pixelBoxes = 6.7e-4

    static let swinT = Bounds(scores: 3.9e-6, logits: 3.3e-6, boxes: 1.4e-5, masks: 1.9e-4)
    static let denoising = Bounds(logits: 7.8e-6, boxes: 1.7e-6, masks: 9.6e-5)
  }

  static func check(_ golden: Golden, _ report: inout GoldenReport) throws {
    let numbers = try SemanticsParity.value(golden, "config", as: Numbers.self)
    let configuration = numbers.configuration()
    try configuration.validate()
    let network = try FixtureWeights.network(configuration)
    let names = try SemanticsParity.tensor(golden, "text_embeddings")
    report.used("text_embeddings")
    let isBatch = golden.file.entries["image0"] != nil
    let images = try (isBatch ? ["image0", "image1"] : ["image"]).map { try golden.image($0) }
    let ownSizes = images.map {
      InputSize(width: $0.width, height: $0.height, divisibility: configuration.image.sizeDivisibility)
    }
    for (index, image) in images.enumerated() {
      let size = ownSizes[index].inBatch(ownSizes)
      let pyramid = try network.backbone(image.normalized(configuration.image, size: size)) {}
      let features = try network.pixelDecoder(pyramid) { _ in }
      let run = Run(
        golden: golden, decoder: network.maskDecoder, features: features,
        memory: network.maskDecoder.memory(of: features), names: names, suffix: isBatch ? "\(index)" : "",
        bounds: golden.file.entries["dn_queries"] != nil
          ? .denoising : configuration.decoder.layers > 3 ? .swinT : Bounds())
      report.used(isBatch ? "image\(index)" : "image")
      if golden.file.entries["dn_queries"] != nil {
        try run.denoising(&report)
      } else {
        try run.stages(&report)
        try run.results(numbers.rules, numbers.topk ?? 100, size: size, image: image, &report)
      }
    }
  }

  /// An image under one network.
  private struct Run {
    let golden: Golden
    let decoder: MaskDecoder
    let features: PixelDecoder.Output
    let memory: DecoderMemory
    let names: Tensor
    let suffix: String
    let bounds: Bounds

    func compare(_ tensor: String, _ values: @autoclosure () -> [Float], _ bound: Double, _ report: inout GoldenReport)
      throws
    {
      guard golden.file.entries[tensor + suffix] != nil else { return }
      try report.compareLargest(tensor + suffix, values(), bound: bound)
    }

    /// Selection and layers, one after the other.
    func stages(_ report: inout GoldenReport) throws {
      guard let selection = decoder.selection(memory, names: names), let encoded = memory.proposals,
        let projections = decoder.textProjections
      else { throw GoldenFailure("the network has no two-stage selection") }
      try compare("mask_features", features.maskFeatures.channelsFirst, bounds.memory, &report)
      let tokens = Tensor.concatenated(
        features.levels.indices.reversed().map { level in
          let map = features.map(level: level)
          return map.reshaped(to: [map.rowCount, map.channels])
        })
      try compare("memory", tokens.values, bounds.memory, &report)
      try compare(
        "spatial_shapes", memory.levels.flatMap { [Float($0.height), Float($0.width)] }, 0, &report)
      try compare("proposals", encoded.proposals.values, 1e-5, &report)
      try compare("scores", selection.scores, bounds.scores, &report)
      try report.compareExactly("topk_indices" + suffix, selection.indices.map { Double($0) })
      try compare("topk_scores", selection.indices.map { selection.scores[$0] }, bounds.scores, &report)

      let initial = decoder.norm(selection.features)
      try compare(
        "interm_logits", projections.objectLogits(initial, names: names).values, bounds.logits, &report)
      try compare("interm_boxes", selection.boxes.sigmoid().values, bounds.boxes, &report)
      let initialMasks = decoder.masks(initial, memory: memory)
      try compare("interm_masks", initialMasks.values, bounds.masks, &report)
      let start = decoder.start(selection) { initialMasks }
      try compare("decoder_queries_in", start.content.values, bounds.layers, &report)
      // Before the sigmoid, where a box near 0 or 1 is stretched: compared after it.
      if golden.file.entries["decoder_boxes_in_unsigmoid"] != nil {
        let expected = try golden.doubles("decoder_boxes_in_unsigmoid").map { 1 / (1 + exp(-$0)) }
        let largest = zip(start.boxes.sigmoid().values, expected).map { abs(Double($0) - $1) }.max() ?? 0
        report.used("decoder_boxes_in_unsigmoid")
        report.expect(largest <= bounds.boxes, "decoder_boxes_in_unsigmoid: \(largest) after the sigmoid")
      }

      var outputs: [Float] = []
      var references: [Float] = []
      let content = decoder.norm(start.content)
      var logits = projections.objectLogits(content, names: names).values
      var boxes = start.boxes.sigmoid().values
      let next = decoder.run(
        start.content, reference: start.boxes.sigmoid(),
        groups: [QueryGroup(count: 1, tokens: start.content.rowCount)], memory: memory
      ) { _, x, reference, unbounded in
        let normed = decoder.norm(x)
        outputs += normed.values
        references += reference.values
        logits += projections.objectLogits(decoder.norm(normed), names: names).values
        boxes += (decoder.boxHead(normed) + unbounded).sigmoid().values
      }
      try compare("layer_outputs", outputs, bounds.layers, &report)
      try compare("layer_references", references + next.values, bounds.boxes, &report)
      try compare("layer_logits", logits, bounds.logits, &report)
      try compare("layer_boxes", boxes, bounds.boxes, &report)
    }

    /// What the library makes of it all.
    func results(
      _ rules: FindingRules, _ limit: Int, size: InputSize, image: Image, _ report: inout GoldenReport
    ) throws {
      guard let findings = decoder.findings(memory, objects: names) else { throw GoldenFailure("nothing was found") }
      try compare("pred_logits", findings.objectLogits.values, bounds.logits, &report)
      try compare("pred_boxes", findings.boxes.values, bounds.boxes, &report)
      try compare("pred_masks", findings.masks.values, bounds.masks, &report)
      try compare(
        "pred_masks_first4", findings.masks.rows(0..<min(4, findings.masks.shape[0])).values, bounds.masks, &report)
      let masks = (0..<findings.masks.shape[0]).map { findings.masks.rows($0..<$0 + 1).values }
      let cells = Double(masks[0].count)
      try compare(
        "pred_masks_sum", masks.map { Float($0.reduce(0.0) { $0 + Double($1) }) }, bounds.masks * cells / 10, &report)
      try compare(
        "pred_masks_norm", masks.map { Float($0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()) },
        bounds.masks * cells.squareRoot(), &report)
      guard golden.file.entries["instance_classes" + suffix] != nil else { return }

      let output = (try? SemanticsParity.value(golden, "output_size", as: [Int].self)) ?? [image.height, image.width]
      let names = try SemanticsParity.value(golden, "class_names", as: [String].self)
      // A file without things took all names as instances.
      let things = (try? SemanticsParity.value(golden, "thing_classes", as: [Int].self)) ?? Array(names.indices)
      let queries = NamedQueries(
        logits: findings.objectLogits, boxes: findings.boxes, masks: findings.masks,
        foregroundCount: findings.foregroundCount, size: size, width: output[1], height: output[0], names: names,
        isThing: names.indices.map { things.contains($0) }, rules: rules)
      let classes = try golden.doubles("instance_classes" + suffix)
      let instances = try queries.instances(limit: limit)
      let isBatch = !suffix.isEmpty
      report.expect(
        isBatch || instances.count == classes.count, "\(instances.count) instances instead of \(classes.count)")
      let shown = Array(instances.prefix(classes.count))
      try report.compareExactly("instance_classes" + suffix, shown.map { Double($0.category) })
      try compare("instance_scores", shown.map(\.score), bounds.instanceScores, &report)
      try compare("instance_boxes", shown.flatMap { SemanticsParity.edges($0.box) }, bounds.pixelBoxes, &report)
      if golden.file.entries["instance_areas" + suffix] != nil {
        try report.compareAbsolute("instance_areas" + suffix, shown.map { Float($0.mask.area) }) { max(1, $0 * 1e-3) }
      }
      if golden.file.entries["instance_masks"] != nil {
        try report.compareLabels("instance_masks", shown.flatMap { $0.mask.bitmap.map { Int($0) } })
      }
      guard golden.file.entries["panoptic_map"] != nil else { return }
      try SemanticsParity.compare(try queries.panoptic(), golden, &report)
      try report.compareLabels("semantic_argmax", try queries.semanticMap().categories.map { Int($0) })
      let scores = queries.semanticScores(rows: 0..<output[0]).values
      var sums = [Double](repeating: 0, count: names.count)
      for (index, score) in scores.enumerated() { sums[index % names.count] += Double(score) }
      let pixels = Double(output[0] * output[1])
      try report.compareLargest("semantic_scores_sum", sums.map { Float($0) }, bound: 1.8e-5 * pixels)
    }

    /// Queries made from known things, beside those of the image.
    func denoising(_ report: inout GoldenReport) throws {
      guard let selection = decoder.selection(memory, names: names), let projections = decoder.textProjections else {
        throw GoldenFailure("the network has no two-stage selection")
      }
      func boxes(_ name: String) throws -> [SIMD4<Float>] {
        try golden.rows(name).map { SIMD4(Float($0[0]), Float($0[1]), Float($0[2]), Float($0[3])) }
      }
      let queries = DenoisingQueries(
        labels: try golden.doubles("gt_labels").map { Int($0) }, boxes: try boxes("gt_boxes"), names: names,
        noise: try boxes("noise01"), scale: Float(try SemanticsParity.value(golden, "noise_scale", as: Double.self)),
        projections: projections)
      report.used("gt_labels", "gt_boxes", "noise01")
      report.expect(
        queries.groupCount == (try SemanticsParity.value(golden, "groups", as: Int.self)),
        "\(queries.groupCount) groups")
      try compare("dn_queries", queries.content.values, bounds.layers, &report)
      try compare("dn_boxes_unsigmoid", queries.boxes.values, 1e-5, &report)
      let start = decoder.start(selection) { decoder.masks(decoder.norm(selection.features), memory: memory) }
      let noisy = queries.content.rowCount
      let content = Tensor.concatenated([queries.content, start.content])
      let reference = Tensor.concatenated([queries.boxes, start.boxes]).sigmoid()
      let groups = queries.groups(following: start.content.rowCount)
      try report.compareExactly("attention_blocked", blocked(groups, count: content.rowCount))

      var logits = projections.objectLogits(decoder.norm(queries.content), names: names).values
      var boxes = reference.rows(0..<noisy).values
      var last = content
      var lastBoxes = reference
      try compare(
        "dn_initial_masks", decoder.masks(decoder.norm(queries.content), memory: memory).values, bounds.masks, &report)
      _ = decoder.run(content, reference: reference, groups: groups, memory: memory) { _, x, _, unbounded in
        let normed = decoder.norm(x)
        last = decoder.norm(normed)
        lastBoxes = (decoder.boxHead(normed) + unbounded).sigmoid()
        logits += projections.objectLogits(last.rows(0..<noisy), names: names).values
        boxes += lastBoxes.rows(0..<noisy).values
      }
      try compare("dn_layer_logits", logits, bounds.logits, &report)
      try compare("dn_layer_boxes", boxes, bounds.boxes, &report)
      try compare("dn_masks", decoder.masks(last.rows(0..<noisy), memory: memory).values, bounds.masks, &report)
      let rest = noisy..<content.rowCount
      try compare("pred_logits", projections.objectLogits(last.rows(rest), names: names).values, 1.4e-5, &report)
      try compare("pred_boxes", lastBoxes.rows(rest).values, 4.1e-6, &report)
    }

    /// 1 where a row must not see a column.
    private func blocked(_ groups: [QueryGroup], count: Int) -> [Double] {
      var blocked = [Double](repeating: 1, count: count * count)
      var start = 0
      for group in groups {
        for first in Swift.stride(from: start, to: start + group.count * group.tokens, by: group.tokens) {
          for row in first..<first + group.tokens {
            for column in Array(first..<first + group.tokens) + Array(group.alsoSees ?? 0..<0) {
              blocked[row * count + column] = 0
            }
          }
        }
        start += group.count * group.tokens
      }
      return blocked
    }
  }
}
