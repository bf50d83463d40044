import SemanticSAMCore

/// COCO's average precision and recall of masks or boxes, with the numbers of pycocotools' `COCOeval`.
public struct COCOAveragePrecision: Sendable {
  /// The names of the twelve numbers, in order.
  public static let columns = [
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR_max1", "AR_max10", "AR_max100", "AR_small",
    "AR_medium", "AR_large",
  ]

  /// A category's numbers; nil where no true region of it counts.
  public struct CategoryResult: Hashable, Sendable {
    public var id: Int
    public var name: String
    /// Mean over the thresholds 0.50, 0.55, ... 0.95.
    public var averagePrecision: Double?
    /// At the threshold 0.50.
    public var averagePrecision50: Double?
    /// With at most a hundred detections an image.
    public var averageRecall: Double?
    /// The number of true regions that are not crowds.
    public var truthCount: Int
  }

  public let task: COCOTask
  /// Whether categories were put together.
  public let isClassAgnostic: Bool
  /// The twelve numbers, 0...1, in the order of ``columns``; -1 where nothing counts, as the official tool has it.
  public let statistics: [Double]
  /// In the order of the ids; one entry named "all" where categories were put together.
  public let categories: [CategoryResult]
  private let tables: [PrecisionTable]

  /// The mean over all categories and thresholds, 0...1.
  public var averagePrecision: Double { statistics[0] }
  public var averagePrecision50: Double { statistics[1] }

  /// The precision at the recalls 0, 0.01, ... 1 of a category, over all sizes, with at most a hundred detections an image; nil
  /// where no true region of it counts.
  /// - Parameter threshold: 0 for 0.50 to 9 for 0.95.
  public func precision(ofCategory id: Int, threshold: Int) -> [Double]? {
    guard let place = categories.firstIndex(where: { $0.id == id }), (0..<10).contains(threshold) else { return nil }
    return tables[place].precision(threshold: threshold)
  }

  /// The means of AP and AP50 over some categories, 0...1, as the published evaluation of parts takes them: over the means of
  /// the categories, those without a true region left out. Nil where none is left.
  public func means(
    where isIncluded: (CategoryResult) -> Bool
  ) -> (averagePrecision: Double, averagePrecision50: Double)? {
    let included = categories.filter { isIncluded($0) && $0.averagePrecision != nil }
    guard !included.isEmpty else { return nil }
    let count = Double(included.count)
    return (
      included.reduce(0) { $0 + ($1.averagePrecision ?? 0) } / count,
      included.reduce(0) { $0 + ($1.averagePrecision50 ?? 0) } / count
    )
  }

  /// From memory.
  /// - Parameters:
  ///   - imageIDs: all images, also those without true regions.
  ///   - detections: of the categories and images given; those of other categories are left out.
  ///   - isClassAgnostic: puts all categories together (`useCats = 0`).
  /// - Throws: `invalidArgument` where a region is of an image that is not given, a mask or box is missing, or masks of an
  ///   image differ in size.
  public init(
    task: COCOTask, imageIDs: some Sequence<Int64>, categories: [Category], truth: [COCOTruth],
    detections: [COCODetection], isClassAgnostic: Bool = false
  ) throws(ModelError) {
    let ids = Set(imageIDs).sorted()
    let places = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    var images = [COCOImage](repeating: COCOImage(), count: ids.count)
    for region in truth {
      guard let place = places[region.imageID] else {
        throw ModelError(
          .invalidArgument, "The annotation \(region.id) is of image \(region.imageID), which is not among the images.")
      }
      images[place].truth.append(region)
    }
    for detection in detections {
      guard let place = places[detection.imageID] else {
        throw ModelError(
          .invalidArgument, "A detection is of image \(detection.imageID), which is not among the images.")
      }
      images[place].detections.append(detection)
    }
    let gathered = images
    try self.init(
      task: task, imageCount: ids.count, categories: categories, isClassAgnostic: isClassAgnostic, progress: nil
    ) { place throws(ModelError) in gathered[place] }
  }

  /// - Parameter image: gives image 0, 1, ... in the order of their ids; called from several threads.
  init(
    task: COCOTask, imageCount: Int, categories: [Category], isClassAgnostic: Bool,
    progress: (@Sendable (Double) -> Void)?, image: @escaping @Sendable (Int) throws(ModelError) -> COCOImage
  ) throws(ModelError) {
    self.task = task
    self.isClassAgnostic = isClassAgnostic
    let sorted = categories.sorted { $0.id < $1.id }
    let ids = sorted.map(\.id)
    let matchings = try parallelMap(count: imageCount, progress: progress) { place throws(ModelError) in
      try COCOImageMatching(
        image(place), task: task, categories: ids, isClassAgnostic: isClassAgnostic)
    }
    let groupCount = isClassAgnostic ? 1 : sorted.count
    var members = [[COCOMatching]](repeating: [], count: groupCount)
    for matching in matchings {
      for (group, result) in matching.results { members[group].append(result) }
    }
    let grouped = members
    tables = try parallelMap(count: groupCount, progress: nil) { group throws(ModelError) in
      PrecisionTable(grouped[group])
    }
    var results: [CategoryResult] = []
    for (group, table) in tables.enumerated() {
      results.append(
        CategoryResult(
          id: isClassAgnostic ? 0 : sorted[group].id, name: isClassAgnostic ? "all" : sorted[group].name,
          averagePrecision: table.averagePrecision, averagePrecision50: table.averagePrecision50,
          averageRecall: table.averageRecall, truthCount: table.truthCount))
    }
    self.categories = results
    statistics = Self.statistics(of: tables)
  }

  private static func statistics(of tables: [PrecisionTable]) -> [Double] {
    func precision(size: Int, threshold: Int? = nil) -> Double {
      mean(tables.lazy.compactMap { $0.precisionSum(size: size, threshold: threshold) })
    }
    func recall(size: Int, limit: Int) -> Double {
      mean(tables.lazy.compactMap { $0.recallSum(size: size, limit: limit) })
    }
    return [
      precision(size: 0), precision(size: 0, threshold: 0), precision(size: 0, threshold: 5), precision(size: 1),
      precision(size: 2), precision(size: 3), recall(size: 0, limit: 0), recall(size: 0, limit: 1),
      recall(size: 0, limit: 2), recall(size: 1, limit: 2), recall(size: 2, limit: 2), recall(size: 3, limit: 2),
    ]
  }

  private static func mean(_ parts: some Sequence<(sum: Double, count: Int)>) -> Double {
    var (sum, count) = (0.0, 0)
    for part in parts {
      sum += part.sum
      count += part.count
    }
    return count > 0 ? sum / Double(count) : -1
  }
}
