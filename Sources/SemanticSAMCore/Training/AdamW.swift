import TensorKernels

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): the state of all parameters by their keys.
///
/// A step is begun once, then every parameter is updated in place:
///
///     optimizer.beginStep()
///     optimizer.update(&weight, key: "weight", gradient: gradient, rate: 1e-4, decay: 0.05, scale: clipping)
public struct AdamW: Sendable {
  public struct Options: Hashable, Sendable, Codable {
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  private struct Moments: Sendable {
    var mean: Tensor
    var square: Tensor
  }

  public let options: Options
  /// Steps begun.
  public private(set) var stepCount = 0
  private var moments: [String: Moments] = [:]

  public init(_ options: Options = Options()) {
    self.options = options
  }

  /// To be called once before the updates of a step.
  public mutating func beginStep() { stepCount += 1 }

  /// Updates one parameter in place. Call `beginStep` first.
  /// - Parameters:
  ///   - gradient: nil counts as zeros, as where a parameter takes part but has no influence: the moments fade and the
  ///     parameter decays.
  ///   - rate: the learning rate of this parameter and step.
  ///   - scale: what the gradient is multiplied by, for clipping and for means over batches.
  public mutating func update(
    _ parameter: inout Tensor, key: String, gradient: Tensor?, rate: Double, decay: Double, scale: Double = 1
  ) {
    precondition(stepCount > 0, "A step must be begun before its updates.")
    precondition(gradient.map { $0.count == parameter.count } ?? true, "The gradient of '\(key)' has another shape.")
    let gradient = gradient ?? Tensor(repeating: 0, shape: parameter.shape)
    // Taken out, so that the numbers have one owner and are not copied.
    var moment =
      moments.removeValue(forKey: key)
      ?? Moments(
        mean: Tensor(repeating: 0, shape: parameter.shape), square: Tensor(repeating: 0, shape: parameter.shape))
    precondition(moment.mean.count == parameter.count, "The state of '\(key)' has another shape.")
    let step = AdamWStep(
      rate: rate, decay: decay, beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
      correction1: correction(options.beta1), correction2: correction(options.beta2), scale: scale)
    withExtendedLifetime(gradient) {
      tk_adamw_f32(
        parameter.count, step, gradient.address, parameter.mutableAddress, moment.mean.mutableAddress,
        moment.square.mutableAddress)
    }
    moments[key] = moment
  }

  /// 1 - beta^t.
  private func correction(_ beta: Double) -> Double {
    // Repeated squaring, so that the bits do not depend on the C library.
    var (power, base, exponent) = (1.0, beta, stepCount)
    while exponent > 0 {
      if exponent & 1 == 1 { power *= base }
      base *= base
      exponent >>= 1
    }
    return 1 - power
  }

  // MARK: Saving

  /// The moments by name, to be saved with `stepCount`: "exp_avg.KEY" and "exp_avg_sq.KEY".
  public var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (key, moment) in moments {
      tensors["exp_avg." + key] = moment.mean
      tensors["exp_avg_sq." + key] = moment.square
    }
    return tensors
  }

  /// An optimiser that goes on from what `tensors` and `stepCount` gave; other names are ignored.
  /// - Throws: `mismatchedParameters` where a parameter has one moment only, or two of different shapes.
  public init(_ options: Options = Options(), stepCount: Int, tensors: [String: Tensor]) throws(ModelError) {
    self.options = options
    self.stepCount = max(stepCount, 0)
    for (name, mean) in tensors where name.hasPrefix("exp_avg.") {
      let key = String(name.dropFirst("exp_avg.".count))
      guard let square = tensors["exp_avg_sq." + key], square.shape == mean.shape else {
        throw ModelError(
          .mismatchedParameters,
          "The optimiser's state of \(ModelError.quoted(key)) is incomplete; go on from another checkpoint.")
      }
      moments[key] = Moments(mean: mean, square: square)
    }
  }
}
