/// Draws training clicks: random pixels of random regions, each with all the regions that it could mean (the reference's
/// `prepare_targets_interactive`).
public struct ClickSampling: Hashable, Sendable {
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

  /// Clicks a picture, at most.
  public var clickCount: Int
  /// Targets a click, at most.
  public var targetLimit: Int

  public init(clickCount: Int = 60, targetLimit: Int = 6) {
    self.clickCount = clickCount
    self.targetLimit = targetLimit
  }

  /// The regions are clicked in one random order, over and over where there are fewer than clicks; each time at a pixel
  /// drawn anew, uniformly.
  /// - Parameter masks: of one picture; empty ones are never clicked.
  /// - Returns: `clickCount` clicks, or none where all masks are empty.
  /// - Throws: `invalidArgument` where the masks differ in size or a limit is below 1.
  public func clicks(
    in masks: [Mask], using generator: inout some RandomNumberGenerator
  ) throws(ModelError) -> [Click] {
    guard clickCount >= 1, targetLimit >= 1, clickCount <= 1_000_000 else {
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
    return (0..<clickCount).map { number in
      let region = order[number % order.count]
      let pixel = Self.pixel(generator.integer(below: areas[region]), of: masks[region])
      var targets = masks.indices.filter { masks[$0].contains(x: pixel.x, y: pixel.y) }
      if targets.count > targetLimit {
        generator.shuffle(&targets)
        targets = Array(targets.prefix(targetLimit))
      }
      return Click(x: pixel.x, y: pixel.y, region: region, targets: targets)
    }
  }

  /// The set pixel of a number below the area, down the columns.
  private static func pixel(_ number: Int, of mask: Mask) -> (x: Int, y: Int) {
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
