/// Collects the answers to a grid of clicks and keeps the good ones, in the order and by the rules of the reference's
/// generator (Semantic-SAM, `SemanticSamAutomaticMaskGenerator`; Segment Anything, `SamAutomaticMaskGenerator`).
struct AutomaticMasks {
  private let options: AutomaticMaskOptions
  /// In pixels.
  private let imageWidth: Int
  private let imageHeight: Int
  /// What earlier crops gave, at the size of the image.
  private var found: [Found] = []
  /// What the crop under way gave, at the size of the crop.
  private var inCrop: [Found] = []
  private var crop: CropBox

  private struct Found {
    var candidate: Candidate
    /// Within the image or the crop, as the mask is.
    var box: PixelBox
    var crop: CropBox
  }

  init(_ options: AutomaticMaskOptions, imageWidth: Int, imageHeight: Int) {
    self.options = options
    self.imageWidth = imageWidth
    self.imageHeight = imageHeight
    crop = CropBox(x0: 0, y0: 0, x1: imageWidth, y1: imageHeight, layer: 0)
  }

  /// Turns to a part of the image; masks that are added lie in it.
  mutating func begin(_ crop: CropBox) {
    self.crop = crop
  }

  /// Takes an answer, where it is good enough.
  /// - Parameters:
  ///   - point: the click in the image.
  ///   - drawing: draws the mask at the size of the crop; called only where the predicted IoU suffices.
  mutating func add(
    point: Point, granularity: Granularity, predictedIoU: Float,
    drawing: () throws(ModelError) -> MaskLogits.Drawing
  ) throws(ModelError) {
    guard options.accepts(predictedIoU: predictedIoU) else { return }
    let drawing = try drawing()
    add(
      try Mask(width: crop.width, height: crop.height, bitmap: drawing.bitmap), stability: drawing.stability,
      point: point, granularity: granularity, predictedIoU: predictedIoU)
  }

  /// Takes the mask of an answer of sufficient predicted IoU, where it is stable and not empty.
  mutating func add(
    _ mask: Mask, stability: Float?, point: Point, granularity: Granularity, predictedIoU: Float
  ) {
    if options.stabilityThreshold > 0 {
      guard let stability, stability >= options.stabilityThreshold else { return }
    }
    guard !mask.isEmpty else { return }
    var candidate = Candidate(
      mask: mask, granularity: granularity, predictedIoU: predictedIoU, stability: stability)
    candidate.point = point
    candidate.crop = crop.box
    inCrop.append(Found(candidate: candidate, box: PixelBox(mask), crop: crop))
  }

  /// Drops what the crop cuts off and duplicates within it, and moves the rest into the image.
  /// - Parameter labels: the names of a mask of the crop.
  mutating func endCrop(labels: (Mask) -> Labels?) throws(ModelError) {
    inCrop.removeAll { crop.cutsOff($0.box, imageWidth: imageWidth, imageHeight: imageHeight) }
    let kept = NonMaximumSuppression.kept(
      boxes: inCrop.map(\.box.corners), scores: inCrop.map(\.candidate.predictedIoU),
      threshold: options.boxNMSThreshold)
    for index in kept {
      var item = inCrop[index]
      item.candidate.labels = labels(item.candidate.mask)
      if crop.layer > 0 {
        item.candidate.mask = try item.candidate.mask.cropped(
          x: -crop.x0, y: -crop.y0, width: imageWidth, height: imageHeight)
        item.box = PixelBox(item.candidate.mask)
      }
      found.append(item)
    }
    inCrop = []
  }

  /// Drops duplicates between crops, removes small regions, and what then is a duplicate.
  func finished() -> [Candidate] {
    var found = found
    if Set(found.map(\.crop)).count > 1 {
      found = NonMaximumSuppression.kept(
        boxes: found.map(\.box.corners), scores: found.map { 1 / Float($0.crop.width * $0.crop.height) },
        threshold: options.cropNMSThreshold
      ).map { found[$0] }
    }
    guard options.minimumRegionArea > 0 else { return found.map(\.candidate) }
    let cleaned = found.map { item in
      var regions = SmallRegions(of: item.candidate.mask)
      regions.fillHoles(smallerThan: options.minimumRegionArea)
      regions.removeIslands(smallerThan: options.minimumRegionArea)
      return regions
    }
    // Masks that needed no change are preferred.
    let kept = NonMaximumSuppression.kept(
      boxes: cleaned.map { PixelBox($0.mask).corners }, scores: cleaned.map { $0.wereFound ? 0 : 1 },
      threshold: max(options.boxNMSThreshold, options.cropNMSThreshold))
    return kept.map { index in
      var candidate = found[index].candidate
      candidate.mask = cleaned[index].mask
      return candidate
    }
  }
}
