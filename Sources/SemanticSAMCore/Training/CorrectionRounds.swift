/// SAM's iterative rounds (Kirillov et al. 2023, appendix A, "Interactive segmentation"): prompts are answered again, each with
/// the mask of its best answer, and in most rounds with a new click where that mask is wrong.
///
/// Segment Anything has 8 rounds with a click and 2 without; each round costs one more pass of the decoder and keeps it until
/// the way back, hence fewer here.
public struct CorrectionRounds: Hashable, Sendable, Codable {
  /// Rounds with a new click, drawn from the pixels that the mask has wrong.
  public var clicks: Int
  /// Rounds with the mask alone: the last round, and others anywhere between.
  public var maskOnly: Int
  /// Prompts of a photograph that are corrected: the first ones, whose order is random; all where there are fewer.
  public var prompts: Int

  public init(clicks: Int = 3, maskOnly: Int = 1, prompts: Int = 16) {
    self.clicks = clicks
    self.maskOnly = maskOnly
    self.prompts = prompts
  }

  /// For each round whether it has a new click.
  func order(using generator: inout some RandomNumberGenerator) -> [Bool] {
    var order = Array(repeating: true, count: clicks)
    for _ in 0..<max(maskOnly - 1, 0) { order.insert(false, at: generator.integer(below: order.count + 1)) }
    return maskOnly > 0 ? order + [false] : order
  }
}
