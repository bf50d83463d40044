import SemanticSAMCore
import SemanticSAMImages

/// How well things are found and named in a data set: PQ of panoptic segments, AP of things and of parts, IoU of names.
public struct GenericEvaluation: Sendable {
  public enum Metric: String, Hashable, Sendable, CaseIterable {
    /// Panoptic quality.
    case pq
    /// COCO's average precision of masks of things.
    case ap
    /// Mean intersection over union of the pixels of each name.
    case miou
    /// COCO's average precision of masks of parts.
    case partAP = "part-ap"

    /// What the names of a data set allow: PQ and mIoU need stuff, without which most pixels have no name.
    public static func usual(for categories: CategoryTables) -> Set<Metric> {
      var metrics: Set<Metric> = []
      if categories.objects.contains(where: { !$0.isThing }) { metrics.formUnion([.pq, .miou]) }
      if categories.objects.contains(where: \.isThing) { metrics.insert(.ap) }
      if !categories.parts.isEmpty { metrics.insert(.partAP) }
      return metrics
    }
  }

  public var dataset: String
  public var imageCount: Int
  public var panoptic: PanopticQuality?
  public var things: COCOAveragePrecision?
  public var semantic: SemanticIoU?
  public var parts: COCOAveragePrecision?

  /// A label of pixels without a name, which no class has.
  private static let noClass: UInt32 = 4095

  /// Recognises the photographs of a data set one by one and compares with its annotations.
  ///
  /// Names are compared as text: a name that the data set has not counts for nothing, and one that was not looked for is
  /// missed wherever it is annotated.
  /// - Parameters:
  ///   - limit: only so many photographs, the first ones; `nil`: all.
  ///   - recognise: of a photograph, with the names of `dataset.categories`.
  /// - Throws: as the data set, `recognise` and the metrics.
  public init(
    _ dataset: some Dataset, metrics: Set<Metric>, limit: Int? = nil, progress: ProgressHandler? = nil,
    recognise: (Image) throws(ModelError) -> SceneRecognition
  ) throws(ModelError) {
    let objects = Self.numbered(dataset.categories.objects)
    let parts = Self.numbered(dataset.categories.parts)
    let places = Dictionary(objects.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let partPlaces = Dictionary(parts.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let count = min(dataset.count, limit ?? dataset.count)
    var counter = metrics.contains(.pq) ? try PanopticCounter(categories: objects, path: dataset.name) : nil
    var pixels = SemanticCounter(ignoring: Self.noClass)
    var truth = (things: [COCOTruth](), parts: [COCOTruth]())
    var found = (things: [COCODetection](), parts: [COCODetection]())
    for index in 0..<count {
      let sample = try dataset.sample(at: index)
      let photograph = try sample.image.load()
      let recognition = try recognise(photograph)
      let image = Int64(index)
      if counter != nil {
        let (annotation, map) = try Self.segments(of: sample, objects: objects)
        let (predicted, predictedMap) = try Self.segments(of: try recognition.panoptic(), places: places, index: index)
        try counter?.add(truth: annotation, truthMap: map, prediction: predicted, predictionMap: predictedMap)
      }
      if metrics.contains(.miou) {
        let map = try recognition.semanticMap()
        let labels = map.names.map { UInt32(places[$0] ?? Int(Self.noClass)) }
        let predicted = try LabelImage(
          width: map.width, height: map.height,
          values: map.categories.map { Int($0) < labels.count ? labels[Int($0)] : Self.noClass })
        try pixels.add(truth: try Self.labels(of: sample), prediction: predicted)
      }
      if metrics.contains(.ap) {
        truth.things += Self.truth(sample, image: image) { region in
          region.kind == .object ? region.objectCategory.flatMap { objects[$0].isThing ? $0 + 1 : nil } : nil
        }
        for detection in try recognition.instances() {
          guard let place = places[detection.name] else { continue }
          found.things.append(
            COCODetection(
              imageID: image, categoryID: place + 1, score: Double(detection.score), mask: detection.mask))
        }
      }
      if metrics.contains(.partAP) {
        truth.parts += Self.truth(sample, image: image) { $0.partCategory.map { $0 + 1 } }
        for part in try recognition.parts() {
          guard let place = partPlaces[part.name] ?? part.object.flatMap({ partPlaces["\($0):\(part.name)"] }) else {
            continue
          }
          found.parts.append(
            COCODetection(imageID: image, categoryID: place + 1, score: Double(part.score), mask: part.mask))
        }
      }
      progress?(Double(index + 1) / Double(count))
    }
    self.dataset = dataset.name
    imageCount = count
    panoptic = counter?.result
    let ids = 0..<Int64(count)
    things =
      metrics.contains(.ap)
      ? try COCOAveragePrecision(
        task: .segm, imageIDs: ids, categories: objects.filter(\.isThing), truth: truth.things,
        detections: found.things) : nil
    self.parts =
      metrics.contains(.partAP)
      ? try COCOAveragePrecision(
        task: .segm, imageIDs: ids, categories: parts, truth: truth.parts, detections: found.parts) : nil
    semantic = metrics.contains(.miou) ? try pixels.result(names: objects.map(\.name)) : nil
  }

  /// Categories with their places plus 1 as ids, because those of data sets can be shared.
  private static func numbered(_ categories: [Category]) -> [Category] {
    categories.enumerated().map { index, category in
      Category(
        id: index + 1, name: category.name, supercategory: category.supercategory, isThing: category.isThing)
    }
  }

  private static func truth(
    _ sample: Sample, image: Int64, category: (Region) -> Int?
  ) -> [COCOTruth] {
    sample.regions.compactMap { region in
      guard let mask = region.mask, let category = category(region) else { return nil }
      return COCOTruth(
        id: region.id, imageID: image, categoryID: category, area: region.area, isCrowd: region.isCrowd, mask: mask)
    }
  }

  /// The annotated objects as a map of segments, later ones over earlier ones.
  private static func segments(
    of sample: Sample, objects: [Category]
  ) throws(ModelError) -> (PanopticDocument.Annotation, LabelImage) {
    let (width, height) = (sample.image.width, sample.image.height)
    var values = [UInt32](repeating: 0, count: width * height)
    var segments: [PanopticDocument.Segment] = []
    for region in sample.regions where region.kind == .object {
      guard let mask = region.mask, let category = region.objectCategory else { continue }
      let id = UInt32(segments.count + 1)
      try paint(mask, id, into: &values, width: width, height: height)
      segments.append(.init(id: id, categoryID: category + 1, area: nil, isCrowd: region.isCrowd))
    }
    var areas = [Int](repeating: 0, count: segments.count + 1)
    for value in values { areas[Int(value)] += 1 }
    for place in segments.indices { segments[place].area = Double(areas[Int(segments[place].id)]) }
    segments.removeAll { $0.area == 0 }
    return (
      PanopticDocument.Annotation(imageID: sample.image.id, fileName: sample.image.id, segments: segments),
      try LabelImage(width: width, height: height, values: values)
    )
  }

  private static func segments(
    of result: PanopticSegmentation, places: [String: Int], index: Int
  ) throws(ModelError) -> (PanopticDocument.Annotation, LabelImage) {
    let known = result.segments.filter { places[$0.name] != nil }
    let ids = Set(known.map(\.id))
    return (
      PanopticDocument.Annotation(
        imageID: "\(index)", fileName: "\(index)",
        segments: known.map { .init(id: UInt32($0.id), categoryID: (places[$0.name] ?? 0) + 1) }),
      try LabelImage(
        width: result.width, height: result.height, values: result.map.map { ids.contains(Int($0)) ? UInt32($0) : 0 })
    )
  }

  /// The annotated name of each pixel, later regions over earlier ones.
  private static func labels(of sample: Sample) throws(ModelError) -> LabelImage {
    let (width, height) = (sample.image.width, sample.image.height)
    var values = [UInt32](repeating: noClass, count: width * height)
    for region in sample.regions where region.kind == .object && !region.isCrowd {
      guard let mask = region.mask, let category = region.objectCategory else { continue }
      try paint(mask, UInt32(category), into: &values, width: width, height: height)
    }
    return try LabelImage(width: width, height: height, values: values)
  }

  private static func paint(
    _ mask: Mask, _ value: UInt32, into values: inout [UInt32], width: Int, height: Int
  ) throws(ModelError) {
    guard mask.width == width, mask.height == height else {
      throw ModelError(
        .malformedFile,
        "A mask of \(mask.width) x \(mask.height) pixels belongs to a photograph of \(width) x \(height); correct the "
          + "annotations.")
    }
    let bitmap = mask.bitmap
    for pixel in bitmap.indices where bitmap[pixel] != 0 { values[pixel] = value }
  }
}

// MARK: - JSON and table

extension GenericEvaluation: Encodable {
  enum CodingKeys: String, CodingKey {
    case dataset = "data"
    case imageCount = "images"
    case panoptic = "PQ"
    case things = "AP"
    case semantic = "mIoU"
    case parts = "part_AP"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(dataset, forKey: .dataset)
    try container.encode(imageCount, forKey: .imageCount)
    try container.encodeIfPresent(panoptic, forKey: .panoptic)
    try container.encodeIfPresent(things.map { COCOEvaluationDocument($0) }, forKey: .things)
    try container.encodeIfPresent(semantic, forKey: .semantic)
    try container.encodeIfPresent(parts.map { COCOEvaluationDocument($0) }, forKey: .parts)
  }

  /// Evaluations of several data sets as one line of JSON: a list.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public static func encoded(_ evaluations: [GenericEvaluation]) throws(ModelError) -> [UInt8] {
    try JSONLine.encode(evaluations)
  }

  /// The main numbers of several data sets for people; "-" where a metric was not asked for.
  public static func table(_ evaluations: [GenericEvaluation]) -> String {
    func share(_ value: Double?) -> String { MetricTable.decimals(value.flatMap { $0 < 0 ? nil : $0 }) }
    let rows = evaluations.map { evaluation in
      [
        evaluation.dataset, "\(evaluation.imageCount)", share(evaluation.panoptic?.all.pq),
        share(evaluation.panoptic?.things.pq), share(evaluation.panoptic?.stuff.pq),
        share(evaluation.things?.averagePrecision), share(evaluation.things?.averagePrecision50),
        share(evaluation.semantic?.meanIoU), share(evaluation.parts?.averagePrecision),
        share(evaluation.parts?.averagePrecision50),
      ]
    }
    return MetricTable(
      rows: [["data", "images", "PQ", "PQ th.", "PQ st.", "AP", "AP50", "mIoU", "part AP", "part AP50"]] + rows
    ).text
  }
}
