/// How `SemanticSAM.automaticMasks` looks for everything in an image.
///
/// A grid of clicks asks for masks; those of low predicted quality, unstable ones and duplicates are dropped. The names in
/// parentheses are those of Segment Anything's `SamAutomaticMaskGenerator`. The defaults suit the weights that ship, which
/// predict a lower IoU than the published networks; `reference` has the published generator's numbers.
public struct AutomaticMaskOptions: Sendable {
  /// Clicks along each side of the image, 1...1024 (`points_per_side`).
  public var pointsPerSide = 32
  /// Clicks of your own in place of the grid, one list for the image and one for each crop layer: x and y in 0...1 of the
  /// image or crop (`point_grids`).
  public var pointGrids: [[Point]]?
  /// Clicks that are decoded together, 1...4096 (`points_per_batch`). It bounds the memory; results depend on it only where
  /// `promptsSeeEachOther` is set.
  public var pointsPerBatch = 32
  /// Masks are kept whose predicted IoU is above this; 0 keeps all (`pred_iou_thresh`).
  public var predictedIoUThreshold: Float = 0.6
  /// Masks are kept whose stability is at least this; 0 keeps all (`stability_score_thresh`).
  public var stabilityThreshold: Float = 0.75
  /// Stability is `area(logit > offset) / area(logit > -offset)`; above 0 (`stability_score_offset`).
  public var stabilityOffset: Float = 1
  /// Of two masks whose boxes have an intersection over union above this, the one of lower predicted IoU is dropped; 1 drops
  /// none (`box_nms_thresh`).
  public var boxNMSThreshold = 0.7
  /// Layers of crops that are looked at beside the whole image, 0...4; layer n has `4^n` crops (`crop_n_layers`).
  public var cropLayers = 0
  /// By how much crops overlap, as a share of the image's short side, 0..<1; each layer halves it (`crop_overlap_ratio`).
  public var cropOverlap = 512.0 / 1500
  /// The clicks along a side of a crop of layer n are those of the image over this to the power of n
  /// (`crop_n_points_downscale_factor`).
  public var cropPointDownscale = 1
  /// As `boxNMSThreshold`, between masks of different crops: that of the smaller crop stays (`crop_nms_thresh`).
  public var cropNMSThreshold = 0.7
  /// Holes and islands of fewer pixels are removed; 0 leaves masks as they are (`min_mask_region_area`).
  public var minimumRegionArea = 100
  /// The levels to ask for, in the order in which masks of equal quality are preferred.
  public var levels = Granularity.allCases
  /// Whether the clicks of a batch see each other, as in the reference, where masks depend on the company of their click.
  public var promptsSeeEachOther = false
  /// Where the checkpoint's size rule would make the long edge longer, it becomes this many pixels.
  public var longEdgeLimit: Int?
  /// Names to recognise; `nil`: those that came with the weights.
  public var vocabulary: Vocabulary?
  /// Whether candidates carry names.
  public var includesLabels = true
  /// The least probability of a name that a mask is recognised by, 0...1.
  public var confidenceThreshold: Float = 0.3

  public init() {}

  /// The values of the reference's generator (`SemanticSamAutomaticMaskGenerator`), for its published networks.
  public static var reference: AutomaticMaskOptions {
    var options = AutomaticMaskOptions()
    options.pointsPerBatch = 200
    options.predictedIoUThreshold = 0.88
    options.stabilityThreshold = 0.92
    options.minimumRegionArea = 10
    options.promptsSeeEachOther = true
    options.includesLabels = false
    return options
  }

  /// Whether a mask of this predicted IoU is looked at.
  func accepts(predictedIoU: Float) -> Bool {
    predictedIoUThreshold <= 0 || predictedIoU > predictedIoUThreshold
  }

  /// The clicks for the image and for each layer of crops, in 0...1.
  var grids: [[Point]] {
    pointGrids ?? PointGrid.layers(pointsPerSide: pointsPerSide, layers: cropLayers, downscale: cropPointDownscale)
  }

  /// - Throws: `invalidArgument` for a value that makes no sense.
  package func validate() throws(ModelError) {
    func check(_ isRight: Bool, _ sentence: @autoclosure () -> String) throws(ModelError) {
      guard isRight else { throw ModelError(.invalidArgument, sentence()) }
    }
    try check(
      (1...1024).contains(pointsPerSide), "A side cannot have \(pointsPerSide) clicks; give 1 to 1024 points per side.")
    try check(
      (1...4096).contains(pointsPerBatch), "A batch cannot have \(pointsPerBatch) clicks; give 1 to 4096 points.")
    for (name, value) in [
      ("confidence", Double(confidenceThreshold)), ("predicted IoU", Double(predictedIoUThreshold)),
      ("stability", Double(stabilityThreshold)),
      ("box overlap", boxNMSThreshold), ("crop overlap", cropNMSThreshold),
    ] {
      try check(value >= 0 && value <= 1, "The threshold of the \(name) is \(value); give a number from 0 to 1.")
    }
    try check(
      stabilityOffset > 0 && stabilityOffset.isFinite,
      "A stability offset of \(stabilityOffset) measures nothing; give a number above 0.")
    try check((0...4).contains(cropLayers), "There cannot be \(cropLayers) layers of crops; give 0 to 4.")
    try check(
      cropOverlap >= 0 && cropOverlap < 1, "Crops cannot overlap by a share of \(cropOverlap); give 0 or more, below 1."
    )
    try check(
      (1...1024).contains(cropPointDownscale),
      "The grids of crops cannot be scaled down by \(cropPointDownscale); give 1 to 1024.")
    try check(
      minimumRegionArea >= 0, "A region cannot have \(minimumRegionArea) pixels; give a least area of 0 or more.")
    try check(
      !levels.isEmpty && Set(levels).count == levels.count,
      "The levels name none, or one of them twice; give each level once.")
    guard let pointGrids else { return }
    try check(
      pointGrids.count == cropLayers + 1,
      "There are \(pointGrids.count) grids of clicks for the image and \(cropLayers) layers of crops; give one for each."
    )
    try check(
      pointGrids.joined().allSatisfy { (0...1).contains($0.x) && (0...1).contains($0.y) },
      "A click of the grids lies outside of the image; give x and y from 0 to 1.")
  }
}
