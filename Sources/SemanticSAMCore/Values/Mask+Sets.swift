/// Masks as sets of pixels. All of it runs along the run lengths; no bitmap is made.
extension Mask {
  /// The pixels in this mask, in the other, or in both.
  /// - Throws: `invalidArgument` where the sizes differ.
  public func union(_ other: Mask) throws(ModelError) -> Mask {
    try combined(with: other) { $0 || $1 }
  }

  /// The pixels in both masks.
  /// - Throws: `invalidArgument` where the sizes differ.
  public func intersection(_ other: Mask) throws(ModelError) -> Mask {
    try combined(with: other) { $0 && $1 }
  }

  /// The pixels in this mask and not in the other.
  /// - Throws: `invalidArgument` where the sizes differ.
  public func subtracting(_ other: Mask) throws(ModelError) -> Mask {
    try combined(with: other) { $0 && !$1 }
  }

  /// The number of pixels in both masks.
  /// - Throws: `invalidArgument` where the sizes differ.
  public func intersectionArea(_ other: Mask) throws(ModelError) -> Int {
    guard width == other.width, height == other.height else {
      throw Self.sizesDiffer(width, height, other.width, other.height)
    }
    return runLengths.commonArea(other.runLengths)
  }

  /// Intersection over union, 0...1; 0 where both are empty.
  /// - Throws: `invalidArgument` where the sizes differ.
  public func iou(_ other: Mask) throws(ModelError) -> Double {
    let common = try intersectionArea(other)
    let union = area + other.area - common
    return union > 0 ? Double(common) / Double(union) : 0
  }

  static func sizesDiffer(_ width: Int, _ height: Int, _ otherWidth: Int, _ otherHeight: Int) -> ModelError {
    ModelError(
      .invalidArgument,
      "Masks of \(width) x \(height) and \(otherWidth) x \(otherHeight) pixels cannot be compared; all must belong to one "
        + "image.")
  }

  private func combined(
    with other: Mask, _ isInside: (_ here: Bool, _ there: Bool) -> Bool
  ) throws(ModelError) -> Mask {
    var builder = RunLengths.Builder()
    try walk(with: other) { length, isHere, isThere in
      builder.append(length: length, isSet: isInside(isHere, isThere))
    }
    return Mask(RunLengths(uncheckedHeight: height, width: width, counts: builder.counts))
  }

  /// Calls `body` for the longest stretches of pixels, in column-major order, over which neither mask changes.
  @inline(__always)
  private func walk(
    with other: Mask, _ body: (_ length: Int, _ isHere: Bool, _ isThere: Bool) -> Void
  ) throws(ModelError) {
    guard width == other.width, height == other.height else {
      throw Self.sizesDiffer(width, height, other.width, other.height)
    }
    let here = runLengths.counts
    let there = other.runLengths.counts
    var (i, j) = (0, 0)
    // What is left of the runs under way; both lists have the same sum.
    var (restHere, restThere) = (Int(here[0]), Int(there[0]))
    while true {
      let length = min(restHere, restThere)
      if length > 0 { body(length, i & 1 == 1, j & 1 == 1) }
      restHere -= length
      restThere -= length
      if restHere == 0 {
        i += 1
        if i < here.count { restHere = Int(here[i]) }
      }
      if restThere == 0 {
        j += 1
        if j < there.count { restThere = Int(there[j]) }
      }
      if i >= here.count || j >= there.count { return }
    }
  }
}
