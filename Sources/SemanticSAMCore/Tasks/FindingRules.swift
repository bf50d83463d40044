/// How what a network finds becomes segments; the defaults are those of the published evaluation.
public struct FindingRules: Hashable, Sendable {
  /// A query counts for panoptic segments where its best name's plain score is above this.
  public var objectThreshold: Float = 0.25
  /// A segment stays where it wins at least this share of the pixels that its own mask has.
  public var overlapThreshold: Float = 0.8
  /// Scores are sharpened by softmax(sigmoid(logit) / temperature) over the names; `nil` leaves the sigmoid.
  public var temperature: Float? = 0.06
  /// For networks trained with a softmax over the names and "no object", whose embedding is then the last one of the
  /// vocabulary's objects (reference: `SEMANTIC_CE_LOSS`).
  public var hasSoftmaxWithBackground = false
  /// The most instances; `nil`: as many as the weights' configuration says.
  public var maximumInstances: Int?
  /// Instances with a lower score are left out; 0 keeps all.
  public var instanceThreshold: Float = 0
  /// Whether an instance's score is multiplied with the mean certainty of its mask's pixels (not: `TEST_FOUCUS_ON_BOX`).
  public var weighsMaskQuality = true
  /// Whether only things are instances.
  public var keepsThingsOnly = true

  public init() {}
}
