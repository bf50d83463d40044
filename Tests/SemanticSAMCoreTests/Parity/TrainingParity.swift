import Foundation

@testable import SemanticSAMCore

/// Checks of the goldens of training that need no network: matching, points, target sets, optimiser. Their numbers are those
/// of the reference's own functions in double precision; bounds are ten times the error of its single-precision run.
enum TrainingParity {
  // MARK: Assignments

  static func hungarian(_ golden: Golden, _ report: inout GoldenReport) throws {
    let cases = try JSONDecoder().decode([String].self, from: Data((golden.file.metadata["cases"] ?? "[]").utf8))
    for name in cases {
      let entry = try golden.entry(name + ".cost")
      let costs = try golden.numbers(name + ".cost")
      let (rows, columns) = (entry.shape[0], entry.shape[1])
      let pairs = try Hungarian.assignment(minimizing: costs, rows: rows, columns: columns)
      let total = pairs.reduce(0) { $0 + costs[$1.row * columns + $1.column] }
      let expected = try golden.doubles(name + ".total")[0]
      // Sums of the same costs, perhaps in another order.
      report.require(abs(total - expected) <= 1e-12 * max(1, abs(expected)), "\(name).total: \(total), not \(expected)")
      report.require(pairs.count == min(rows, columns), "\(name): \(pairs.count) pairs")
      if try golden.doubles(name + ".margin")[0] != 0 {
        try report.compareExactly(name + ".row", pairs.map { Double($0.row) })
        try report.compareExactly(name + ".col", pairs.map { Double($0.column) })
      }
      for part in ["cost", "total", "margin", "row", "col"] { report.used("\(name).\(part)") }
    }
  }

  static func matching(_ golden: Golden, _ report: inout GoldenReport) throws {
    switch golden.file.metadata["variant"] {
    case "many-to-many": try manyToMany(golden, &report)
    case "many-to-one": try manyToOne(golden, &report)
    default: try oneToOne(golden, &report)
    }
  }

  private static func manyToMany(_ golden: Golden, _ report: inout GoldenReport) throws {
    let (truth, layer) = (try golden.truth(), try golden.layer(""))
    let prompts = try golden.prompts()
    let samples = try golden.samples(layer, truth, points: "points")
    let (queries, slots) = (layer.boxes.shape[0], prompts.reduce(0) { $0 + $1.targets.count })
    let targets = prompts.flatMap(\.targets)
    let costs = golden.matchCosts()
    let pairs = (0..<queries).flatMap { query in targets.map { (prediction: query, target: $0) } }
    let terms = costs.terms(of: pairs, masks: samples, boxes: layer.boxes, trueBoxes: truth.boxes)
    try report.compareLargest("cost_mask", terms.map(\.maskCrossEntropy), absolute: 4.1e-6, relative: 2.3e-6)
    try report.compareLargest("cost_dice", terms.map(\.dice), absolute: 2.4e-6, relative: 3.2e-6)
    try report.compareLargest("cost_bbox", terms.map(\.box), absolute: 1.3e-6, relative: 8.8e-7)
    try report.compareLargest("cost_giou", terms.map(\.giou), absolute: 5.1e-6, relative: 5.5e-6)
    var (valid, totals) = ([Double](), [Double]())
    var slotPrompts: [Int] = []
    for (index, prompt) in prompts.enumerated() { slotPrompts += prompt.targets.map { _ in index } }
    for query in 0..<queries {
      for slot in 0..<slots {
        let isValid = prompts[slotPrompts[slot]].queries.contains(query)
        valid.append(isValid ? 1 : 0)
        totals.append(isValid ? costs.total(terms[query * slots + slot]) : 1e6)
      }
    }
    try report.compareExactly("valid", valid)
    // The forbidden entries would hide the others' size.
    let expected = try golden.doubles("cost_total")
    let allowed = valid.indices.filter { valid[$0] == 1 }
    let largest = allowed.map { abs(expected[$0]) }.max() ?? 0
    for index in allowed {
      report.require(
        abs(totals[index] - expected[index]) <= max(3.4e-5, 2e-6 * largest),
        "cost_total[\(index)]: \(totals[index]), not \(expected[index])")
    }
    let matches = try ManyToMany.matches(
      prompts, costs: costs, masks: samples, boxes: layer.boxes, trueBoxes: truth.boxes)
    let matchedCost = matches.reduce(0) { $0 + expected[$1.prediction * slots + $1.slot] }
    try report.compareLargest("matched_cost", [matchedCost], absolute: 1e-9, relative: 1e-9)
    if try golden.doubles("margin")[0] != 0 {
      try report.compareExactly("assigned_pred", matches.map { Double($0.prediction) })
      try report.compareExactly("assigned_slot", matches.map { Double($0.slot) })
      try report.compareExactly("assigned_target", matches.map { Double($0.target) })
    }
    // The reference's one problem over all prompts has the same solution.
    let whole = try Hungarian.assignment(minimizing: totals, rows: queries, columns: slots)
    let wholeCost = whole.reduce(0) { $0 + totals[$1.row * slots + $1.column] }
    let ownCost = matches.reduce(0) { $0 + totals[$1.prediction * slots + $1.slot] }
    report.require(abs(wholeCost - ownCost) < 1e-9, "one problem over all prompts costs \(wholeCost), not \(ownCost)")
    report.used(
      "cost_total", "margin", "matched_cost", "assigned_pred", "assigned_slot", "assigned_target", "click_offsets",
      "click_targets", "points", "pred_boxes", "pred_masks", "target_boxes", "target_masks")
  }

  private static func oneToOne(_ golden: Golden, _ report: inout GoldenReport) throws {
    let (truth, layer) = (try golden.truth(), try golden.layer(""))
    let samples = try golden.samples(layer, truth, points: "points")
    let labels = try golden.doubles("target_labels").map { Int($0) }
    let classes = layer.objects.map { [ClassCosts(logits: $0, labels: labels)] } ?? []
    let isPanoptic = golden.file.metadata["panoptic_boxes"] == "true"
    let matching = OneToOne(costs: golden.matchCosts(), firstStuffLabel: isPanoptic ? 80 : nil)
    let terms = matching.terms(
      classes: classes, masks: samples, boxes: layer.boxes, trueBoxes: truth.boxes)
    try report.compareLargest("cost_class", terms.map(\.classification), absolute: 4.3e-5, relative: 1.4e-5)
    try report.compareLargest("cost_mask", terms.map(\.maskCrossEntropy), absolute: 4.1e-6, relative: 2.3e-6)
    try report.compareLargest("cost_dice", terms.map(\.dice), absolute: 2.4e-6, relative: 3.2e-6)
    try report.compareLargest("cost_bbox", terms.map(\.box), absolute: 1.3e-6, relative: 8.8e-7)
    try report.compareLargest("cost_giou", terms.map(\.giou), absolute: 5.1e-6, relative: 5.5e-6)
    try report.compareLargest(
      "cost_total", terms.map(matching.costs.total), absolute: 1.7e-4, relative: 6.5e-6)
    let matches = try matching.matches(
      classes: classes, masks: samples, boxes: layer.boxes, trueBoxes: truth.boxes)
    if try golden.doubles("margin")[0] != 0 {
      try report.compareExactly("assigned_pred", matches.map { Double($0.prediction) })
      try report.compareExactly("assigned_target", matches.map { Double($0.target) })
    }
    report.used(
      "margin", "assigned_pred", "assigned_target", "points", "pred_boxes", "pred_masks", "pred_logits",
      "target_boxes", "target_masks", "target_labels")
  }

  private static func manyToOne(_ golden: Golden, _ report: inout GoldenReport) throws {
    let masks = try golden.truthMasks()
    let tokens = Int(golden.file.metadata["tokens"] ?? "") ?? 0
    let instances = try golden.doubles("click_instance").map { Int($0) }
    let prompts = PromptTargets.clicks(instances.map { [$0] }, tokens: tokens)
    let boxes = Tensor(repeating: 0.5, shape: [instances.count * tokens, 4])
    let layer = LayerPrediction(masks: try golden.tensor("pred_masks"), boxes: boxes)
    let truth = TrainingTruth(masks: masks, boxes: [SIMD4<Double>](repeating: SIMD4(), count: masks.count))
    let candidates = PromptLoss.candidates(prompts)
    let pairs = PairLoss(prediction: layer, truth: truth, matches: candidates, normalizer: 1)
    let points = try golden.tensor("points")
    let terms = try pairs.maskTerms(at: points).orFail("no masks").values
    try report.compareLargest(
      "bce", candidates.indices.map { Double(terms[2 * $0]) }, absolute: 3.4e-6, relative: 1.9e-6)
    try report.compareLargest(
      "dice", candidates.indices.map { Double(terms[2 * $0 + 1]) }, absolute: 1.3e-6, relative: 1.4e-6)
    let chosen = try PromptLoss.manyToOne.manyToOne(
      layer, prompts: prompts, truth: truth, candidates: candidates, points: points)
    try report.compareExactly("best_token", chosen.matches.map { Double($0.prediction % tokens) })
    report.used("click_instance", "pred_masks", "points", "target_masks")
  }

  // MARK: Points and target sets

  static func uncertainPoints(_ golden: Golden, _ report: inout GoldenReport) throws {
    let metadata = golden.file.metadata
    let points = UncertainPoints(
      count: Int(metadata["num_points"] ?? "") ?? 0, oversampling: Double(metadata["oversample"] ?? "") ?? 0,
      importance: Double(metadata["importance"] ?? "") ?? 0)
    let masks = try golden.tensor("logits")
    let candidates = try golden.tensor("candidates")
    let rows = Array(0..<masks.shape[0])
    report.require(candidates.shape[1] == points.candidateCount, "\(points.candidateCount) candidates")
    let logits = masks.sampled(at: candidates, of: rows)
    try report.compareLargest(
      "candidate_logits", logits.values.map(Double.init), absolute: 7.6e-5, relative: 9.2e-6)
    let chosen = UncertainPoints.mostUncertain(logits, count: points.chosenCount)
    let expected = try golden.rows("chosen")
    for row in rows {
      report.require(Set(chosen[row]) == Set(expected[row].map { Int($0) }), "chosen[\(row)]: other points")
    }
    let extra = try golden.tensor("extra_points")
    let all = points.points(in: masks, of: rows, candidates: candidates, extra: extra)
    let (own, reference) = (all.values.map(Double.init), try golden.doubles("points"))
    let width = 2 * points.count
    for row in rows {
      func pairs(_ numbers: [Double]) -> [[Double]] {
        stride(from: row * width, to: (row + 1) * width, by: 2).map { [numbers[$0], numbers[$0 + 1]] }
          .sorted { $0.lexicographicallyPrecedes($1) }
      }
      report.require(
        own.count == reference.count && pairs(own) == pairs(reference), "points[\(row)]: not the same points")
    }
    report.used("chosen", "points", "cut_gap", "logits", "candidates", "extra_points")
  }

  static func targets(_ golden: Golden, _ report: inout GoldenReport) throws {
    let shape = try golden.shape("masks")
    let (count, height, width) = (shape[0], shape[1], shape[2])
    let bytes = try golden.bytes("masks")
    let masks = try (0..<count).map { index in
      try Mask(
        width: width, height: height, bitmap: Array(bytes[index * width * height..<(index + 1) * width * height]))
    }
    let metadata = golden.file.metadata
    let sampling = ClickSampling(targetLimit: Int(metadata["tokens"] ?? "") ?? 0)
    let (instances, choices) = (try golden.doubles("instance"), try golden.doubles("pixel_choice"))
    let keptOffsets = try golden.doubles("kept_offsets").map { Int($0) }
    let kept = try golden.doubles("kept_targets").map { Int($0) }
    var (boxes, hits, offsets) = ([SIMD4<Double>](), [Int](), [0])
    var generator = SampleGenerator(seed: 7)
    for (number, (instance, choice)) in zip(instances, choices).enumerated() {
      let set = masks[Int(instance)].bitmap.indices.filter { masks[Int(instance)].bitmap[$0] != 0 }
      let (y, x) = set[Int(choice)].quotientAndRemainder(dividingBy: width)
      boxes.append(PromptNoise.clickBox(x: Double(x), y: Double(y), width: width, height: height))
      let hit = ClickSampling.regions(in: masks, at: (x, y))
      hits += hit
      offsets.append(hits.count)
      // What is kept is drawn at random where it is cut; then their number and that all of them were hit is left to see.
      var cut = hit
      sampling.cut(&cut, using: &generator)
      let expected = kept[keptOffsets[number]..<keptOffsets[number + 1]]
      report.require(cut.count == expected.count, "kept_targets of click \(number): \(cut.count)")
      report.require(
        Set(cut).isSubset(of: hit) && Set(expected).isSubset(of: hit) && Set(cut).count == cut.count,
        "kept_targets of click \(number): not those that were hit")
      if hit.count <= sampling.targetLimit {
        report.require(cut == Array(expected), "kept_targets of click \(number): \(cut)")
      }
    }
    try report.compareExactly("hit_targets", hits.map(Double.init))
    try report.compareExactly("hit_offsets", offsets.map(Double.init))
    func flat(_ boxes: [SIMD4<Double>]) -> [Double] { boxes.flatMap { box in (0..<4).map { box[$0] } } }
    try report.compareLargest("click_box", flat(boxes), absolute: 1e-12, relative: 1e-12)
    let own = try golden.tensor("target_boxes").boxRows
    let prompts = boxes + instances.map { own[Int($0)] }
    try report.compareLargest("prompt_boxes", flat(prompts), absolute: 1e-12, relative: 1e-12)
    let noise = PromptNoise(
      scale: Double(metadata["noise_scale"] ?? "") ?? 0,
      clickFactor: Double(metadata["point_noise_factor"] ?? "") ?? 0)
    let uniform = try golden.tensor("uniform").boxRows
    let noisy = prompts.indices.map { noise.noisy(prompts[$0], isClick: $0 < boxes.count, uniform: uniform[$0]) }
    try report.compareLargest("noisy_boxes", flat(noisy), absolute: 1e-12, relative: 1e-12)
    try report.compareLargest(
      "noisy_unsigmoid", flat(noisy.map(PromptNoise.inverseSigmoid)), absolute: 1e-10, relative: 1e-10)
    report.used(
      "instance", "pixel_choice", "kept_targets", "kept_offsets", "masks", "target_boxes", "uniform")
  }

  // MARK: Optimiser

  static func optimizer(_ golden: Golden, _ report: inout GoldenReport) throws {
    struct Warmed: Decodable {
      var gamma: Double
      var steps: [Int]
      var start: Double
      var warmUp: Int

      enum CodingKeys: String, CodingKey {
        case gamma, steps
        case start = "warmup_factor"
        case warmUp = "warmup_iters"
      }
    }
    let metadata = golden.file.metadata
    let given = try JSONDecoder().decode(Warmed.self, from: Data((metadata["schedule"] ?? "").utf8))
    let names = try JSONDecoder().decode([String].self, from: Data((metadata["names"] ?? "[]").utf8))
    let schedule = Schedule(
      .milestones(given.steps, factor: given.gamma), warmUpSteps: given.warmUp, warmUpStart: given.start)
    let rate = Double(metadata["base_lr"] ?? "") ?? 0
    let limit = Double(metadata["clip"] ?? "") ?? 0
    var parameters: [String: Tensor] = [:]
    for name in names { parameters[name] = try golden.tensor("param.\(name).0") }
    let factors = names.map { ParameterGroups.reference.factors(key: $0, shape: parameters[$0]?.shape ?? []) }
    try report.compareLargest("lr_multiplier", factors.map(\.rate), absolute: 0, relative: 1e-15)
    try report.compareLargest("weight_decay", factors.map { 0.05 * $0.decay }, absolute: 0, relative: 1e-15)

    let steps = try golden.shape("lr")[0]
    var (optimizer, rates, norms) = (AdamW(), [Double](), [Double]())
    for step in 0..<steps {
      var gradients = NamedTensors()
      for name in names { gradients.append(name, try golden.tensor("grad.\(name).\(step + 1)")) }
      norms.append(gradients.norm)
      rates.append(rate * schedule.multiplier(at: step))
      if step == steps / 2 {
        // Going on from a saved state changes nothing.
        optimizer = try AdamW(stepCount: optimizer.stepCount, tensors: optimizer.tensors)
      }
      optimizer.beginStep()
      for (index, name) in names.enumerated() {
        guard var parameter = parameters.removeValue(forKey: name) else { continue }
        optimizer.update(
          &parameter, key: name, gradient: gradients[name], rate: rates[step] * factors[index].rate,
          decay: 0.05 * factors[index].decay, scale: NamedTensors.clipping(norm: norms[step], limit: limit))
        parameters[name] = parameter
        try report.compareLargest(
          "param.\(name).\(step + 1)", parameter.values.map(Double.init), absolute: 2.5e-6, relative: 2.4e-6)
        report.used("param.\(name).0", "grad.\(name).\(step + 1)")
      }
    }
    try report.compareLargest("lr", rates, absolute: 0, relative: 1e-14)
    try report.compareLargest("grad_norm_before_clip", norms, absolute: 0, relative: 1e-12)
    for (name, tensor) in optimizer.tensors {
      try report.compareLargest(name, tensor.values.map(Double.init), absolute: 0, relative: 2.4e-6)
    }
  }
}
