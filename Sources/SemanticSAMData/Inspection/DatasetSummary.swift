import SemanticSAMCore

/// What a data set holds, counted.
public struct DatasetSummary: Encodable, Hashable, Sendable {
  /// How often a category occurs.
  public struct Count: Encodable, Hashable, Sendable {
    public var id: Int
    public var name: String
    public var count: Int
  }

  /// A step of a histogram.
  public struct Step: Encodable, Hashable, Sendable {
    public var label: String
    public var count: Int
  }

  public var name: String
  public var images = 0
  public var imagesWithoutRegions = 0
  /// In pixels.
  public var smallestImage = ImageExtent(width: 0, height: 0)
  public var largestImage = ImageExtent(width: 0, height: 0)
  public var regions = 0
  public var objects = 0
  public var parts = 0
  public var unlabelled = 0
  public var crowds = 0
  public var withoutMask = 0
  public var partsWithoutParent = 0
  /// Categories that occur, most frequent first.
  public var objectCategories: [Count] = []
  public var partCategories: [Count] = []
  /// Regions by their share of the image.
  public var sizes: [Step]
  /// Regions by the number of regions of the same photograph that they lie in, themselves included: 1 is the coarsest.
  public var nesting: [Step] = []

  public struct ImageExtent: Encodable, Hashable, Sendable {
    public var width: Int
    public var height: Int
  }

  enum CodingKeys: String, CodingKey {
    case name, images, regions, objects, parts, unlabelled, crowds, sizes, nesting
    case imagesWithoutRegions = "images_without_regions"
    case smallestImage = "smallest_image"
    case largestImage = "largest_image"
    case withoutMask = "without_mask"
    case partsWithoutParent = "parts_without_parent"
    case objectCategories = "object_categories"
    case partCategories = "part_categories"
  }

  /// The upper ends of the steps of `sizes`, as shares of the image.
  static let shares: [(label: String, end: Double)] = [
    ("< 0.01 %", 0.0001), ("< 0.1 %", 0.001), ("< 1 %", 0.01), ("< 10 %", 0.1), ("< 50 %", 0.5), (">= 50 %", .infinity),
  ]

  private var objectCounts: [Int: Int] = [:]
  private var partCounts: [Int: Int] = [:]
  private var depths: [Int: Int] = [:]

  /// Counts what a data set holds.
  /// - Parameters:
  ///   - problem: takes what is wrong with a record, which is then not counted; without it, counting stops there.
  ///   - progress: told the share of the photographs that are counted, 0...1.
  /// - Throws: `malformedFile` naming file and record, `cancelled`.
  public init(
    _ dataset: some Dataset, problem: ((ModelError) -> Void)? = nil, progress: (Double) -> Void = { _ in }
  ) throws(ModelError) {
    name = dataset.name
    sizes = Self.shares.map { Step(label: $0.label, count: 0) }
    for index in 0..<dataset.count {
      guard !Task.isCancelled else { throw ModelError(.cancelled, "Counting \(dataset.name) was cancelled.") }
      try tolerating(problem) { () throws(ModelError) in
        try add(dataset.sample(at: index, problem: problem))
      }
      progress(Double(index + 1) / Double(dataset.count))
    }
    objectCategories = Self.table(objectCounts, dataset.categories.objects)
    partCategories = Self.table(partCounts, dataset.categories.parts)
    nesting = depths.sorted { $0.key < $1.key }.map { Step(label: "\($0.key)", count: $0.value) }
  }

  private static func table(_ counts: [Int: Int], _ categories: [Category]) -> [Count] {
    counts.map { Count(id: categories[$0.key].id, name: categories[$0.key].name, count: $0.value) }
      .sorted { ($1.count, $0.id) < ($0.count, $1.id) }
  }

  private mutating func add(_ sample: Sample) throws(ModelError) {
    images += 1
    if sample.regions.isEmpty { imagesWithoutRegions += 1 }
    let extent = ImageExtent(width: sample.image.width, height: sample.image.height)
    let pixels = extent.width * extent.height
    if images == 1 || pixels < smallestImage.width * smallestImage.height { smallestImage = extent }
    if pixels > largestImage.width * largestImage.height { largestImage = extent }
    for region in sample.regions {
      regions += 1
      switch region.kind {
      case .object: objects += 1
      case .part: parts += 1
      case .unlabelled: unlabelled += 1
      }
      if region.isCrowd { crowds += 1 }
      if region.mask == nil { withoutMask += 1 }
      if region.kind == .part, region.parent == nil { partsWithoutParent += 1 }
      if let category = region.objectCategory, region.kind != .part { objectCounts[category, default: 0] += 1 }
      if let category = region.partCategory { partCounts[category, default: 0] += 1 }
      let share = Double(region.mask?.area ?? Int(region.box.area)) / Double(max(pixels, 1))
      if let step = Self.shares.firstIndex(where: { share < $0.end }) { sizes[step].count += 1 }
    }
    for depth in try Nesting.depths(of: sample.regions) { depths[depth, default: 0] += 1 }
  }
}

/// How deep regions lie in each other.
enum Nesting {
  /// For each region, the number of regions that it lies in, itself included: those of which it is a part, or, without any,
  /// the larger ones that hold at least 90 % of its pixels.
  static func depths(of regions: [Region]) throws(ModelError) -> [Int] {
    let boxes = regions.map { $0.mask?.box ?? $0.box }
    let areas = regions.map { $0.mask?.area ?? 0 }
    var depths: [Int] = []
    for (place, region) in regions.enumerated() {
      var depth = 1
      if region.kind != .unlabelled {
        var next = region.parent
        // Annotations that are each other's part must not go on for ever.
        while let parent = next, depth <= regions.count {
          depth += 1
          next = regions[parent].parent
        }
      } else if let mask = region.mask {
        for (other, candidate) in regions.enumerated() where areas[other] > areas[place] {
          guard let outer = candidate.mask, overlap(boxes[place], boxes[other]) > 0 else { continue }
          if Double(try mask.intersectionArea(outer)) >= 0.9 * Double(areas[place]) { depth += 1 }
        }
      }
      depths.append(depth)
    }
    return depths
  }

  private static func overlap(_ first: Box, _ second: Box) -> Double {
    max(0, min(first.x1, second.x1) - max(first.x0, second.x0))
      * max(0, min(first.y1, second.y1) - max(first.y0, second.y0))
  }
}

extension DatasetSummary {
  /// One line of JSON with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }
}
