import SemanticSAMCore

/// How well a model, and shapes that need no model, cover one object. All numbers are intersections over union, 0...1.
public struct ObjectScore: Codable, Hashable, Sendable {
  /// The image's id, and the annotation's.
  public var image: String
  public var region: Int64
  /// The best answer to the click.
  public var oracle: Double
  /// The answer to the click with the highest predicted quality.
  public var max: Double
  /// The answer to the box that counts: see `ClickProtocol.BoxRanking`; `nil` where no box was asked.
  public var box: Double?
  public var floor: Floor

  /// What shapes reach that know the click or the box alone.
  public struct Floor: Codable, Hashable, Sendable {
    /// In pixels.
    public static let radii = [12, 25, 45, 75, 120, 190]

    /// Of the discs of `radii` around the click, in that order.
    public var discs: [Double]
    /// Of the ellipse inscribed in the tight box.
    public var ellipse: Double

    public var bestDisc: Double { discs.max() ?? 0 }

    public init(discs: [Double], ellipse: Double) {
      self.discs = discs
      self.ellipse = ellipse
    }

    /// - Throws: `limitExceeded`, `invalidArgument` for a mask without pixels.
    public init(_ truth: Mask, click: InteriorPoint, box: Box) throws(ModelError) {
      discs = []
      for radius in Self.radii {
        let disc = try Mask(
          discAtX: click.x, y: click.y, radius: radius, width: truth.width, height: truth.height)
        discs.append(try truth.iou(disc))
      }
      ellipse = try truth.iou(try Mask(ellipseIn: box, width: truth.width, height: truth.height))
    }
  }

  public init(image: String, region: Int64, oracle: Double, max: Double, box: Double?, floor: Floor) {
    self.image = image
    self.region = region
    self.oracle = oracle
    self.max = max
    self.box = box
    self.floor = floor
  }

  /// A prompt without an answer scores 0. Of equal predicted qualities the first counts; one that is not a number counts as
  /// the lowest.
  init(
    _ object: InteractiveTask.Object, image: String, clickAnswer: Segmentation, boxAnswer: Segmentation?,
    _ boxRanking: ClickProtocol.BoxRanking
  ) throws(ModelError) {
    let overlaps = try Self.overlaps(clickAnswer, object.truth)
    self.image = image
    region = object.region
    oracle = overlaps.max() ?? 0
    max = Self.best(of: clickAnswer, overlaps)
    if let boxAnswer {
      let overlaps = try Self.overlaps(boxAnswer, object.truth)
      box =
        switch boxRanking {
        case .predictedQuality: Self.best(of: boxAnswer, overlaps)
        case .order: overlaps.first ?? 0
        }
    }
    floor = try Floor(object.truth, click: object.click, box: object.box)
  }

  private static func overlaps(_ answer: Segmentation, _ truth: Mask) throws(ModelError) -> [Double] {
    var overlaps: [Double] = []
    for candidate in answer { overlaps.append(try truth.iou(candidate.mask)) }
    return overlaps
  }

  private static func best(of answer: Segmentation, _ overlaps: [Double]) -> Double {
    var best: (quality: Float, overlap: Double)?
    for (candidate, overlap) in zip(answer, overlaps) {
      let quality = candidate.predictedIoU.isNaN ? -Float.infinity : candidate.predictedIoU
      if quality > best?.quality ?? -.infinity || best == nil { best = (quality, overlap) }
    }
    return best?.overlap ?? 0
  }
}
