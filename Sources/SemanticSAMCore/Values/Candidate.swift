/// One answer to a prompt: a mask and what the network thinks of it.
public struct Candidate: Sendable {
  /// At the size of the image.
  public var mask: Mask
  public var granularity: Granularity
  /// The network's estimate of the mask's intersection over union with the truth, 0...1.
  public var predictedIoU: Float
  /// How little the mask depends on the threshold: the pixels with a logit above 1 over those with one above -1, 0...1; `nil`
  /// where neither exists.
  public var stability: Float?
  /// `nil` where the model names nothing, or the mask is empty.
  public var labels: Labels?
  /// What the mask is by both classifiers together; `nil` where it has no labels.
  public var recognition: Recognition?
  /// The name that a picture shows.
  public var displayName: Label?
  /// The logits at the network's resolution, where they were asked for.
  public var logits: LogitMap?
  /// The click that gave the mask, of automatic masks.
  public var point: Point?
  /// The part of the image that was looked at, of automatic masks.
  public var crop: Box?

  public init(
    mask: Mask, granularity: Granularity, predictedIoU: Float, stability: Float? = nil, labels: Labels? = nil,
    displayName: Label? = nil, logits: LogitMap? = nil
  ) {
    self.mask = mask
    self.granularity = granularity
    self.predictedIoU = predictedIoU
    self.stability = stability
    self.labels = labels
    self.displayName = displayName
    self.logits = logits
  }

  /// The tight box of the mask, by pixel edges.
  public var box: Box { mask.box }
  /// The number of pixels of the mask.
  public var area: Int { mask.area }
  /// The outlines of the mask (see ``Mask/polygons``).
  public var polygons: [Polygon] { mask.polygons }
}
