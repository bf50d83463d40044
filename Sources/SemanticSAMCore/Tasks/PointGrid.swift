/// Regular grids of clicks, x and y in 0...1 of an image (Segment Anything, `build_point_grid`).
enum PointGrid {
  /// `side * side` points in the middles of as many equal cells, row by row from the top.
  static func regular(side: Int) -> [Point] {
    let centres = (0..<side).map { (Double($0) + 0.5) / Double(side) }
    return centres.flatMap { y in centres.map { x in Point(x: x, y: y) } }
  }

  /// The grid of the image and of each layer of crops (Segment Anything, `build_all_layer_point_grids`).
  /// - Parameter downscale: by how much the clicks along a side decrease from layer to layer; at least one is left.
  static func layers(pointsPerSide: Int, layers: Int, downscale: Int) -> [[Point]] {
    var side = pointsPerSide
    return (0...layers).map { layer in
      if layer > 0 { side = max(side / downscale, 1) }
      return regular(side: side)
    }
  }
}
