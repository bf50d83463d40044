import TensorKernels

/// Trains a network: samples in, one optimiser step at a time.
///
/// A value: a copy goes its own way. What happens in a step depends on the recipe, the seed, the state and the samples
/// alone; random numbers come from (seed, step, place in the batch), so batches can be spread over machines.
public struct Trainer: Sendable {
  public let recipe: Recipe
  public private(set) var configuration: Configuration
  public let seed: UInt64
  /// Steps done.
  public internal(set) var step = 0
  /// The names that samples speak of.
  public let vocabulary: Vocabulary?
  var network: Network
  var optimizer: AdamW
  /// Of the trained parameters, by key; `nil` where the recipe has none.
  var average: MovingAverage?
  /// Of the checkpoint that the training started from.
  let metadata: [String: String]

  init(
    _ recipe: Recipe, _ network: Network, _ configuration: Configuration, vocabulary: Vocabulary? = nil,
    heads: [TrainingHead] = [], metadata: [String: String], seed: UInt64
  ) throws(ModelError) {
    try recipe.validate()
    try Self.check(heads)
    var network = network
    network.heads = heads
    let parameters = try network.parameters(recipe.isTrained)
    guard !parameters.keys.isEmpty else {
      throw ModelError(
        .invalidConfiguration, "The recipe '\(recipe.name)' freezes every parameter; leave some out of 'frozen'.")
    }
    self.recipe = recipe
    self.configuration = configuration
    if recipe.prompts.boxes > 0, network.maskDecoder.answersPrompts { self.configuration.decoder.boxesTrained = nil }
    self.network = network
    self.vocabulary = vocabulary
    try self.network.use(recipe.precision ?? .float32)
    self.metadata = metadata
    self.seed = seed
    optimizer = AdamW()
    average = recipe.averageDecay > 0 ? MovingAverage(decay: recipe.averageDecay) : nil
  }

  /// One step on a batch.
  /// - Throws: `diverged` where a loss or gradient is no finite number; then nothing has changed.
  public mutating func train(_ batch: [TrainingSample]) throws(ModelError) -> TrainingReport {
    tk_memory_begin_keeping()
    defer { tk_memory_end_keeping() }
    var prompts: [TrainingPrompts] = []
    for (place, sample) in batch.enumerated() {
      var generator = SampleGenerator(seed: seed, step: UInt64(step), sample: UInt64(2 * place))
      prompts.append(try self.prompts(on: sample, using: &generator))
    }
    // What the sums are divided by counts the whole batch, so that gradients add up to those of one large batch.
    let normalizer = Double(max(prompts.reduce(0) { $0 + recipe.loss.count(of: $1.targets) }, 1))
    let things = Double(max(thingCount(batch), 1))
    var gradients = NamedTensors()
    var report = TrainingReport(
      step: step,
      rate: recipe.optimizer.rate * recipe.course.schedule(steps: recipe.steps).multiplier(at: step))
    for (place, sample) in batch.enumerated() {
      let key = SampleGenerator(seed: seed, step: UInt64(step), sample: UInt64(2 * place + 1))
      var terms = LossTerms()
      let (value, part) = try network.valueAndGradient(isTrained: recipe.isTrained) { network throws(ModelError) in
        var generator = key
        terms = try loss(
          of: network, sample, prompts[place], normalizer: normalizer, things: things, photographs: batch.count,
          using: &generator)
        return terms.total
      }
      if let name = terms.firstNotFinite { throw diverged("the loss '\(name)'") }
      report.add(Double(value), terms)
      gradients.add(part)
    }
    report.gradientNorm = gradients.norm
    guard report.gradientNorm.isFinite else { throw diverged("the gradient") }
    optimizer.beginStep()
    var update = ParameterUpdate(
      optimizer: optimizer, average: average, gradients: gradients, recipe: recipe.optimizer, rate: report.rate,
      scale: NamedTensors.clipping(norm: report.gradientNorm, limit: recipe.optimizer.clip))
    // One owner, so that the moments are written in place.
    optimizer = AdamW()
    average = nil
    try network.visit(&update)
    optimizer = update.optimizer
    average = update.average
    step += 1
    return report
  }

  func diverged(_ what: String) -> ModelError {
    ModelError(
      .diverged,
      "At step \(step) \(what) is not a finite number, and the step was not done; lower the rate, or go on from an earlier state."
    )
  }

  /// The sizes of a sample on its way into the network: samples come as they are to be seen.
  func size(of sample: TrainingSample) -> InputSize {
    InputSize(
      width: sample.image.width, height: sample.image.height, divisibility: configuration.image.sizeDivisibility)
  }
}

/// Writes the parameters of a step.
private struct ParameterUpdate: ParameterVisitor {
  var path = ParameterPath()
  var optimizer: AdamW
  var average: MovingAverage?
  let recipe: Recipe.Optimizer
  let rate: Double
  let scale: Double
  private let gradients: [String: Tensor]

  init(
    optimizer: AdamW, average: MovingAverage?, gradients: NamedTensors, recipe: Recipe.Optimizer, rate: Double,
    scale: Double
  ) {
    self.optimizer = optimizer
    self.average = average
    self.recipe = recipe
    self.rate = rate
    self.scale = scale
    self.gradients = Dictionary(uniqueKeysWithValues: zip(gradients.keys, gradients.tensors))
  }

  mutating func visit(_ parameter: inout Tensor) {
    let key = path.key
    guard let gradient = gradients[key] else { return }
    let factors = recipe.groups.factors(key: key, shape: parameter.shape)
    optimizer.update(
      &parameter, key: key, gradient: gradient, rate: rate * factors.rate, decay: recipe.weightDecay * factors.decay,
      scale: scale)
    average?.update(parameter, key: key)
  }

  mutating func visit(_ weights: inout Weights) {
    if gradients[path.key] != nil { visit(&weights.values) }
  }
}

/// What a step came to.
public struct TrainingReport: Sendable {
  /// The number of the step, from 0.
  public var step: Int
  public var rate: Double
  /// What was minimised.
  public var loss = 0.0
  /// Its terms, layers added up, before they are weighted.
  public var terms: [(name: String, value: Double)] = []
  /// Of all gradients together, before clipping.
  public var gradientNorm = 0.0

  init(step: Int, rate: Double) {
    self.step = step
    self.rate = rate
  }

  mutating func add(_ value: Double, _ other: LossTerms) {
    loss += value
    for term in other.sums {
      if let place = terms.firstIndex(where: { $0.name == term.name }) {
        terms[place].value += term.value
      } else {
        terms.append(term)
      }
    }
  }
}
