/// The sizes of what is drawn over a picture: they grow with it, more slowly than it does.
struct Measures {
  /// In pixels of the picture, as everything here.
  let fontSize: Double
  let outlineWidth: Double
  let markRadius: Double

  /// - Parameters: The size of the finished picture in pixels.
  init(width: Double, height: Double) {
    let size = (width * height).squareRoot()
    fontSize = 6.5 + 0.0135 * size
    outlineWidth = 1.6 + 0.0013 * size
    markRadius = 4 + 0.0065 * size
  }
}
