import Foundation
import SemanticSAMDefaultModel

@testable import SemanticSAMCore

/// Checks of the goldens that differentiate a whole network: gradients by every parameter, and training steps. Bounds are
/// ten times the error of the reference's single-precision run, as the goldens' documentation tables them.
enum GradientParity {
  /// Of one parameter's gradient, by L2.
  private static let parameterBound = 3.8e-5

  // MARK: Networks of the reference

  static func gradients(_ golden: Golden, _ report: inout GoldenReport) throws {
    let scene = try Scene(golden, image: "image", suffix: "")
    let network = try network(tokens: scene.tokens)
    var (terms, layers) = (LossTerms(), [MaskDecoder.Prediction]())
    let variant = golden.file.metadata["variant"] ?? ""
    var functional = Tensor(repeating: 0, shape: [1])
    let pixels = scene.pixels
    // The input's gradient is asked for too, so it takes part as one more parameter.
    let whole = WithInput(network: network, input: pixels)
    let (value, gradients) = try whole.differentiated { whole in
      layers = try predictions(whole.network, whole.input, scene)
      guard variant != "functional" else {
        functional = Self.functional(layers)
        return functional
      }
      terms = try loss(golden, scene, layers, prefix: "", &report)
      return terms.total
    }
    let last = try layers.last.orFail("the decoder has no layer")
    try report.compareLargest(
      "pred_boxes", last.boxes.values.map(Double.init), absolute: 0, relative: 2e-5)
    try report.compareLargest("pred_ious", last.iou.values.map(Double.init), absolute: 0, relative: 2e-5)
    if variant == "functional" {
      try report.compareLargest("value", [Double(value)], absolute: 8.7e-5, relative: 3.6e-6)
      var parts: [Double] = []
      for (index, layer) in layers.enumerated() {
        let scale = pow(2, Double(index - layers.count + 1))
        for (tensor, factor) in [(layer.masks, 1.0 / 64), (layer.boxes, 8), (layer.iou, 2)] {
          parts.append(Double(tensor.weighted(by: factor * scale).values[0]))
        }
      }
      try report.compareLargest("parts", parts, absolute: 8.7e-5, relative: 3.6e-6)
      let gradient = try gradients["input"].orFail("no gradient by the input")
      let (height, width) = (pixels.shape[0], pixels.shape[1])
      let numbers = gradient.values
      var sampled: [Double] = []
      for channel in 0..<3 {
        for y in stride(from: 0, to: height, by: 4) {
          for x in stride(from: 0, to: width, by: 4) { sampled.append(Double(numbers[(y * width + x) * 3 + channel])) }
        }
      }
      try report.compareLargest("input_grad", sampled, absolute: 0, relative: parameterBound)
    } else {
      try report.compareLargest("total", [Double(value)], absolute: 1.4e-4, relative: 2e-6)
      try compareTerms(terms, &report)
      report.used("total_grad_norm")
      let own = NamedTensors(gradients, where: { $0 != "input" })
      let expected = try golden.doubles("total_grad_norm")[0]
      report.require(
        abs(own.norm - expected) <= 7.7e-6 * expected, "total_grad_norm: \(own.norm), not \(expected)")
    }
    try compare(gradients, golden, &report)
    report.used("prompt_boxes", "prompt_pb", "image", "target_boxes", "target_masks")
  }

  static func steps(_ golden: Golden, _ report: inout GoldenReport) throws {
    let metadata = golden.file.metadata
    let names = try names(golden)
    let scenes = try ["0", "1"].map { try Scene(golden, image: "image" + $0, suffix: $0, prompts: "step0.") }
    var network = try network(tokens: scenes[0].tokens)
    let (multipliers, decays) = (try golden.doubles("lr_multiplier"), try golden.doubles("weight_decay"))
    let factors = Dictionary(uniqueKeysWithValues: zip(names, zip(multipliers, decays)))
    let rate = Double(metadata["base_lr"] ?? "") ?? 0
    let limit = Double(metadata["clip"] ?? "") ?? 0
    var optimizer = AdamW()
    var (losses, norms) = ([Double](), [Double]())
    for step in 0..<(Int(metadata["steps"] ?? "") ?? 0) {
      let suffix = "\(step % 2)"
      let scene = try Scene(golden, image: "image" + suffix, suffix: suffix, prompts: "step\(step).")
      let (value, gradients) = try network.differentiated { network in
        let layers = try predictions(network, scene.pixels, scene)
        return try loss(golden, scene, layers, prefix: "step\(step).", &report).total
      }
      losses.append(Double(value))
      norms.append(gradients.norm)
      let scale = NamedTensors.clipping(norm: gradients.norm, limit: limit)
      var parameters = try network.parameters { _ in true }
      optimizer.beginStep()
      for (place, key) in parameters.keys.enumerated() {
        let (multiplier, decay) = try factors[key].orFail("no factors of \(key)")
        optimizer.update(
          &parameters.tensors[place], key: key, gradient: gradients[key], rate: rate * multiplier, decay: decay,
          scale: scale)
      }
      try network.assign(parameters)
      report.used("step\(step).prompt_boxes", "step\(step).click_instance")
    }
    try report.compareLargest("loss", losses, absolute: 1.2e-4, relative: 2.7e-6)
    try report.compareLargest("grad_norm_before_clip", norms, absolute: 8.4e-4, relative: 4.2e-6)
    let parameters = try network.parameters { _ in true }
    let samples = try golden.rows("param_sample")
    let (expectedNorms, expectedSums) = (try golden.doubles("param_norm"), try golden.doubles("param_sum"))
    for (place, name) in names.enumerated() {
      let values = try parameters[name].orFail("no parameter \(name)").values.map(Double.init)
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      report.require(
        abs(norm - expectedNorms[place]) <= 2.5e-5 && abs(values.reduce(0, +) - expectedSums[place]) <= 2.5e-3,
        "param_norm of \(name): \(norm), not \(expectedNorms[place])")
      for number in 0..<8 {
        let value = values[number * values.count / 8]
        report.noteDifference(abs(value - samples[place][number]), of: 1, at: "\(name)[\(number)]")
        report.require(
          abs(value - samples[place][number]) <= 1.2e-5,
          "param_sample of \(name): \(value), not \(samples[place][number])")
      }
    }
    report.used(
      "param_norm", "param_sum", "param_sample", "lr_multiplier", "weight_decay", "target_boxes0", "target_boxes1",
      "target_masks0", "target_masks1", "image0", "image1")
  }

  /// What is asked about an image.
  private struct Scene {
    let tokens: Int
    let pixels: Tensor
    let prompts: [EncodedPrompt]
    let isJoint: Bool
    let truth: TrainingTruth?

    init(_ golden: Golden, image: String, suffix: String, prompts prefix: String = "") throws {
      let shape = try golden.shape(image)
      let (height, width) = (shape[1], shape[2])
      let planes = try golden.bytes(image)
      let bytes = (0..<height * width).flatMap { place in (0..<3).map { planes[$0 * height * width + place] } }
      let rule = Configuration.tiny.image
      let size = InputSize(width: width, height: height, divisibility: rule.sizeDivisibility)
      pixels = try Image(width: width, height: height, pixels: bytes).normalized(rule, size: size)
      let count = Int(golden.file.metadata["tokens"] ?? "") ?? 6
      tokens = count
      let kinds = golden.file.tensor("prompt_pb")?.values
      prompts = try golden.tensor(prefix + "prompt_boxes").boxRows.enumerated().map { index, box in
        EncodedPrompt(kind: Int(kinds?[index] ?? 1), boxes: Array(repeating: SIMD4<Float>(box), count: count))
      }
      isJoint = golden.file.metadata["attention"]?.contains("all prompts") ?? false
      guard golden.file.entries["target_masks" + suffix] != nil else {
        truth = nil
        return
      }
      let masks = try golden.shape("target_masks" + suffix)
      truth = TrainingTruth(
        masks: TruthMasks(
          bytes: try golden.bytes("target_masks" + suffix), count: masks[0], width: masks[2], height: masks[1]),
        boxes: try golden.tensor("target_boxes" + suffix).boxRows)
    }
  }

  private static func network(tokens: Int) throws -> Network {
    var configuration = Configuration.tiny
    configuration.decoder.maskTokens = tokens
    return try FixtureWeights.network(configuration)
  }

  private static func predictions(
    _ network: Network, _ pixels: Tensor, _ scene: Scene
  ) throws -> [MaskDecoder.Prediction] {
    let features = try network.pixelDecoder(try network.backbone(pixels) {}) { _ in }
    let queries = network.maskDecoder.prompts.queries(scene.prompts)
    return network.maskDecoder(
      scene.isJoint ? queries.joint : queries, memory: network.maskDecoder.memory(of: features), everyLayer: true
    ).predictions
  }

  /// The training loss with the file's points; layer 0 is the last one.
  private static func loss(
    _ golden: Golden, _ scene: Scene, _ layers: [MaskDecoder.Prediction], prefix: String, _ report: inout GoldenReport
  ) throws -> LossTerms {
    let truth = try scene.truth.orFail("\(golden.name) has no truth")
    let predictions = ([layers[layers.count - 1]] + layers.dropLast()).map {
      LayerPrediction(masks: $0.masks, boxes: $0.boxes, ious: $0.iou)
    }
    let isManyToOne = scene.tokens == 3
    let prompts: [PromptTargets]
    if isManyToOne {
      prompts = PromptTargets.clicks(
        try golden.doubles(prefix + "click_instance").map { [Int($0)] }, tokens: scene.tokens)
      report.used(prefix + "click_instance", prefix + "click_offsets", prefix + "click_targets")
    } else {
      let offsets = try golden.doubles(prefix + "click_offsets").map { Int($0) }
      let targets = try golden.doubles(prefix + "click_targets").map { Int($0) }
      prompts = PromptTargets.clicks(
        zip(offsets, offsets.dropFirst()).map { Array(targets[$0..<$1]) }, tokens: scene.tokens)
      report.used(prefix + "click_offsets", prefix + "click_targets", prefix + "match_points")
    }
    let loss = PromptLoss(
      assignment: isManyToOne ? .manyToOne : .manyToMany, weights: golden.lossWeights(), costs: golden.matchCosts())
    var shared: [Match] = []
    if !isManyToOne {
      let points = try golden.tensor(prefix + "match_points")
      let masks = try truth.masks.orFail("no masks")
      shared = try ManyToMany.matches(
        prompts, costs: loss.costs,
        masks: MaskSamples(
          logits: predictions[0].masks.detached.sampled(at: points, of: Array(0..<predictions[0].masks.shape[0])),
          labels: masks.sampled(at: points, of: Array(0..<masks.count))),
        boxes: predictions[0].boxes.detached, trueBoxes: truth.boxes)
      try report.compareExactly(prefix + "assigned_pred", shared.map { Double($0.prediction) })
      try report.compareExactly(prefix + "assigned_slot", shared.map { Double($0.slot) })
    }
    var terms = LossTerms()
    for (number, layer) in predictions.enumerated() {
      let place = "\(prefix)layer\(number)."
      var (matches, points) = (shared, try golden.tensor(place + "points"))
      if golden.file.entries[place + "candidates"] != nil {
        let extra = try golden.tensor(place + "extra_points")
        let candidates = try golden.tensor(place + "candidates")
        let choice = UncertainPoints(
          count: points.shape[1], oversampling: Double(candidates.shape[1]) / Double(points.shape[1]),
          importance: Double(points.shape[1] - extra.shape[1]) / Double(points.shape[1]))
        points = choice.points(
          in: layer.masks, of: matches.map(\.prediction), candidates: candidates, extra: extra)
        report.used(place + "candidates", place + "extra_points")
      }
      if isManyToOne {
        (matches, points) = try loss.manyToOne(
          layer, prompts: prompts, truth: truth, candidates: PromptLoss.candidates(prompts), points: points)
        if golden.file.entries["best_token"] != nil {
          let expected = try golden.rows("best_token")[number].map { Int($0) }
          report.require(
            matches.map { $0.prediction % scene.tokens } == expected, "best_token of layer \(number)")
          report.used("best_token")
        }
      }
      report.used(place + "points")
      terms.append(
        contentsOf: loss.terms(
          layer, matches: matches, points: points, samples: nil, prompts: prompts, truth: truth,
          normalizer: Double(loss.count(of: prompts)), scale: 1, place: "\(number)"))
    }
    return terms
  }

  private static func compareTerms(_ terms: LossTerms, _ report: inout GoldenReport) throws {
    let names = [
      "bce": "loss_mask_bce", "dice": "loss_mask_dice", "box": "loss_bbox", "giou": "loss_giou",
      "iou": "iou_score_loss",
    ]
    for term in terms.terms {
      let parts = term.name.split(separator: ".", maxSplits: 1)
      try report.compareLargest(
        "loss.\(names[String(parts[0])] ?? "?")_\(parts[1])", [Double(term.value.values[0])], absolute: 1.6e-6,
        relative: 2e-5)
    }
  }

  private static func functional(_ layers: [MaskDecoder.Prediction]) -> Tensor {
    var sum: Tensor?
    for (index, layer) in layers.enumerated() {
      let scale = pow(2, Double(index - layers.count + 1))
      for (tensor, factor) in [(layer.masks, 1.0 / 64), (layer.boxes, 8), (layer.iou, 2)] {
        let part = tensor.weighted(by: factor * scale)
        sum = sum.map { $0 + part } ?? part
      }
    }
    return sum ?? Tensor(repeating: 0, shape: [1])
  }

  private static func names(_ golden: Golden) throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data((golden.file.metadata["names"] ?? "[]").utf8)).map { name in
      try PublishedKeys.canonical("model." + name).orFail("'\(name)' is no parameter")
    }
  }

  /// Compares what the file has of each parameter's gradient: norm, sum, largest number, eight of them, or all.
  private static func compare(_ gradients: NamedTensors, _ golden: Golden, _ report: inout GoldenReport) throws {
    let norms = try golden.doubles("grad_norm")
    let sums = try golden.doubles("grad_sum")
    let largest = try golden.doubles("grad_max")
    let samples = try golden.rows("grad_sample")
    for (place, name) in try names(golden).enumerated() {
      let values = try gradients[name].orFail("no gradient by \(name)").values.map(Double.init)
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let allowed = parameterBound * norms[place]
      report.noteDifference(abs(norm - norms[place]), of: norms[place], at: name)
      report.require(abs(norm - norms[place]) <= allowed, "grad_norm of \(name): \(norm), not \(norms[place])")
      let sum = values.reduce(0, +)
      report.require(
        abs(sum - sums[place]) <= allowed * Double(values.count).squareRoot(),
        "grad_sum of \(name): \(sum), not \(sums[place])")
      let most = values.reduce(0) { max($0, abs($1)) }
      report.require(
        abs(most - largest[place]) <= allowed, "grad_max of \(name): \(most), not \(largest[place])")
      for number in 0..<8 {
        let value = values[number * values.count / 8]
        report.require(
          abs(value - samples[place][number]) <= allowed,
          "grad_sample \(number) of \(name): \(value), not \(samples[place][number])")
      }
    }
    report.used("grad_norm", "grad_sum", "grad_max", "grad_sample")
    for tensor in golden.file.entries.keys where tensor.hasPrefix("grad.") {
      let key = try PublishedKeys.canonical("model." + tensor.dropFirst("grad.".count)).orFail("'\(tensor)'")
      try report.compareL2(
        tensor, try gradients[key].orFail("no gradient by \(key)").values, bound: parameterBound)
    }
  }

  // MARK: The network that ships

  static func defaultNetwork(_ golden: Golden, _ report: inout GoldenReport) throws {
    let model = try SemanticSAM.load(.embedded)
    let image = try golden.image("image")
    let size = InputSize(
      width: image.width, height: image.height, divisibility: model.configuration.image.sizeDivisibility)
    let padded = SIMD4(
      Float(size.paddedWidth), Float(size.paddedHeight), Float(size.paddedWidth), Float(size.paddedHeight))
    let clicks = try golden.rows("clicks_xy").map { SIMD2(Float($0[0]), Float($0[1])) / SIMD2(padded.x, padded.y) }
    let boxes = try golden.rows("boxes_xyxy").map { box in
      SIMD4(
        Float(box[0] + box[2]) / 2, Float(box[1] + box[3]) / 2, Float(box[2] - box[0]), Float(box[3] - box[1]))
        / padded
    }
    let (value, gradients) = try model.trainableNetwork().differentiated { network in
      let pyramid = try network.backbone(image.normalized(model.configuration.image, size: size)) {}
      let features = try network.pixelDecoder(pyramid) { _ in }
      let decoder = network.maskDecoder
      let layers = decoder(
        decoder.prompts(clicks: clicks, boxes: boxes, size: size), memory: decoder.memory(of: features),
        everyLayer: true
      ).predictions
      var sum: Tensor?
      func add(_ tensor: Tensor) { sum = sum.map { $0 + tensor } ?? tensor }
      for (index, layer) in layers.enumerated() {
        let probabilities = layer.masks.sigmoid()
        let coordinates = Tensor(
          (0..<layer.boxes.count).map { Float($0 % 4 + 1) }, shape: layer.boxes.shape)
        for part in [
          (probabilities * probabilities).mean(), (layer.boxes * coordinates).mean(), (layer.iou * layer.iou).mean(),
        ] { add(part.scaled(by: Float(index + 1))) }
      }
      let refiner = try network.refiner.orFail("the network has no refiner")
      let last = try layers.last.orFail("no layer")
      let clickOfQuery =
        clicks.flatMap { click in (0..<6).flatMap { _ in [click.x, click.y] } }
        + boxes.flatMap { _ in [Float.nan, Float.nan] }
      let refined = refiner(
        last, clicks: Tensor(clickOfQuery, shape: [clickOfQuery.count / 2, 2]),
        maps: refiner.reducedMaps(of: features))
      let grid = refined.logits.sigmoid()
      add((grid * grid).mean().scaled(by: 2))
      add((refined.iou * refined.iou).mean())
      return sum ?? Tensor(repeating: 0, shape: [1])
    }
    try report.compareLargest("loss", [Double(value)], absolute: 0, relative: 2e-5)
    for tensor in golden.file.entries.keys where tensor.hasPrefix("grad.") && !tensor.hasSuffix(".sum_l2") {
      let key = "model." + tensor.dropFirst("grad.".count)
      let values = try gradients[key].orFail("no gradient by \(key)").values
      let stride = golden.stride(tensor)
      try report.compareL2(
        tensor, Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }, bound: 1e-3)
      if golden.file.entries[tensor + ".sum_l2"] != nil {
        let norm = try golden.doubles(tensor + ".sum_l2")[1]
        let own = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        report.require(abs(own - norm) <= 1e-3 * norm, "\(tensor).sum_l2: \(own), not \(norm)")
        report.used(tensor + ".sum_l2")
      }
    }
  }
}

/// A network and its input, both of which are differentiated by.
private struct WithInput: Module {
  var network: Network
  var input: Tensor

  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try network.visit(&visitor)
    try visitor.parameter("input", &input)
  }
}

extension Module {
  /// `valueAndGradient` of what throws any error.
  fileprivate func differentiated(_ value: (Self) throws -> Tensor) throws -> (value: Float, gradients: NamedTensors) {
    var failure: (any Error)?
    do {
      return try valueAndGradient { module throws(ModelError) in
        do {
          return try value(module)
        } catch {
          failure = error
          throw ModelError(.cancelled, "The value could not be computed.")
        }
      }
    } catch {
      throw failure ?? error
    }
  }
}

extension NamedTensors {
  fileprivate init(_ other: NamedTensors, where isWanted: (String) -> Bool) {
    self.init()
    for (key, tensor) in zip(other.keys, other.tensors) where isWanted(key) { append(key, tensor) }
  }
}

extension Tensor {
  /// `factor` times the sum of w_i x_i, w_i = ((37 i) mod 129) / 64 - 1: `[1]`.
  fileprivate func weighted(by factor: Double) -> Tensor {
    let weights = (0..<count).map { factor * (Double(37 * $0 % 129) / 64 - 1) }
    let sum = zip(values, weights).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    let shape = shape
    return Tensor([Float(sum)], shape: [1]).recorded(from: [self]) { gradient in
      let scale = Double(gradient.values[0])
      return [Tensor(weights.map { Float(scale * $0) }, shape: shape)]
    }
  }
}
