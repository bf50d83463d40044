/// The sizes of a picture on its way into the network, in pixels.
public struct InputSize: Hashable, Sendable {
  /// Of the picture as the network sees it, after the size rule.
  public var width: Int
  public var height: Int
  /// The same, padded right and below to the network's divisibility.
  public var paddedWidth: Int
  public var paddedHeight: Int

  init(width: Int, height: Int, divisibility: Int) {
    self.width = width
    self.height = height
    paddedWidth = (width + divisibility - 1) / divisibility * divisibility
    paddedHeight = (height + divisibility - 1) / divisibility * divisibility
  }

  /// The same picture in a batch: padded to where the largest of the batch ends, as all others.
  func inBatch(_ sizes: [InputSize]) -> InputSize {
    var size = self
    size.paddedWidth = sizes.map(\.paddedWidth).max() ?? paddedWidth
    size.paddedHeight = sizes.map(\.paddedHeight).max() ?? paddedHeight
    return size
  }
}
