/// An exponential moving average of a model's parameters by their keys: often better than the last ones.
public struct MovingAverage: Sendable {
  /// What is kept of the average in each step.
  public var decay: Double
  public private(set) var tensors: [String: Tensor]

  /// - Parameter tensors: an earlier average to go on from.
  public init(decay: Double = 0.998, tensors: [String: Tensor] = [:]) {
    self.decay = decay
    self.tensors = tensors
  }

  /// Takes a parameter after a step into its average; the first time it is the average.
  public mutating func update(_ parameter: Tensor, key: String) {
    guard var average = tensors.removeValue(forKey: key), average.count == parameter.count else {
      tensors[key] = parameter.detached
      return
    }
    let share = Float(1 - decay)
    let target = average.mutableAddress
    parameter.withUnsafeBufferPointer { parameter in
      for index in 0..<parameter.count { target[index] += share * (parameter[index] - target[index]) }
    }
    tensors[key] = average
  }
}
