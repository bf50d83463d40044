import Foundation

@testable import SemanticSAMCore

/// Checks of the goldens of losses: their terms, their weighted total, and its gradient by every prediction.
enum LossParity {
  static func losses(_ golden: Golden, _ report: inout GoldenReport) throws {
    switch golden.file.metadata["variant"] {
    case "many-to-many": try prompts(golden, &report, assignment: .manyToMany)
    case "many-to-one": try prompts(golden, &report, assignment: .manyToOne)
    case "one-to-one": try oneToOne(golden, &report)
    case "classification": try classification(golden, &report)
    default: throw GoldenFailure("the variant \(golden.file.metadata["variant"] ?? "") is unknown")
    }
  }

  /// A layer whose predictions a tape watches, with the names of its gradients.
  private struct Watched {
    let prediction: LayerPrediction
    let prefix: String

    init(_ golden: Golden, prefix: String, tape: Tape) throws {
      let layer = try golden.layer(prefix)
      prediction = LayerPrediction(
        masks: tape.watching(layer.masks), boxes: tape.watching(layer.boxes), ious: layer.ious.map(tape.watching),
        objects: layer.objects.map(tape.watching))
      self.prefix = prefix
    }

    func compare(_ gradients: Gradients, _ report: inout GoldenReport) throws {
      let parts: [(String, Tensor?)] = [
        ("pred_masks", prediction.masks), ("pred_boxes", prediction.boxes), ("pred_ious", prediction.ious),
        ("pred_logits", prediction.objects),
      ]
      // Relative, as the documentation lists them for each kind of prediction; the largest of the kinds of loss.
      let bounds = ["pred_masks": 1.3e-5, "pred_boxes": 2.9e-6, "pred_ious": 3.2e-6, "pred_logits": 1.1e-5]
      let isOneToOne = prediction.objects != nil
      for (name, tensor) in parts {
        guard let tensor else { continue }
        let gradient = gradients[tensor] ?? Tensor(repeating: 0, shape: tensor.shape)
        try report.compareLargest(
          "\(prefix)grad.\(name)", gradient.values.map(Double.init), absolute: 0,
          relative: isOneToOne ? 1.1e-5 : bounds[name] ?? 0)
        report.used(prefix + name)
      }
    }
  }

  /// Compares the terms with the file's by name, and the total.
  private static func compare(
    _ terms: LossTerms, names: [String: String], totalRelative: Double,
    _ report: inout GoldenReport
  ) throws {
    for term in terms.terms {
      let parts = term.name.split(separator: ".", maxSplits: 1)
      let name = "loss.\(names[String(parts[0])] ?? "?")_\(parts[1])"
      try report.compareLargest(
        name, [Double(term.value.values[0])], absolute: 1.6e-6, relative: 3.4e-6)
    }
    try report.compareLargest(
      "total", [Double(terms.total.values[0])], absolute: 0, relative: totalRelative)
  }

  private static func prompts(
    _ golden: Golden, _ report: inout GoldenReport, assignment: PromptLoss.Assignment
  ) throws {
    let truth = try golden.truth()
    let tokens = Int(golden.file.metadata["tokens"] ?? "") ?? 0
    let count = Int(golden.file.metadata["layers"] ?? "") ?? 0
    let prompts: [PromptTargets] =
      switch assignment {
      case .manyToMany: try golden.prompts()
      case .manyToOne:
        PromptTargets.clicks(try golden.doubles("click_instance").map { [Int($0)] }, tokens: tokens)
      }
    let loss = PromptLoss(assignment: assignment, weights: golden.lossWeights(), costs: golden.matchCosts())
    let normalizer = Double(loss.count(of: prompts))
    try report.compareExactly("normalizer", [normalizer])
    let tape = Tape()
    let layers = try (0..<count).map { try Watched(golden, prefix: "layer\($0).", tape: tape) }
    var terms = LossTerms()
    var shared: [Match] = []
    if assignment == .manyToMany {
      let last = layers[0].prediction
      shared = try ManyToMany.matches(
        prompts, costs: loss.costs, masks: try golden.samples(last, truth, points: "match_points"), boxes: last.boxes,
        trueBoxes: truth.boxes)
      try report.compareExactly("assigned_pred", shared.map { Double($0.prediction) })
      try report.compareExactly("assigned_slot", shared.map { Double($0.slot) })
      try report.compareExactly("assigned_target", shared.map { Double($0.target) })
      report.used("match_points", "click_offsets", "click_targets")
    }
    for (number, layer) in layers.enumerated() {
      var (matches, points) = (shared, try golden.tensor("layer\(number).points"))
      if assignment == .manyToOne {
        (matches, points) = try loss.manyToOne(
          layer.prediction, prompts: prompts, truth: truth, candidates: PromptLoss.candidates(prompts), points: points)
        try report.compareExactly(
          "layer\(number).best_token", matches.map { Double($0.prediction % tokens) })
        report.used("click_instance")
      } else {
        try comparePairs(layer.prediction, matches, points, truth, place: "layer\(number)", &report)
      }
      terms.append(
        contentsOf: loss.terms(
          layer.prediction, matches: matches, points: points, samples: nil, prompts: prompts, truth: truth,
          normalizer: normalizer, scale: 1, place: "\(number)"))
      report.used("layer\(number).points")
    }
    let names = [
      "bce": "loss_mask_bce", "dice": "loss_mask_dice", "box": "loss_bbox", "giou": "loss_giou",
      "iou": "iou_score_loss",
    ]
    try compare(terms, names: names, totalRelative: 7.2e-7, &report)
    let gradients = tape.gradients(of: terms.total)
    for layer in layers { try layer.compare(gradients, &report) }
    report.used("target_boxes", "target_masks")
  }

  private static func comparePairs(
    _ layer: LayerPrediction, _ matches: [Match], _ points: Tensor, _ truth: TrainingTruth, place: String,
    _ report: inout GoldenReport
  ) throws {
    let pairs = PairLoss(
      prediction: LayerPrediction(masks: layer.masks.detached, boxes: layer.boxes.detached), truth: truth,
      matches: matches, normalizer: 1)
    let masks = try pairs.maskTerms(at: points).orFail("no masks").values.map(Double.init)
    let boxes = pairs.boxTerms().values.map(Double.init)
    let ious = try layer.ious.orFail("no predicted IoU").values.map(Double.init)
    let rows = Array(matches.indices)
    let squares = rows.map { row in
      let difference = ious[matches[row].prediction] - (1 - masks[2 * row + 1])
      return difference * difference
    }
    try report.compareLargest("\(place).pair_bce", rows.map { masks[2 * $0] }, absolute: 1.7e-7, relative: 2.5e-6)
    try report.compareLargest("\(place).pair_dice", rows.map { masks[2 * $0 + 1] }, absolute: 4.5e-7, relative: 1.5e-6)
    try report.compareLargest("\(place).pair_l1", rows.map { boxes[2 * $0] }, absolute: 1.6e-7, relative: 8.6e-7)
    try report.compareLargest("\(place).pair_giou", rows.map { boxes[2 * $0 + 1] }, absolute: 6.3e-7, relative: 9.3e-7)
    try report.compareLargest("\(place).pair_iou_sq", squares, absolute: 2.3e-7, relative: 3.4e-6)
  }

  private static func oneToOne(_ golden: Golden, _ report: inout GoldenReport) throws {
    let truth = try golden.truth()
    let costs = golden.matchCosts()
    let loss = GenericLoss(weights: golden.lossWeights(), matching: OneToOne(costs: costs))
    let groups = Int(golden.file.metadata["dn_groups"] ?? "") ?? 0
    let normalizer = Double(truth.boxes.count)
    try report.compareExactly("normalizer", [normalizer])
    let tape = Tape()
    var terms = LossTerms()
    var layers: [Watched] = []
    for prefix in golden.file.entries.keys.compactMap(prefixOfLayer).sorted() {
      let layer = try Watched(golden, prefix: prefix, tape: tape)
      layers.append(layer)
      let isDenoising = prefix.hasSuffix("dn.")
      let points = try golden.tensor(prefix + "points")
      let matches: [Match]
      if isDenoising {
        matches = GenericLoss.denoisingMatches(groups: groups, things: truth.boxes.count)
      } else {
        matches = try loss.matches(
          layer.prediction, truth: truth, points: try golden.tensor(prefix + "match_points"))
        try report.compareExactly(prefix + "assigned_pred", matches.map { Double($0.prediction) })
        try report.compareExactly(prefix + "assigned_target", matches.map { Double($0.target) })
        report.used(prefix + "match_points")
      }
      terms.append(
        contentsOf: loss.terms(
          layer.prediction, matches: matches, truth: truth, points: points,
          form: isDenoising ? .matchedQueries : .allQueries,
          normalizer: isDenoising ? normalizer * Double(groups) : normalizer,
          place: placeName(prefix)))
      report.used(prefix + "points")
    }
    let names = [
      "bce": "loss_mask_bce", "dice": "loss_mask_dice", "box": "loss_bbox", "giou": "loss_giou",
      "objects": "loss_mask_cls",
    ]
    try compare(terms, names: names, totalRelative: 1.4e-6, &report)
    let gradients = tape.gradients(of: terms.total)
    for layer in layers { try layer.compare(gradients, &report) }
    report.used("target_boxes", "target_masks", "target_labels")
  }

  /// How the file's terms name a layer: "0", "0_dn", "0_interm".
  private static func placeName(_ prefix: String) -> String {
    let parts = prefix.split(separator: ".")
    let layer = parts[0] == "interm" ? "0_interm" : String(parts[0].dropFirst("layer".count))
    return ([layer] + parts.dropFirst().map(String.init)).joined(separator: "_")
  }

  /// "layer0.dn." of "layer0.dn.pred_boxes"; nil for other tensors.
  private static func prefixOfLayer(_ tensor: String) -> String? {
    tensor.hasSuffix(".pred_boxes") && !tensor.contains("grad.") ? String(tensor.dropLast("pred_boxes".count)) : nil
  }

  private static func classification(_ golden: Golden, _ report: inout GoldenReport) throws {
    let tape = Tape()
    let queries = tape.watching(try golden.tensor("decoder_output"))
    let scale = try golden.tensor("logit_scale")
    let assigned = zip(try golden.doubles("assigned_pred"), try golden.doubles("assigned_target"))
    let normalizer = try golden.doubles("normalizer")[0]
    let weights = golden.lossWeights()
    var terms = LossTerms()
    var projections: [(String, Tensor)] = []
    for (kind, key) in [("object", "class_embed"), ("part", "class_embed_part")] {
      let projection = tape.watching(try golden.tensor(key))
      projections.append((key, projection))
      let logits = queries.product(with: projection).normalizedRows(addend: 1e-7)
        .product(transposing: try golden.tensor("\(kind)_text")).scaled(byExponentialOf: scale)
      try report.compareLargest(
        "\(kind)_logits", logits.values.map(Double.init), absolute: 2.4e-5, relative: 2.6e-6)
      let labels = try golden.doubles("\(kind)_labels")
      var classes = [Int?](repeating: nil, count: logits.shape[0])
      for (query, target) in assigned { classes[Int(query)] = Int(labels[Int(target)]) }
      let loss = FocalLoss.loss(logits: logits, classes: classes, normalizer: normalizer)
      try report.compareLargest("\(kind)_loss", [Double(loss.values[0])], absolute: 0, relative: 1.9e-6)
      terms.add("\(kind).0", loss, weight: kind == "object" ? weights.objects : weights.parts)
      if kind == "object" {
        let matched = FocalLoss.loss(
          logits: logits, classes: classes, form: .matchedQueries, normalizer: normalizer)
        try report.compareLargest(
          "object_loss_matched_only", [Double(matched.values[0])], absolute: 0, relative: 1.9e-6)
      }
      // By the logits themselves, on a tape of their own.
      let own = Tape()
      let watched = own.watching(logits.detached)
      var single = LossTerms()
      single.add(
        kind, FocalLoss.loss(logits: watched, classes: classes, normalizer: normalizer),
        weight: kind == "object" ? weights.objects : weights.parts)
      let gradient = try own.gradients(of: single.total)[watched].orFail("no gradient")
      try report.compareLargest(
        "grad.\(kind)_logits", gradient.values.map(Double.init), absolute: 0, relative: 8.4e-6)
      report.used("\(kind)_text", "\(kind)_labels", key)
    }
    try report.compareLargest("total", [Double(terms.total.values[0])], absolute: 0, relative: 1.9e-6)
    let gradients = tape.gradients(of: terms.total)
    try report.compareLargest(
      "grad.decoder_output", try gradients[queries].orFail("no gradient").values.map(Double.init), absolute: 0,
      relative: 3.9e-6)
    for (key, projection) in projections {
      try report.compareLargest(
        "grad.\(key)", try gradients[projection].orFail("no gradient").values.map(Double.init), absolute: 0,
        relative: 2.6e-6)
    }
    report.used("decoder_output", "logit_scale", "assigned_pred", "assigned_target", "normalizer")
  }
}
