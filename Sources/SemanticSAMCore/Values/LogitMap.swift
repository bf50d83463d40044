/// The network's logits of a mask at their own, low resolution: above 0 is inside.
public struct LogitMap: Hashable, Sendable {
  /// In cells, at least 1.
  public let width: Int
  /// In cells, at least 1.
  public let height: Int
  /// `[height, width]`, row by row.
  public let values: [Float]
  /// The rectangle of the image that the cells cover, by pixel edges; it can reach beyond the image.
  public let region: Box

  /// - Throws: `invalidArgument` where the sizes are not positive or do not fit the number of values.
  public init(width: Int, height: Int, values: [Float], region: Box) throws(ModelError) {
    let (cells, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, cells == values.count else {
      throw ModelError(
        .invalidArgument,
        "A logit map of \(width) x \(height) cells cannot be made from \(values.count) values; give one value a cell.")
    }
    self.width = width
    self.height = height
    self.values = values
    self.region = region
  }
}
