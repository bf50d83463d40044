import SemanticSAMCore

/// The outlines of a mask for formats of polygons that know neither holes nor objects of several pieces.
///
/// A hole is joined to the outline around it by a bridge: two edges on the same line, there and back. The even-odd rule, and
/// the nonzero one, fill such a ring as if the bridge were not there, so no pixel is gained or lost.
struct MaskOutline {
  /// One closed ring for each 4-connected piece, its holes joined in; vertices are corners of pixels, as in `Polygon`.
  let rings: [[SIMD2<Double>]]

  init(_ mask: Mask) throws(ModelError) {
    var rings: [[SIMD2<Double>]] = []
    for piece in mask.connectedRegions(.four) {
      let box = piece.box
      let corner = SIMD2(box.x0, box.y0)
      let part = try piece.cropped(x: Int(box.x0), y: Int(box.y0), width: Int(box.width), height: Int(box.height))
      let outlines = part.polygons.map { polygon in
        stride(from: 0, to: polygon.vertices.count, by: 2).map { index in
          SIMD2(polygon.vertices[index], polygon.vertices[index + 1]) + corner
        }
      }
      if let ring = Self.joined(outlines) { rings.append(ring) }
    }
    self.rings = rings
  }

  /// All pieces in one ring; `nil` for an empty mask.
  var joined: [SIMD2<Double>]? { Self.joined(rings) }

  private static func joined(_ rings: [[SIMD2<Double>]]) -> [SIMD2<Double>]? {
    guard var ring = rings.first else { return nil }
    for other in rings.dropFirst() {
      guard let bridge = shortestBridge(ring, other) else { continue }
      ring.insert(contentsOf: other[bridge.to...] + other[...bridge.to] + [ring[bridge.from]], at: bridge.from + 1)
    }
    return ring
  }

  /// The places of the two vertices that lie closest together, the first of equal ones.
  private static func shortestBridge(
    _ ring: [SIMD2<Double>], _ other: [SIMD2<Double>]
  ) -> (from: Int, to: Int)? {
    var best: (from: Int, to: Int)?
    var least = Double.infinity
    for (from, start) in ring.enumerated() {
      for (to, end) in other.enumerated() {
        let difference = end - start
        let distance = (difference * difference).sum()
        if distance < least {
          least = distance
          best = (from, to)
        }
      }
    }
    return best
  }
}
