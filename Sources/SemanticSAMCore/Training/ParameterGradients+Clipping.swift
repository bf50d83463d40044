extension ParameterGradients {
  /// The length of all gradients as one vector, added up in double precision; not finite where a gradient is not.
  public var norm: Double {
    var sum = 0.0
    for tensor in tensors {
      tensor.withUnsafeBufferPointer { numbers in
        for number in numbers { sum += Double(number) * Double(number) }
      }
    }
    return sum.squareRoot()
  }

  /// What gradients of a norm are multiplied by so that they are no longer than `limit`: `min(1, limit / (norm + 1e-6))`, as
  /// the reference clips the full model.
  public static func clipping(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}
