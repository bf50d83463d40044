/// Sets of pixels of many masks at once.
extension Mask {
  /// The pixels in any of the masks; none for an empty list.
  /// - Throws: `invalidArgument` where a mask has another size, or the size is not positive; `limitExceeded` above
  ///   `UInt32.max` pixels.
  public static func union(of masks: [Mask], width: Int, height: Int) throws(ModelError) -> Mask {
    try covered(by: masks, atLeast: 1, width: width, height: height)
  }

  /// The pixels in all of the masks; every pixel for an empty list.
  /// - Throws: as ``union(of:width:height:)``.
  public static func intersection(of masks: [Mask], width: Int, height: Int) throws(ModelError) -> Mask {
    try covered(by: masks, atLeast: masks.count, width: width, height: height)
  }

  /// The pixels in at least `threshold` of the masks.
  private static func covered(
    by masks: [Mask], atLeast threshold: Int, width: Int, height: Int
  ) throws(ModelError) -> Mask {
    let pixels = try RunLengths.checkedPixelCount(height: height, width: width)
    for mask in masks where mask.width != width || mask.height != height {
      throw sizesDiffer(mask.width, mask.height, width, height)
    }
    if masks.count == 1 { return masks[0] }
    // Where runs of ones begin and end; the order of those at one place does not matter, as nothing lies between them.
    var changes: [(place: Int, step: Int)] = []
    for mask in masks {
      for range in mask.runLengths.setRanges {
        changes.append((range.lowerBound, 1))
        changes.append((range.upperBound, -1))
      }
    }
    changes.sort { $0.place < $1.place }
    var builder = RunLengths.Builder()
    var place = 0
    var depth = 0
    for change in changes {
      builder.append(length: change.place - place, isSet: depth >= threshold)
      place = change.place
      depth += change.step
    }
    builder.append(length: pixels - place, isSet: depth >= threshold)
    return Mask(RunLengths(uncheckedHeight: height, width: width, counts: builder.counts))
  }

  /// The intersection over union of each detection with each truth, `[detections][truth]`, 0...1; 0 where both are empty.
  ///
  /// Where the truth is a crowd, it is the share of the detection that lies in the crowd (COCO, `maskApi.c`, `rleIou`).
  /// - Parameter isCrowd: one flag for each truth.
  /// - Throws: `invalidArgument` where sizes differ, or the flags are not as many as the truth.
  public static func iou(detections: [Mask], truth: [Mask], isCrowd: [Bool]) throws(ModelError) -> [[Double]] {
    try checkFlags(isCrowd, truth: truth.count)
    if let first = detections.first ?? truth.first {
      for mask in detections + truth where mask.width != first.width || mask.height != first.height {
        throw sizesDiffer(mask.width, mask.height, first.width, first.height)
      }
    }
    let targets = truth.map { (mask: $0, box: $0.box, area: $0.area) }
    return detections.map { detection in
      let box = detection.box
      let area = detection.area
      return zip(targets, isCrowd).map { target, isCrowd in
        guard box.overlaps(target.box) else { return 0 }
        let common = detection.runLengths.commonArea(target.mask.runLengths)
        guard common > 0 else { return 0 }
        return Double(common) / Double(isCrowd ? area : area + target.area - common)
      }
    }
  }

  static func checkFlags(_ isCrowd: [Bool], truth: Int) throws(ModelError) {
    guard isCrowd.count == truth else {
      throw ModelError(
        .invalidArgument, "There are \(isCrowd.count) crowd flags for \(truth) regions; give one flag for each region.")
    }
  }
}

extension Box {
  /// The intersection over union of each detection with each truth, `[detections][truth]`, 0...1; 0 where both are empty.
  /// Where the truth is a crowd, it is the share of the detection that lies in the crowd (COCO, `maskApi.c`, `bbIou`).
  /// - Parameter isCrowd: one flag for each truth.
  /// - Throws: `invalidArgument` where the flags are not as many as the truth.
  public static func iou(detections: [Box], truth: [Box], isCrowd: [Bool]) throws(ModelError) -> [[Double]] {
    try Mask.checkFlags(isCrowd, truth: truth.count)
    return detections.map { detection in
      zip(truth, isCrowd).map { target, isCrowd in
        guard detection.overlaps(target) else { return 0 }
        return isCrowd ? detection.intersectionArea(target) / detection.area : detection.iou(target)
      }
    }
  }

  /// Whether the boxes have an area in common.
  func overlaps(_ other: Box) -> Bool {
    min(x1, other.x1) > max(x0, other.x0) && min(y1, other.y1) > max(y0, other.y0)
  }
}
