import TensorKernels

/// Polygons and boxes as masks, pixel by pixel as COCO makes them (`maskApi.c`, `rleFrPoly` and `rleFrBbox`): annotated
/// areas, IoUs and average precisions depend on it.
extension Mask {
  /// The pixels inside any of the polygons. Where polygons overlap or one lies in another, the pixels are inside; only a
  /// polygon that crosses itself is filled by the even-odd rule.
  ///
  /// What lies outside of the image is cut. Polygons too thin to hold a pixel give no pixel; so does an empty list.
  /// - Parameter polygons: each `[x0, y0, x1, y1, ...]` in pixel edges; the last vertex is joined to the first one.
  /// - Throws: `invalidArgument` for an odd number of coordinates or one that is not finite or beyond ±400 million (five
  ///   times it must fit 32 bits), and for sizes that are not positive; `limitExceeded` above `UInt32.max` pixels.
  public init(polygons: [[Double]], width: Int, height: Int) throws(ModelError) {
    var parts: [Mask] = []
    for (index, polygon) in polygons.enumerated() {
      let raster = try PolygonRaster(polygon, width: width, height: height) {
        "Polygon \(index) of \(polygons.count)"
      }
      parts.append(Mask(raster.runLengths))
    }
    self = try Mask.union(of: parts, width: width, height: height)
  }

  /// The pixels inside a box, as COCO has it: those of the polygon of its corners.
  /// - Throws: `invalidArgument` for coordinates that are not finite or beyond ±400 million, and for sizes that are not
  ///   positive; `limitExceeded` above `UInt32.max` pixels.
  public init(box: Box, width: Int, height: Int) throws(ModelError) {
    let corners = [box.x0, box.y0, box.x0, box.y1, box.x1, box.y1, box.x1, box.y0]
    self = Mask(try PolygonRaster(corners, width: width, height: height) { "The box" }.runLengths)
  }
}

/// One polygon as run lengths.
private struct PolygonRaster {
  let runLengths: RunLengths

  /// Five times this fits a number of 32 bits, in which COCO counts.
  private static let largestCoordinate = 4e8
  /// Positions asked for at a time.
  private static let batch = 4096

  init(
    _ vertices: [Double], width: Int, height: Int, name: () -> String
  ) throws(ModelError) {
    let pixels = try RunLengths.checkedPixelCount(height: height, width: width)
    guard vertices.count.isMultiple(of: 2) else {
      throw ModelError(
        .invalidArgument,
        "\(name()) has \(vertices.count) coordinates, an odd number; give an x and a y for each vertex.")
    }
    for coordinate in vertices where !(abs(coordinate) <= Self.largestCoordinate) {
      throw ModelError(
        .invalidArgument,
        "\(name()) has the coordinate \(coordinate); give finite numbers of at most 400 million pixels.")
    }
    var positions: [UInt32] = []
    var cursor = PolygonCursor(edge: 0, column: 0)
    let count = vertices.count / 2
    // Above this many, those that stand twice are taken out on the way: what is left can't exceed the mask's runs.
    var limit = 1 << 22
    while cursor.edge < count {
      positions += [UInt32](unsafeUninitializedCapacity: Self.batch) { buffer, written in
        guard let base = buffer.baseAddress else { return }
        written = vertices.withUnsafeBufferPointer { vertices in
          vertices.baseAddress.map {
            tk_polygon_crossings(height, width, $0, count, &cursor, base, Self.batch)
          } ?? 0
        }
      }
      if positions.count > limit {
        positions = Self.withoutPairs(positions)
        limit = max(limit, 2 * positions.count)
      }
    }
    var builder = RunLengths.Builder()
    var start = 0
    var isSet = false
    for position in Self.withoutPairs(positions) + [UInt32(pixels)] {
      builder.append(length: Int(position) - start, isSet: isSet)
      start = Int(position)
      isSet.toggle()
    }
    runLengths = RunLengths(uncheckedHeight: height, width: width, counts: builder.counts)
  }

  /// The positions in order, each that stands there an even number of times left out and every other one once.
  private static func withoutPairs(_ positions: [UInt32]) -> [UInt32] {
    var rest: [UInt32] = []
    for position in positions.sorted() {
      if rest.last == position { rest.removeLast() } else { rest.append(position) }
    }
    return rest
  }
}
