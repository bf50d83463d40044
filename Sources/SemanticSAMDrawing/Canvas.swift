import CCairo
import SemanticSAMCore

/// A Cairo drawing surface of RGB pixels with its context. Lengths are pixels of the surface, by pixel edges.
final class Canvas {
  /// Cairo's own limit of a side.
  static let maximumSide = 32_767

  let width: Int
  let height: Int
  let context: OpaquePointer
  let surface: OpaquePointer

  /// A canvas of one colour.
  /// - Throws: `limitExceeded` where a side is longer than Cairo can draw, `outOfMemory`.
  init(width: Int, height: Int, background: Color) throws(ModelError) {
    guard width <= Self.maximumSide, height <= Self.maximumSide else {
      throw ModelError(
        .limitExceeded,
        "A picture of \(width) x \(height) pixels is too large to draw on; scale it down to at most \(Self.maximumSide) "
          + "pixels a side.")
    }
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)) else {
      throw Self.outOfMemory(width: width, height: height)
    }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
      cairo_surface_destroy(surface)
      throw Self.outOfMemory(width: width, height: height)
    }
    guard cairo_status(context) == CAIRO_STATUS_SUCCESS else {
      cairo_destroy(context)
      cairo_surface_destroy(surface)
      throw Self.outOfMemory(width: width, height: height)
    }
    self.width = width
    self.height = height
    self.surface = surface
    self.context = context
    setColor(background)
    cairo_paint(context)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    configureText()
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// The pixels drawn so far.
  /// - Throws: `outOfMemory` where Cairo has failed since the canvas was made.
  func image() throws(ModelError) -> Image {
    cairo_surface_flush(surface)
    guard cairo_status(context) == CAIRO_STATUS_SUCCESS, let data = cairo_image_surface_get_data(surface) else {
      throw Self.outOfMemory(width: width, height: height)
    }
    let stride = Int(cairo_image_surface_get_stride(surface))
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      var target = 0
      for y in 0..<height {
        let row = UnsafeRawPointer(data + y * stride).assumingMemoryBound(to: UInt32.self)
        for x in 0..<width {
          output[target] = UInt8(truncatingIfNeeded: row[x] >> 16)
          output[target + 1] = UInt8(truncatingIfNeeded: row[x] >> 8)
          output[target + 2] = UInt8(truncatingIfNeeded: row[x])
          target += 3
        }
      }
      count = target
    }
    return try Image(width: width, height: height, pixels: pixels)
  }

  /// Runs `body` with everything cut off outside of a rectangle.
  func clipped(to rectangle: Box, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, rectangle.x0, rectangle.y0, rectangle.width, rectangle.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  func setColor(_ color: Color, opacity: Double = 1) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, opacity)
  }

  /// Adds a rectangle with round corners to the path.
  func addRoundedRectangle(_ box: Box, radius: Double) {
    let radius = min(radius, box.width / 2, box.height / 2)
    cairo_new_sub_path(context)
    cairo_arc(context, box.x1 - radius, box.y0 + radius, radius, -.pi / 2, 0)
    cairo_arc(context, box.x1 - radius, box.y1 - radius, radius, 0, .pi / 2)
    cairo_arc(context, box.x0 + radius, box.y1 - radius, radius, .pi / 2, .pi)
    cairo_arc(context, box.x0 + radius, box.y0 + radius, radius, .pi, 3 * .pi / 2)
    cairo_close_path(context)
  }

  /// Adds a circle to the path.
  func addCircle(x: Double, y: Double, radius: Double) {
    cairo_new_sub_path(context)
    cairo_arc(context, x, y, radius, 0, 2 * .pi)
  }

  func fill(_ color: Color, opacity: Double = 1, keepsPath: Bool = false) {
    setColor(color, opacity: opacity)
    if keepsPath { cairo_fill_preserve(context) } else { cairo_fill(context) }
  }

  func stroke(_ color: Color, opacity: Double = 1, width: Double, keepsPath: Bool = false) {
    setColor(color, opacity: opacity)
    cairo_set_line_width(context, width)
    if keepsPath { cairo_stroke_preserve(context) } else { cairo_stroke(context) }
  }

  static func outOfMemory(width: Int, height: Int) -> ModelError {
    ModelError(
      .outOfMemory, "There is no memory to draw a picture of \(width) x \(height) pixels; scale it down.")
  }
}
