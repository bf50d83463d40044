import SemanticSAMCore

/// Regions as outlines in the form of GeoJSON (RFC 7946), in pixels of the photograph instead of degrees: x to the right,
/// y down, by pixel edges. Holes are rings after the ring that they lie in.
public struct PolygonDocument: Sendable {
  private struct Collection: Encodable {
    var type = "FeatureCollection"
    var features: [Feature] = []
  }

  private struct Feature: Encodable {
    var type = "Feature"
    var id: Int
    var properties: Properties
    var geometry: Geometry
  }

  private struct Properties: Encodable {
    var image: String
    var name: String
    var score: Float?
    var isthing: Bool
    var area: Int
  }

  private struct Geometry: Encodable {
    var type = "MultiPolygon"
    /// Polygons of rings of points; the last point of a ring is its first.
    var coordinates: [[[[Double]]]]
  }

  private var collection = Collection()

  public init() {}

  /// Adds the regions of a photograph; empty ones are left out.
  public mutating func add(_ regions: [NamedRegion], image: String) {
    for region in regions where !region.mask.isEmpty {
      collection.features.append(
        Feature(
          id: collection.features.count + 1,
          properties: Properties(
            image: image, name: region.name, score: region.score, isthing: region.isThing, area: region.mask.area),
          geometry: Geometry(coordinates: Self.polygons(of: region.mask))))
    }
  }

  /// One line of JSON with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite.
  public func encoded() throws(ModelError) -> [UInt8] { try JSONLine.encode(collection) }

  private static func polygons(of mask: Mask) -> [[[[Double]]]] {
    let outlines = mask.polygons
    var polygons: [(outer: Polygon, rings: [[[Double]]])] = []
    for outline in outlines where !outline.isHole { polygons.append((outline, [ring(outline)])) }
    for hole in outlines where hole.isHole {
      // Just inside the region at the hole's first corner, which is its topmost left one: the region lies above it.
      let (x, y) = (hole.vertices[0] + 0.5, hole.vertices[1] - 0.5)
      let place = polygons.firstIndex { contains($0.outer, x: x, y: y) }
      if let place { polygons[place].rings.append(ring(hole)) }
    }
    return polygons.map(\.rings)
  }

  private static func ring(_ outline: Polygon) -> [[Double]] {
    let points = stride(from: 0, to: outline.vertices.count - 1, by: 2).map {
      [outline.vertices[$0], outline.vertices[$0 + 1]]
    }
    // RFC 7946: outer rings run against the clock where y points up, as these do where it points down.
    return points + points.prefix(1)
  }

  /// Whether a point lies inside an outline, by the even-odd rule.
  private static func contains(_ outline: Polygon, x: Double, y: Double) -> Bool {
    let vertices = outline.vertices
    var isInside = false
    for index in stride(from: 0, to: vertices.count - 1, by: 2) {
      let next = (index + 2) % vertices.count
      // Edges run along pixels, so only upright ones cross a ray to the right.
      let (top, bottom) = (min(vertices[index + 1], vertices[next + 1]), max(vertices[index + 1], vertices[next + 1]))
      if vertices[index] > x, vertices[index] == vertices[next], top <= y, y < bottom { isInside.toggle() }
    }
    return isInside
  }
}
