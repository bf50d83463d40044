/// An image in which each pixel belongs to one segment at most: each thing is a segment, and so is all stuff of a name
/// (Kirillov et al., "Panoptic Segmentation", CVPR 2019).
public struct PanopticSegmentation: Hashable, Sendable {
  public struct Segment: Hashable, Sendable {
    /// The number of its pixels in the map, from 1.
    public var id: Int
    /// The place of its name in the vocabulary.
    public var category: Int
    public var name: String
    /// Countable; otherwise stuff.
    public var isThing: Bool
    /// 0...1.
    public var score: Float
    /// In pixels.
    public var area: Int

    public init(id: Int, category: Int, name: String, isThing: Bool, score: Float, area: Int) {
      self.id = id
      self.category = category
      self.name = name
      self.isThing = isThing
      self.score = score
      self.area = area
    }
  }

  /// In pixels.
  public let width: Int
  public let height: Int
  /// `[height, width]`, row by row: the id of each pixel's segment, 0 where it belongs to none.
  public let map: [Int32]
  public let segments: [Segment]

  /// - Precondition: as many ids as pixels.
  init(width: Int, height: Int, map: [Int32], segments: [Segment]) {
    precondition(map.count == width * height, "\(map.count) ids do not fill \(width) x \(height) pixels.")
    self.width = width
    self.height = height
    self.map = map
    self.segments = segments
  }

  /// The pixels of a segment.
  /// - Throws: `limitExceeded` where the image has more pixels than a mask can have.
  public func mask(of segment: Segment) throws(ModelError) -> Mask {
    try Mask(width: width, height: height, bitmap: map.map { $0 == Int32(segment.id) ? 1 : 0 })
  }
}
