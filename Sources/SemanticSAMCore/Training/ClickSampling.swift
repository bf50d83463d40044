/// Draws training clicks: random pixels of random regions, each with all the regions that it could mean (the reference's
/// `prepare_targets_interactive`).
public struct ClickSampling: Hashable, Sendable, Codable {
  /// A click and its targets.
  public struct Click: Hashable, Sendable {
    /// The pixel.
    public var x: Int
    public var y: Int
    /// The place of the region that the pixel was drawn from.
    public var region: Int
    /// The places of the regions that contain the pixel: in rising order, or shuffled where they were cut to the limit; the
    /// clicked one may then be missing.
    public var targets: [Int]
  }

  /// Where in a region clicks fall; what the two shares leave is drawn uniformly from all its pixels.
  public struct Placement: Hashable, Sendable, Codable {
    /// The share of clicks on the pixel deepest inside.
    public var deepest: Double
    /// The share of clicks on pixels at least half as deep as that one.
    public var deep: Double

    public init(deepest: Double, deep: Double) {
      self.deepest = deepest
      self.deep = deep
    }

    public static let anywhere = Placement(deepest: 0, deep: 0)
  }

  /// Clicks a picture, at most.
  public var clickCount: Int
  /// Targets a click, at most.
  public var targetLimit: Int
  /// Clicks a region, at most; nil: as many as it takes.
  public var clicksPerRegion: Int?
  public var placement: Placement

  public init(
    clickCount: Int = 60, targetLimit: Int = 6, clicksPerRegion: Int? = nil, placement: Placement = .anywhere
  ) {
    self.clickCount = clickCount
    self.targetLimit = targetLimit
    self.clicksPerRegion = clicksPerRegion
    self.placement = placement
  }

  /// The regions are clicked in one random order, over and over where there are fewer than clicks; each time at a pixel
  /// drawn anew.
  /// - Parameter masks: of one picture; empty ones are never clicked.
  /// - Returns: `clickCount` clicks (fewer where `clicksPerRegion` limits them), or none where all masks are empty.
  /// - Throws: `invalidArgument` where the masks differ in size or a limit is below 1, `outOfMemory`.
  public func clicks(
    in masks: [Mask], using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> [Click] {
    guard clickCount >= 1, targetLimit >= 1, clickCount <= 1_000_000, clicksPerRegion ?? 1 >= 1 else {
      throw ModelError(
        .invalidArgument,
        "\(clickCount) clicks with \(targetLimit) targets cannot be drawn; give 1...1000000 and a limit of at least 1.")
    }
    for mask in masks where mask.width != masks[0].width || mask.height != masks[0].height {
      throw ModelError(
        .invalidArgument,
        "Masks of \(masks[0].width) x \(masks[0].height) and \(mask.width) x \(mask.height) pixels cannot be clicked "
          + "together; all must belong to one picture.")
    }
    let areas = masks.map(\.area)
    var order = masks.indices.filter { areas[$0] > 0 }
    guard !order.isEmpty else { return [] }
    generator.shuffle(&order)
    let (limit, overflow) = order.count.multipliedReportingOverflow(by: clicksPerRegion ?? .max)
    var clicks: [Click] = []
    for number in 0..<(overflow ? clickCount : min(clickCount, limit)) {
      let region = order[number % order.count]
      let pixel = try pixel(of: masks[region], area: areas[region], using: &generator)
      var targets = Self.regions(in: masks, at: pixel)
      cut(&targets, using: &generator)
      clicks.append(Click(x: pixel.x, y: pixel.y, region: region, targets: targets))
    }
    return clicks
  }

  /// The places of all masks that contain a pixel, rising.
  static func regions(in masks: [Mask], at pixel: (x: Int, y: Int)) -> [Int] {
    masks.indices.filter { masks[$0].contains(x: pixel.x, y: pixel.y) }
  }

  /// Leaves at most `targetLimit` of the regions, chosen at random.
  func cut(_ targets: inout [Int], using generator: inout some RandomNumberGenerator) {
    guard targets.count > targetLimit else { return }
    generator.shuffle(&targets)
    targets = Array(targets.prefix(targetLimit))
  }

  private func pixel(
    of mask: Mask, area: Int, using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> (x: Int, y: Int) {
    guard placement != .anywhere else { return Self.pixel(generator.integer(below: area), of: mask) }
    let share = generator.uniform()
    guard share < placement.deepest + placement.deep, let deepest = try mask.interiorPoint() else {
      return Self.pixel(generator.integer(below: area), of: mask)
    }
    guard share >= placement.deepest else { return (deepest.x, deepest.y) }
    let distances = try mask.squaredDistances()
    let deep = distances.indices.filter { 4 * Int(distances[$0]) >= deepest.squaredDistance }
    let (y, x) = deep[generator.integer(below: deep.count)].quotientAndRemainder(dividingBy: mask.width)
    return (x, y)
  }

  /// The set pixel of a number below the area, down the columns.
  static func pixel(_ number: Int, of mask: Mask) -> (x: Int, y: Int) {
    var rest = number
    var place = 0
    for (index, run) in mask.runLengths.counts.enumerated() {
      if !index.isMultiple(of: 2) {
        if rest < Int(run) { break }
        rest -= Int(run)
      }
      place += Int(run)
    }
    let (x, y) = (place + rest).quotientAndRemainder(dividingBy: mask.height)
    return (x, y)
  }
}
