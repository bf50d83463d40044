import SemanticSAMCore

extension COCOAveragePrecision {
  /// From an annotation file and a results file. Masks are decoded image by image, so memory does not grow with their number.
  ///
  /// Results of categories that the annotations do not list are left out, as by the official tool. For masks only the field
  /// `segmentation` of a result counts, and its area is its number of pixels; for boxes only `bbox`, or the mask's box where
  /// that is missing.
  /// - Parameter progress: the share that is done, 0...1; called from several threads.
  /// - Throws: `malformedFile` naming file and record where a mask cannot be decoded or is missing; `limitExceeded`.
  public init(
    task: COCOTask, annotations: COCOAnnotations, results: COCOResults, isClassAgnostic: Bool = false,
    progress: (@Sendable (Double) -> Void)? = nil
  ) throws(ModelError) {
    // Ids of images that are texts count in the order of their characters; it decides between equal scores.
    let order = annotations.images.indices.sorted { first, second in
      annotations.hasTextIDs
        ? annotations.identifier(ofImage: first).unicodeScalars
          .lexicographicallyPrecedes(annotations.identifier(ofImage: second).unicodeScalars)
        : annotations.images[first].id < annotations.images[second].id
    }
    let source = COCOImageSource(task: task, annotations: annotations, results: results)
    try self.init(
      task: task, imageCount: order.count, categories: annotations.categories, isClassAgnostic: isClassAgnostic,
      progress: progress
    ) { place throws(ModelError) in try source.image(at: order[place]) }
  }
}

/// True regions and detections of single images, from files.
struct COCOImageSource: Sendable {
  let task: COCOTask
  let annotations: COCOAnnotations
  let results: COCOResults

  /// - Parameter place: in `annotations.images`.
  func image(at place: Int) throws(ModelError) -> COCOImage {
    let record = annotations.images[place]
    let (width, height) = (Int(record.width), Int(record.height))
    var findings: COCOMaskDecoder.Findings = []
    var image = COCOImage()

    let truthPlaces = annotations.annotations(ofImage: place)
    let truthDecoder = try COCOMaskDecoder(of: annotations.file)
    for annotation in annotations.annotations[truthPlaces] {
      let name = "annotation \(annotation.id)"
      var mask: Mask?
      if task == .segm || !annotation.hasBox || !annotation.hasArea {
        if annotation.form == .polygons || annotation.form == .code {
          mask = try truthDecoder.mask(
            offset: annotation.offset, length: annotation.length, width: width, height: height, name: name,
            findings: &findings)
        }
        // An object whose polygons are all degenerate has no pixel.
        if mask == nil && annotation.form == .polygons { mask = try Mask.empty(width: width, height: height) }
      }
      let box =
        annotation.hasBox
        ? COCOBox(left: annotation.left, top: annotation.top, width: annotation.width, height: annotation.height)
        : mask.map { COCOBox($0.box) }
      guard task == .segm ? mask != nil : box != nil else {
        throw missing(name, file: annotations.path, offset: annotation.offset)
      }
      image.truth.append(
        COCOTruth(
          id: annotation.id, imageID: record.id,
          categoryID: annotations.categories[Int(annotation.category)].id,
          area: annotation.hasArea ? annotation.area : mask.map { Double($0.area) } ?? box?.area ?? 0,
          isCrowd: annotation.isCrowd, mask: mask, box: box))
    }

    let decoder = try COCOMaskDecoder(of: results.file)
    for index in Int(results.starts[place])..<Int(results.starts[place + 1]) {
      let detection = results.detections[index]
      let name = "result \(results.places[index])"
      var mask: Mask?
      if task == .segm || detection.box.isMissing {
        if detection.form == .polygons || detection.form == .code {
          mask = try decoder.mask(
            offset: detection.offset, length: detection.length, width: width, height: height, name: name,
            findings: &findings)
        }
      }
      let box = detection.box.isMissing ? mask.map { COCOBox($0.box) } : detection.box
      guard task == .segm ? mask != nil : box != nil else {
        throw missing(name, file: results.file.path, offset: detection.offset)
      }
      image.detections.append(
        COCODetection(
          imageID: record.id, categoryID: Int(detection.category), score: detection.score, mask: mask, box: box))
    }
    return image
  }

  private func missing(_ name: String, file: String, offset: UInt64) -> ModelError {
    let (needed, other) = task == .segm ? ("mask", COCOTask.bbox) : ("box", COCOTask.segm)
    return ModelError(
      .malformedFile,
      "\(name) of '\(file)' (byte \(offset)) has no \(needed), which the evaluation of \(needed)s needs; give it one, or "
        + "evaluate '\(other.rawValue)'.")
  }
}

extension Mask {
  fileprivate static func empty(width: Int, height: Int) throws(ModelError) -> Mask {
    let pixels = width.multipliedReportingOverflow(by: height)
    guard !pixels.overflow, let count = UInt32(exactly: pixels.partialValue) else {
      throw ModelError(.limitExceeded, "A mask of \(width) x \(height) pixels is too large; use a smaller image.")
    }
    return Mask(try RunLengths(height: height, width: width, counts: [count]))
  }
}
