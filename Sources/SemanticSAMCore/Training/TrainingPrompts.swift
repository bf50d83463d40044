/// What is asked about a sample, and which true masks each question may mean.
struct TrainingPrompts: Sendable {
  var prompts: [EncodedPrompt] = []
  var targets: [PromptTargets] = []
  /// The click of each query, (x, y) in 0...1 of the padded picture; NaN for the queries of boxes.
  var clicks: [Float] = []

  init() {}

  /// Clicks and boxes on the true masks of a sample.
  ///
  /// The clicks come first, as at inference. A click means all masks that contain its pixel, at most as many as the recipe
  /// says; a box means its own region.
  /// - Parameter meansRegion: whether a click means the region alone that it was drawn from (many-to-one training).
  /// - Throws: `outOfMemory`.
  init(
    on sample: TrainingSample, _ recipe: Recipe.Prompts, meansRegion: Bool = false, encoding: PromptEncoding,
    size: InputSize, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) {
    let sides = encoding.clickBoxes(size)
    for click in try Self.clicks(on: sample, recipe.clicks, using: &generator) {
      let centre = SIMD2(
        (Float(click.x) + 0.5) / Float(size.paddedWidth), (Float(click.y) + 0.5) / Float(size.paddedHeight))
      let boxes = sides.map { side in
        recipe.noise.noisy(SIMD4(centre.x, centre.y, side.x, side.y), isClick: true, using: &generator)
      }
      add(
        kind: encoding.pointKind, boxes, targets: meansRegion ? [click.region] : click.targets, click: centre,
        isBox: false)
    }
    let padded = SIMD4(
      Float(size.paddedWidth), Float(size.paddedHeight), Float(size.paddedWidth), Float(size.paddedHeight))
    var order = Array(sample.targets.indices)
    generator.shuffle(&order)
    for index in 0..<(order.isEmpty ? 0 : recipe.boxes) {
      let target = order[index % order.count]
      let box = sample.targets[target].box
      let centred = SIMD4(
        Float(box.x0 + box.x1) / 2, Float(box.y0 + box.y1) / 2, Float(box.width), Float(box.height))
      let noisy = recipe.noise.noisy(centred / padded, isClick: false, using: &generator)
      add(
        kind: encoding.boxKind, Array(repeating: noisy, count: encoding.boxQueries), targets: [target],
        click: SIMD2(.nan, .nan), isBox: true)
    }
  }

  private mutating func add(
    kind: Int, _ boxes: [SIMD4<Float>], targets meant: [Int], click: SIMD2<Float>, isBox: Bool
  ) {
    let start = clicks.count / 2
    prompts.append(EncodedPrompt(kind: kind, boxes: boxes))
    targets.append(PromptTargets(queries: start..<start + boxes.count, targets: meant, isBox: isBox))
    for _ in boxes { clicks += [click.x, click.y] }
  }

  private static func clicks(
    on sample: TrainingSample, _ sampling: ClickSampling, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> [ClickSampling.Click] {
    let places = sample.targets.indices.filter { sample.targets[$0].mask.map { !$0.isEmpty } ?? false }
    let masks = places.compactMap { sample.targets[$0].mask }
    guard !masks.isEmpty else { return [] }
    var clicks = try sampling.clicks(in: masks, using: &generator)
    for index in clicks.indices {
      clicks[index].region = places[clicks[index].region]
      clicks[index].targets = clicks[index].targets.map { places[$0] }
    }
    return clicks
  }
}

extension PromptNoise {
  func noisy(
    _ box: SIMD4<Float>, isClick: Bool, using generator: inout some RandomNumberGenerator
  ) -> SIMD4<Float> {
    guard scale * (isClick ? clickFactor : 1) > 0 else { return box }
    return SIMD4<Float>(noisy(SIMD4<Double>(box), isClick: isClick, using: &generator))
  }
}
