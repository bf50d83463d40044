import TensorKernels

/// In which numbers weights are kept and products computed. All else, sums too, is in f32.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  /// Weights and activations in f32.
  case float32
  /// Weights in bf16 (8 bits of mantissa), which is half the memory; activations are rounded to it where a product reads
  /// them. Depthwise convolutions and those of few channels stay in f32.
  case bfloat16

  /// The faster one on this processor, as it is now: a product is timed in both, which takes a few milliseconds at most.
  /// Without instructions for bf16 it is f32.
  public static var automatic: Precision {
    guard tk_has_bf16_instructions() else { return .float32 }
    let (rows, size) = (192, 256)
    let x = Tensor(repeating: 0.5, shape: [rows, size])
    let times = allCases.map { precision in
      var weights = Weights(values: Tensor(repeating: 0.5, shape: [size, size]))
      weights.pack(precision)
      let clock = ContinuousClock()
      return (0..<6).map { _ in clock.measure { _ = x.linear(weights) } }.min() ?? .zero
    }
    return times[1] < times[0] ? .bfloat16 : .float32
  }
}
