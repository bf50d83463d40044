/// A mask cleaned of small regions, and whether it had any (Segment Anything, `remove_small_regions`).
struct SmallRegions {
  private(set) var mask: Mask
  private(set) var wereFound = false

  init(of mask: Mask) {
    self.mask = mask
  }

  /// Fills holes of fewer than `area` pixels.
  mutating func fillHoles(smallerThan area: Int) {
    let filled = mask.removingHoles(smallerThan: area)
    if filled != mask { wereFound = true }
    mask = filled
  }

  /// Removes islands of fewer than `area` pixels; the largest one stays where all are small. A mask that is one small island
  /// stays as it is and yet had a small region.
  mutating func removeIslands(smallerThan area: Int) {
    let cleaned = mask.removingIslands(smallerThan: area)
    if cleaned != mask || !mask.isEmpty && cleaned.area < area { wereFound = true }
    mask = cleaned
  }
}
