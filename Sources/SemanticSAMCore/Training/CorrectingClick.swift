/// A click that corrects a mask: SAM's iterative rounds of training (Kirillov et al. 2023, appendix A).
public struct CorrectingClick: Hashable, Sendable {
  public var x: Int
  public var y: Int
  /// True where the mask misses something, false where it has too much.
  public var isPositive: Bool

  /// A pixel drawn uniformly from those that the prediction has wrong; nil where it has none wrong.
  /// - Throws: `invalidArgument` where the masks differ in size.
  public init?(
    prediction: Mask, truth: Mask, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) {
    let missed = try truth.subtracting(prediction)
    let surplus = try prediction.subtracting(truth)
    let missedArea = missed.area
    let count = missedArea + surplus.area
    guard count > 0 else { return nil }
    let number = generator.integer(below: count)
    isPositive = number < missedArea
    (x, y) =
      isPositive ? ClickSampling.pixel(number, of: missed) : ClickSampling.pixel(number - missedArea, of: surplus)
  }
}
