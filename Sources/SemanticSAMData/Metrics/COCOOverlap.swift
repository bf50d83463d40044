import SemanticSAMCore

/// What is measured.
public enum COCOTask: String, Hashable, Sendable, CaseIterable {
  /// Masks.
  case segm
  /// Boxes.
  case bbox
}

/// The overlaps of one image's detections and true regions, each computed when it is asked for.
struct COCOOverlap {
  private let image: COCOImage
  private let task: COCOTask
  /// The detections' areas: of masks the number of pixels, of boxes width times height.
  let areas: [Double]
  private let detectionBoxes: [COCOBox]
  private let truthBoxes: [COCOBox]
  private let truthAreas: [Double]

  /// - Throws: `invalidArgument` where a mask or box that the task needs is missing.
  init(_ image: COCOImage, task: COCOTask) throws(ModelError) {
    self.image = image
    self.task = task
    let description = task == .segm ? "mask" : "box"
    var detectionBoxes: [COCOBox] = []
    var areas: [Double] = []
    for (place, detection) in image.detections.enumerated() {
      guard let box = task == .segm ? detection.mask.map({ COCOBox($0.box) }) : detection.box else {
        throw ModelError(
          .invalidArgument,
          "Detection \(place) of image \(detection.imageID) has no \(description); give it one, or evaluate "
            + "\(task == .segm ? "boxes" : "masks").")
      }
      detectionBoxes.append(box)
      areas.append(task == .segm ? Double(detection.mask?.area ?? 0) : box.area)
    }
    var truthBoxes: [COCOBox] = []
    var truthAreas: [Double] = []
    for truth in image.truth {
      guard let box = task == .segm ? truth.mask.map({ COCOBox($0.box) }) : truth.box else {
        throw ModelError(
          .invalidArgument,
          "The annotation \(truth.id) of image \(truth.imageID) has no \(description); give it one, or evaluate "
            + "\(task == .segm ? "boxes" : "masks").")
      }
      truthBoxes.append(box)
      truthAreas.append(task == .segm ? Double(truth.mask?.area ?? 0) : box.area)
    }
    self.areas = areas
    self.detectionBoxes = detectionBoxes
    self.truthBoxes = truthBoxes
    self.truthAreas = truthAreas
  }

  /// Intersection over union; of a crowd, over the detection's area. 0 instead of what cannot reach 0.5.
  /// - Throws: `invalidArgument` where masks differ in size.
  func callAsFunction(_ detection: Int, _ truth: Int) throws(ModelError) -> Double {
    let isCrowd = image.truth[truth].isCrowd
    let (box, other) = (detectionBoxes[detection], truthBoxes[truth])
    guard task == .segm else { return box.iou(truth: other, isCrowd: isCrowd) }
    let (area, otherArea) = (areas[detection], truthAreas[truth])
    let most = min(area, otherArea, box.intersection(other))
    guard most > 0, most / (isCrowd ? area : area + otherArea - most) >= 0.5,
      let mask = image.detections[detection].mask, let trueMask = image.truth[truth].mask
    else { return 0 }
    let common = Double(try mask.intersectionArea(trueMask))
    return common / (isCrowd ? area : area + otherArea - common)
  }
}
