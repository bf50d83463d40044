import SemanticSAMCore

/// Finds places for label chips: inside the picture, clear of each other, close to what they name. Together they cover at
/// most a fifth of the picture: it is the photograph that people want to see.
package struct ChipLayout {
  private let width: Double
  private let height: Double
  private let margin: Double
  private var free: Double
  /// What chips should not cover, such as clicks.
  private let obstacles: [Box]
  package private(set) var placed: [Box] = []

  /// - Parameters: The size of the picture in pixels, the room left free at its rim and between chips, and rectangles that
  ///   chips avoid where they can.
  package init(width: Double, height: Double, margin: Double, obstacles: [Box]) {
    self.width = width
    self.height = height
    self.margin = margin
    self.obstacles = obstacles
    free = 0.2 * width * height
  }

  /// Takes the best free place for a chip, or returns `nil` where the picture has none within reach.
  /// - Parameter targets: Positions that the chip may stand beside, the best one first.
  package mutating func place(width chipWidth: Double, height chipHeight: Double, beside targets: [Point]) -> Box? {
    let lastX = width - margin - chipWidth
    let lastY = height - margin - chipHeight
    guard lastX >= margin, lastY >= margin, chipWidth * chipHeight <= free, !targets.isEmpty else { return nil }
    let reach = 4 * chipHeight
    var best: Box?
    var bestCost = Double.infinity
    func consider(x: Double, y: Double, penalty: Double) {
      let left = min(max(x, margin), lastX)
      let top = min(max(y, margin), lastY)
      let chip = Box(x0: left, y0: top, x1: left + chipWidth, y1: top + chipHeight)
      var distance = Double.infinity
      for target in targets { distance = min(distance, Self.distance(from: target, to: chip)) }
      var cost = penalty + distance
      guard distance <= reach, cost < bestCost else { return }
      for obstacle in obstacles where Self.overlap(chip, obstacle) { cost += 2 * chipHeight }
      guard cost < bestCost else { return }
      let padded = Box(x0: chip.x0 - margin, y0: chip.y0 - margin, x1: chip.x1 + margin, y1: chip.y1 + margin)
      guard !placed.contains(where: { Self.overlap(padded, $0) }) else { return }
      best = chip
      bestCost = cost
    }
    // Beside each target: above, below, right, left.
    let gap = margin
    for (rank, target) in targets.enumerated() {
      let penalty = Double(rank) * 0.5 * chipHeight
      consider(x: target.x - chipWidth / 2, y: target.y - gap - chipHeight, penalty: penalty)
      consider(x: target.x - chipWidth / 2, y: target.y + gap, penalty: penalty + 0.2 * chipHeight)
      consider(x: target.x + gap, y: target.y - chipHeight / 2, penalty: penalty + 0.3 * chipHeight)
      consider(x: target.x - gap - chipWidth, y: target.y - chipHeight / 2, penalty: penalty + 0.3 * chipHeight)
    }
    // Then anywhere, on a grid.
    let penalty = 0.5 * Double(targets.count) * chipHeight
    var y = margin
    while y <= lastY {
      var x = margin
      while x <= lastX {
        consider(x: x, y: y, penalty: penalty)
        x += max(chipWidth / 6, 2)
      }
      y += max(chipHeight / 2, 2)
    }
    if let best {
      placed.append(best)
      free -= best.area
    }
    return best
  }

  package static func overlap(_ first: Box, _ second: Box) -> Bool {
    first.x0 < second.x1 && second.x0 < first.x1 && first.y0 < second.y1 && second.y0 < first.y1
  }

  /// From a point to the nearest point of a box; 0 inside.
  package static func distance(from point: Point, to box: Box) -> Double {
    let x = max(box.x0 - point.x, point.x - box.x1, 0)
    let y = max(box.y0 - point.y, point.y - box.y1, 0)
    return (x * x + y * y).squareRoot()
  }
}
