import CCairo
import SemanticSAMCore

/// The outlines of a mask made smooth for the eye, in pixels of the image.
struct Outline {
  struct Vertex {
    var x: Double
    var y: Double
  }

  /// Closed rings.
  private(set) var rings: [[Vertex]] = []
  /// The middles of the topmost, lowest, leftmost and rightmost edge of the largest region; empty for an empty mask.
  private(set) var extremes: [Vertex] = []

  init(_ mask: Mask) {
    let polygons = mask.polygons
    rings = polygons.map { Self.smoothed(Self.crackMiddles($0)) }
    let largest = polygons.filter { !$0.isHole }.max { Self.doubledArea($0) < Self.doubledArea($1) }
    if let largest { extremes = Self.extremes(of: largest) }
  }

  /// Adds the rings to the path of a canvas, scaled and then moved.
  func addPath(to canvas: Canvas, scale: Double, x: Double, y: Double) {
    for ring in rings {
      cairo_new_sub_path(canvas.context)
      for vertex in ring { cairo_line_to(canvas.context, x + vertex.x * scale, y + vertex.y * scale) }
      cairo_close_path(canvas.context)
    }
  }

  /// Draws the rings as a coloured line within a white one.
  func draw(on canvas: Canvas, color: Color, lineWidth: Double, scale: Double, x: Double = 0, y: Double = 0) {
    guard !rings.isEmpty else { return }
    addPath(to: canvas, scale: scale, x: x, y: y)
    canvas.stroke(.white, opacity: 0.9, width: lineWidth * 1.75, keepsPath: true)
    canvas.stroke(color, width: lineWidth)
  }

  /// The middle of each pixel edge that a polygon runs along: joined, they cut the steps of a slanted outline.
  private static func crackMiddles(_ polygon: Polygon) -> [Vertex] {
    var middles: [Vertex] = []
    forEachEdge(of: polygon) { start, end in
      let length = abs(end.x - start.x) + abs(end.y - start.y)
      let (stepX, stepY) = ((end.x - start.x) / length, (end.y - start.y) / length)
      for step in 0..<Int(length) {
        let way = Double(step) + 0.5
        middles.append(Vertex(x: start.x + stepX * way, y: start.y + stepY * way))
      }
    }
    return middles
  }

  /// A ring after some turns of the binomial filter (1 2 1) / 4; small rings keep their shape.
  private static func smoothed(_ ring: [Vertex]) -> [Vertex] {
    guard ring.count >= 16 else { return ring }
    var ring = ring
    for _ in 0..<4 {
      var before = ring[ring.count - 1]
      let first = ring[0]
      for index in ring.indices {
        let here = ring[index]
        let next = index + 1 < ring.count ? ring[index + 1] : first
        ring[index] = Vertex(x: (before.x + 2 * here.x + next.x) / 4, y: (before.y + 2 * here.y + next.y) / 4)
        before = here
      }
    }
    return ring
  }

  private static func extremes(of polygon: Polygon) -> [Vertex] {
    var middles: [Vertex] = []
    forEachEdge(of: polygon) { start, end in
      middles.append(Vertex(x: (start.x + end.x) / 2, y: (start.y + end.y) / 2))
    }
    return [
      middles.min { $0.y < $1.y }, middles.max { $0.y < $1.y }, middles.min { $0.x < $1.x },
      middles.max { $0.x < $1.x },
    ].compactMap { $0 }
  }

  private static func doubledArea(_ polygon: Polygon) -> Double {
    var area = 0.0
    forEachEdge(of: polygon) { start, end in area += start.x * end.y - end.x * start.y }
    return area
  }

  private static func forEachEdge(of polygon: Polygon, _ body: (_ start: Vertex, _ end: Vertex) -> Void) {
    let vertices = polygon.vertices
    for index in stride(from: 0, to: vertices.count - 1, by: 2) {
      let next = index + 3 < vertices.count ? index + 2 : 0
      body(Vertex(x: vertices[index], y: vertices[index + 1]), Vertex(x: vertices[next], y: vertices[next + 1]))
    }
  }
}
