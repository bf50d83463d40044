import Foundation

@testable import SemanticSAMCore

/// Checks of the goldens of the reference's automatic generator and of its demo's choice of masks. Counts, boxes, areas and
/// orders are exact, stability to one unit in the last place.
enum AutomaticParity {
  /// The generator's parameters as a golden names them.
  private struct Run: Decodable {
    var pointsPerSide: Int
    var pointsPerBatch: Int
    var predictedIoUThreshold: Float
    var stabilityThreshold: Float
    var stabilityOffset: Float
    var boxNMSThreshold: Double
    var minimumRegionArea: Int
    var level: [Int]
    var tokens: [Int]

    enum CodingKeys: String, CodingKey {
      case level
      case pointsPerSide = "points_per_side"
      case pointsPerBatch = "points_per_batch"
      case predictedIoUThreshold = "pred_iou_thresh"
      case stabilityThreshold = "stability_score_thresh"
      case stabilityOffset = "stability_score_offset"
      case boxNMSThreshold = "box_nms_thresh"
      case minimumRegionArea = "min_mask_region_area"
      case tokens = "token_indices"
    }

    func options() throws -> AutomaticMaskOptions {
      var options = AutomaticMaskOptions.reference
      options.pointsPerSide = pointsPerSide
      options.pointsPerBatch = pointsPerBatch
      options.predictedIoUThreshold = predictedIoUThreshold
      options.stabilityThreshold = stabilityThreshold
      options.stabilityOffset = stabilityOffset
      options.boxNMSThreshold = boxNMSThreshold
      options.minimumRegionArea = minimumRegionArea
      options.levels = try level.map { try Granularity(level: $0) }
      return options
    }
  }

  private static func decoded<T: Decodable>(_ key: String, _ golden: Golden) throws -> T {
    try JSONDecoder().decode(T.self, from: Data((golden.file.metadata[key] ?? "").utf8))
  }

  /// The part of the generator behind the network, fed with stored logits.
  static func masks(_ golden: Golden, _ report: inout GoldenReport) throws {
    let runs: [Run] = try decoded("runs", golden)
    let shape = try golden.shape("logits_times_8")
    let (height, width) = (shape[2], shape[3])
    let logits = try golden.bytes("logits_times_8").map { Float(Int8(bitPattern: $0)) / 8 }
    let ious = try golden.doubles("predicted_iou").map { Float($0) }
    report.used("logits_times_8", "predicted_iou")
    for (index, run) in runs.enumerated() {
      let grid = PointGrid.regular(side: run.pointsPerSide)
      try report.compareAbsolute("grid_xy", grid.flatMap { [Float($0.x), Float($0.y)] }) { abs(Double(Float($0)) - $0) }
      let options = try run.options()
      var masks = AutomaticMasks(options, imageWidth: width, imageHeight: height)
      for (place, point) in grid.enumerated() {
        let click = Point(x: point.x * Double(width) - 0.5, y: point.y * Double(height) - 0.5)
        for (level, token) in zip(options.levels, run.tokens) {
          let row = place * shape[1] + token
          let values = Array(logits[row * width * height..<(row + 1) * width * height])
          try masks.add(
            point: click, granularity: level, predictedIoU: ious[row],
            drawing: {
              values.withUnsafeBufferPointer {
                MaskLogits.Drawing(logits: $0, stabilityOffset: options.stabilityOffset)
              }
            })
        }
      }
      try masks.endCrop { _ in nil }
      try compare(masks.finished(), "run\(index).", golden, &report, width: width, height: height, flippedPixels: 0)
    }
  }

  /// The generator with a whole network on an image as it is.
  static func pipeline(_ golden: Golden, _ report: inout GoldenReport) throws {
    let run: Run = try decoded("run", golden)
    let image = try golden.image("image")
    var configuration = try Configuration.preset(golden.model)
    // The image is not to be resized.
    configuration.image.shortEdge = nil
    configuration.image.longEdge = max(image.width, image.height)
    let model = try SemanticSAM.load(.bytes(FixtureWeights.checkpoint(configuration), name: golden.model))
    let candidates = try model.automaticMasks(image, options: run.options())
    try compare(candidates, "", golden, &report, width: image.width, height: image.height, flippedPixels: 4)
  }

  /// - Parameter flippedPixels: how many pixels of all masks together may differ, because their logits are nearly 0.
  private static func compare(
    _ candidates: [Candidate], _ prefix: String, _ golden: Golden, _ report: inout GoldenReport, width: Int,
    height: Int,
    flippedPixels: Int
  ) throws {
    let boxes = candidates.map { PixelBox($0.mask) }
    let counts = try golden.doubles(prefix + "rle_counts").map { UInt32($0) }
    let offsets = try golden.doubles(prefix + "rle_offsets").map { Int($0) }
    try report.compareExactly(prefix + "count", [Double(candidates.count)])
    guard offsets.count == candidates.count + 1 else { return }
    var flipped = 0
    for (index, candidate) in candidates.enumerated() {
      let expected = Mask(
        try RunLengths(height: height, width: width, counts: counts[offsets[index]..<offsets[index + 1]]))
      let common = try candidate.mask.intersectionArea(expected)
      flipped += candidate.area + expected.area - 2 * common
    }
    guard flipped <= flippedPixels else {
      throw GoldenFailure("\(flipped) pixels of the masks of '\(prefix)' differ, more than \(flippedPixels)")
    }
    try report.compareAbsolute(
      prefix + "points",
      candidates.flatMap { candidate -> [Float] in
        let point = candidate.point ?? Point(x: -1, y: -1)
        return [
          Float((point.x + 0.5) / Double(width)), Float((point.y + 0.5) / Double(height)), 0.005, 0.005,
        ]
      }, bound: { _ in 1e-6 })
    try report.compareExactly(
      prefix + "crop_box_xywh",
      candidates.flatMap { candidate -> [Double] in
        candidate.crop.map { [$0.x0, $0.y0, $0.width, $0.height] } ?? []
      })
    if flipped == 0 {
      try report.compareExactly(
        prefix + "rle_counts", candidates.flatMap { $0.mask.runLengths.counts.map { Double($0) } })
      var offsets = [0.0]
      for candidate in candidates {
        offsets.append(offsets[offsets.count - 1] + Double(candidate.mask.runLengths.counts.count))
      }
      try report.compareExactly(prefix + "rle_offsets", offsets)
      try report.compareExactly(prefix + "areas", candidates.map { Double($0.area) })
      let text = candidates.map(\.mask.runLengths.compressed).joined(separator: "\n")
      try report.compareExactly(prefix + "coco_rle_bytes", text.utf8.map { Double($0) })
      try report.compareExactly(
        prefix + "boxes_xywh",
        boxes.flatMap { [Double($0.x0), Double($0.y0), Double($0.x1 - $0.x0), Double($0.y1 - $0.y0)] })
    } else {
      // The masks were compared above; what follows from them may differ by as much.
      try report.compareAbsolute(
        prefix + "areas", candidates.map { Float($0.area) }, bound: { _ in Double(flippedPixels) })
      try report.compareAbsolute(
        prefix + "boxes_xywh",
        boxes.flatMap { [Float($0.x0), Float($0.y0), Float($0.x1 - $0.x0), Float($0.y1 - $0.y0)] },
        bound: { _ in Double(flippedPixels) })
      for tensor in ["rle_counts", "rle_offsets", "coco_rle_bytes"] { report.used(prefix + tensor) }
    }
    let isWhole = flippedPixels > 0
    let ious = candidates.map(\.predictedIoU)
    if isWhole {
      try report.compare(prefix + "predicted_iou", ious, bound: 2e-5)
    } else {
      try report.compareAbsolute(prefix + "predicted_iou", ious) { Double(Float($0).ulp) }
    }
    let stabilities = candidates.map { $0.stability ?? .nan }
    let areas = candidates.map { Double($0.area) }
    // A few pixels of the whole network's masks may cross a threshold.
    let smallest = areas.min() ?? 1
    try report.compareAbsolute(prefix + "stability", stabilities) {
      Double(Float($0).ulp) + (isWhole ? Double(flippedPixels) / smallest : 0)
    }
  }

  private struct Parts: Decodable {
    var pointsPerSide: Int?
    var layers: Int
    var downscale: Int?
    /// Height and width.
    var size: [Int]?
    var overlap: Double?

    enum CodingKeys: String, CodingKey {
      case layers, downscale, overlap
      case pointsPerSide = "points_per_side"
      case size = "size_hw"
    }
  }

  /// The functions of which the generator is made.
  static func parts(_ golden: Golden, _ report: inout GoldenReport) throws {
    let cases: [String: Parts] = try decoded("cases", golden)
    for (name, part) in cases.sorted(by: { $0.key < $1.key }) {
      if let side = part.pointsPerSide {
        let grids = PointGrid.layers(pointsPerSide: side, layers: part.layers, downscale: part.downscale ?? 1)
        for (layer, grid) in grids.enumerated() {
          try report.compareAbsolute("\(name).layer\(layer)", grid.flatMap { [Float($0.x), Float($0.y)] }) {
            abs(Double(Float($0)) - $0)
          }
        }
      } else if let size = part.size {
        let crops = CropBox.all(width: size[1], height: size[0], layers: part.layers, overlap: part.overlap ?? 0)
        try report.compareExactly(
          "\(name).boxes_xyxy", crops.flatMap { [$0.x0, $0.y0, $0.x1, $0.y1].map { Double($0) } })
        try report.compareExactly("\(name).layer", crops.map { Double($0.layer) })
      }
    }
    try runLengths(golden, &report)
    try smallRegions(golden, &report)
    try edges(golden, &report)
    let boxes = try golden.rows("nms.boxes_xyxy").map { SIMD4($0.map { Float($0) }) }
    let scores = try golden.doubles("nms.scores").map { Float($0) }
    report.used("nms.boxes_xyxy", "nms.scores")
    for tensor in golden.file.entries.keys where tensor.hasPrefix("nms.keep.") {
      let threshold = Double(tensor.dropFirst("nms.keep.".count)) ?? .nan
      let kept = NonMaximumSuppression.kept(boxes: boxes, scores: scores, threshold: threshold)
      try report.compareExactly(tensor, kept.map { Double($0) })
    }
    let shape = try golden.shape("stability.logits")
    let logits = try golden.doubles("stability.logits").map { Float($0) }
    report.used("stability.logits")
    for tensor in golden.file.entries.keys where tensor.hasPrefix("stability.offset") {
      let offset = Float(tensor.dropFirst("stability.offset".count)) ?? .nan
      let cells = shape[1] * shape[2]
      let expected = try golden.doubles(tensor)
      report.used(tensor)
      for index in 0..<shape[0] {
        let stability = logits[index * cells..<(index + 1) * cells].withUnsafeBufferPointer {
          MaskLogits.Drawing(logits: $0, stabilityOffset: offset).stability
        }
        // 0 / 0 is no number in the reference and nothing here.
        let isRight =
          stability.map { abs(Double($0) - expected[index]) <= Double($0.ulp) } ?? expected[index].isNaN
        if !isRight { throw GoldenFailure("\(tensor)[\(index)] is \(expected[index]), not \(stability ?? .nan)") }
      }
    }
  }

  private static func bitmaps(_ tensor: String, _ golden: Golden) throws -> [Mask] {
    let shape = try golden.shape(tensor)
    let cells = shape[1] * shape[2]
    let bytes = try golden.bytes(tensor)
    return try (0..<shape[0]).map {
      try Mask(width: shape[2], height: shape[1], bitmap: Array(bytes[$0 * cells..<($0 + 1) * cells]))
    }
  }

  private static func runLengths(_ golden: Golden, _ report: inout GoldenReport) throws {
    let masks = try bitmaps("masks", golden)
    report.used("masks")
    try report.compareExactly(
      "boxes_xyxy", masks.map { PixelBox($0) }.flatMap { [$0.x0, $0.y0, $0.x1, $0.y1].map { Double($0) } })
    try report.compareExactly("rle_areas", masks.map { Double($0.area) })
    try report.compareExactly("rle_counts", masks.flatMap { $0.runLengths.counts.map { Double($0) } })
    var offsets = [0.0]
    for mask in masks { offsets.append(offsets[offsets.count - 1] + Double(mask.runLengths.counts.count)) }
    try report.compareExactly("rle_offsets", offsets)
    let text = masks.map(\.runLengths.compressed).joined(separator: "\n")
    try report.compareExactly("coco_rle_bytes", text.utf8.map { Double($0) })
  }

  private static func smallRegions(_ golden: Golden, _ report: inout GoldenReport) throws {
    let masks = try bitmaps("masks", golden)
    for tensor in golden.file.entries.keys where tensor.hasPrefix("small_regions.") && tensor.hasSuffix(".masks") {
      let name = tensor.dropLast(".masks".count)
      let words = name.split(separator: ".")
      let area = Int(words[2]) ?? 0
      let cleaned = masks.map { mask in
        var regions = SmallRegions(of: mask)
        if words[1] == "holes" {
          regions.fillHoles(smallerThan: area)
        } else {
          regions.removeIslands(smallerThan: area)
        }
        return regions
      }
      try report.compareExactly(tensor, cleaned.flatMap { $0.mask.bitmap.map { Double($0) } })
      try report.compareExactly("\(name).changed", cleaned.map { $0.wereFound ? 1 : 0 })
    }
  }

  private static func edges(_ golden: Golden, _ report: inout GoldenReport) throws {
    let crop = try golden.doubles("edge.crop_box").map { Int($0) }
    let image = try golden.doubles("edge.image_box").map { Int($0) }
    report.used("edge.crop_box", "edge.image_box", "edge.boxes_in_crop")
    let box = CropBox(x0: crop[0], y0: crop[1], x1: crop[2], y1: crop[3], layer: 1)
    let boxes = try golden.rows("edge.boxes_in_crop").map {
      PixelBox(x0: Int($0[0]), y0: Int($0[1]), x1: Int($0[2]), y1: Int($0[3]))
    }
    try report.compareExactly(
      "edge.uncropped",
      boxes.flatMap { [$0.x0 + box.x0, $0.y0 + box.y0, $0.x1 + box.x0, $0.y1 + box.y0].map { Double($0) } })
    try report.compareExactly(
      "edge.near", boxes.map { box.cutsOff($0, imageWidth: image[2], imageHeight: image[3]) ? 1 : 0 })
  }

  private struct Selection: Decodable {
    var threshold: Double
    var holeArea: Int
    var islandArea: Int

    enum CodingKeys: String, CodingKey {
      case threshold = "iou_threshold"
      case holeArea = "hole_area"
      case islandArea = "island_area"
    }
  }

  /// Which masks the demo shows.
  static func selection(_ golden: Golden, _ report: inout GoldenReport) throws {
    let cases: [Selection] = try decoded("cases", golden)
    for (index, parameters) in cases.enumerated() {
      let shape = try golden.shape("\(index).logits_times_8")
      let cells = shape[1] * shape[2]
      let logits = try golden.bytes("\(index).logits_times_8").map { Int8(bitPattern: $0) }
      let ious = try golden.doubles("\(index).predicted_iou")
      report.used("\(index).logits_times_8", "\(index).predicted_iou")
      let candidates = try (0..<shape[0]).map { token in
        Candidate(
          mask: try Mask(
            width: shape[2], height: shape[1],
            bitmap: logits[token * cells..<(token + 1) * cells].map { $0 > 0 ? 1 : 0 }),
          granularity: Granularity.allCases[token], predictedIoU: Float(ious[token]))
      }
      var selection = InteractiveSelection()
      selection.predictedIoUThreshold = parameters.threshold
      selection.holeArea = parameters.holeArea
      selection.islandArea = parameters.islandArea
      let shown = try selection.shown(candidates)
      try report.compareExactly("\(index).shown_masks", shown.candidates.flatMap { $0.mask.bitmap.map { Double($0) } })
      try report.compareExactly(
        "\(index).shown_iou_rounded", shown.candidates.map { InteractiveSelection.rounded($0.predictedIoU) })
      try report.compareExactly("\(index).area_order", shown.orderByArea.map { Double($0) })
    }
  }
}
