/// A closed outline of a region of a mask.
public struct Polygon: Hashable, Sendable {
  /// `[x0, y0, x1, y1, ...]` in pixel edges, as COCO writes polygons: the pixel (x, y) spans x...x + 1 and y...y + 1. The last
  /// vertex is joined to the first one. Seen with y pointing down, outer outlines run clockwise and holes against it.
  public var vertices: [Double]
  /// Whether the outline bounds a hole of the region rather than the region itself.
  public var isHole: Bool

  public init(vertices: [Double], isHole: Bool) {
    self.vertices = vertices
    self.isHole = isHole
  }
}
