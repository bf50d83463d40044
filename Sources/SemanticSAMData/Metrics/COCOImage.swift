import SemanticSAMCore

/// A true region, as COCO's evaluation sees it.
public struct COCOTruth: Sendable {
  public var id: Int64
  public var imageID: Int64
  public var categoryID: Int
  /// As annotated, in pixels: it decides to which sizes the region belongs.
  public var area: Double
  public var isCrowd: Bool
  /// Needed for masks.
  public var mask: Mask?
  /// Needed for boxes.
  public var box: COCOBox?

  public init(
    id: Int64, imageID: Int64, categoryID: Int, area: Double, isCrowd: Bool = false, mask: Mask? = nil,
    box: COCOBox? = nil
  ) {
    self.id = id
    self.imageID = imageID
    self.categoryID = categoryID
    self.area = area
    self.isCrowd = isCrowd
    self.mask = mask
    self.box = box
  }
}

/// A found region.
public struct COCODetection: Sendable {
  public var imageID: Int64
  public var categoryID: Int
  public var score: Double
  /// Needed for masks.
  public var mask: Mask?
  /// Needed for boxes; without it, the mask's box.
  public var box: COCOBox?

  public init(imageID: Int64, categoryID: Int, score: Double, mask: Mask? = nil, box: COCOBox? = nil) {
    self.imageID = imageID
    self.categoryID = categoryID
    self.score = score
    self.mask = mask
    self.box = box
  }
}

/// What is true and what was found in one image, each in the order in which it was given.
struct COCOImage {
  var truth: [COCOTruth] = []
  var detections: [COCODetection] = []
  /// Whether a match with a true region of the id 0 counts as none, as by the official tool.
  var zeroIsNoMatch = false
}
