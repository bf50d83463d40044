/// Prompts as the decoder is given them: boxes (cx, cy, w, h) in 0...1, a little off in training (denoising).
public struct PromptNoise: Hashable, Sendable, Codable {
  /// The largest shift of a box, in halves of its sides, and the largest change of its sides, in sides.
  public var scale: Double
  /// Clicks are moved by this much of it.
  public var clickFactor: Double

  /// The numbers of the reference.
  public init(scale: Double = 0.4, clickFactor: Double = 0.01) {
    self.scale = scale
    self.clickFactor = clickFactor
  }

  /// The box of a click: 6 pixels around it.
  /// - Parameters:
  ///   - x: of the pixel; it is taken as it is, without half a pixel more.
  ///   - width: of the network's input in pixels.
  public static func clickBox(x: Double, y: Double, width: Int, height: Int) -> SIMD4<Double> {
    SIMD4(x, y, 6, 6) / SIMD4(Double(width), Double(height), Double(width), Double(height))
  }

  /// The box off by what four uniform numbers in [0, 1) say, cut to 0...1.
  public func noisy(_ box: SIMD4<Double>, isClick: Bool, uniform: SIMD4<Double>) -> SIMD4<Double> {
    let reach = SIMD4(lowHalf: box.highHalf * 0.5, highHalf: box.highHalf) * (scale * (isClick ? clickFactor : 1))
    return (box + (uniform * 2 - 1) * reach).clamped(lowerBound: SIMD4(repeating: 0), upperBound: SIMD4(repeating: 1))
  }

  /// The same with random numbers.
  public func noisy(
    _ box: SIMD4<Double>, isClick: Bool, using generator: inout some RandomNumberGenerator
  ) -> SIMD4<Double> {
    var uniform = SIMD4<Double>()
    for index in 0..<4 { uniform[index] = generator.uniform() }
    return noisy(box, isClick: isClick, uniform: uniform)
  }

  /// The inverse sigmoid that references start from: log(x / (1 - x)), both at least 1e-5.
  public static func inverseSigmoid(_ box: SIMD4<Double>) -> SIMD4<Double> {
    var result = box
    for index in 0..<4 {
      let x = min(max(box[index], 0), 1)
      result[index] = SafeMath.log(max(x, 1e-5) / max(1 - x, 1e-5))
    }
    return result
  }
}
