import CCairo
import SemanticSAMCore

extension Canvas {
  /// A canvas that shows a photograph at its own size.
  convenience init(_ image: Image) throws(ModelError) {
    try self.init(width: image.width, height: image.height, background: .black)
    cairo_surface_flush(surface)
    guard let data = cairo_image_surface_get_data(surface) else {
      throw Self.outOfMemory(width: image.width, height: image.height)
    }
    let stride = Int(cairo_image_surface_get_stride(surface))
    image.pixels.withUnsafeBufferPointer { pixels in
      var source = 0
      for y in 0..<image.height {
        let row = UnsafeMutableRawPointer(data + y * stride).assumingMemoryBound(to: UInt32.self)
        for x in 0..<image.width {
          row[x] = UInt32(pixels[source]) << 16 | UInt32(pixels[source + 1]) << 8 | UInt32(pixels[source + 2])
          source += 3
        }
      }
    }
    cairo_surface_mark_dirty(surface)
  }

  /// Paints a photograph into a rectangle, smoothly scaled.
  func paint(_ image: Image, in target: Box) throws(ModelError) {
    // Cairo's filter takes long over large photographs: whole factors are averaged away first.
    let factor = max(1, Int(min(Double(image.width) / target.width, Double(image.height) / target.height)))
    let photograph = try Canvas(factor > 1 ? try Self.averaged(image, factor: factor) : image)
    cairo_save(context)
    cairo_rectangle(context, target.x0, target.y0, target.width, target.height)
    cairo_clip(context)
    cairo_translate(context, target.x0, target.y0)
    cairo_scale(
      context, target.width * Double(factor) / Double(image.width),
      target.height * Double(factor) / Double(image.height))
    cairo_set_source_surface(context, photograph.surface, 0, 0)
    let pattern = cairo_get_source(context)
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_BEST)
    // Beyond the edge its pixels go on: nothing of the background shines through the rim.
    cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
    cairo_paint(context)
    cairo_restore(context)
  }

  /// The means of squares of `factor` x `factor` pixels; the last ones of a row or column may be cut.
  private static func averaged(_ image: Image, factor: Int) throws(ModelError) -> Image {
    let width = (image.width + factor - 1) / factor
    let height = (image.height + factor - 1) / factor
    let rowLength = width * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: rowLength * height) { output, count in
      image.pixels.withUnsafeBufferPointer { input in
        var sums = [Int](repeating: 0, count: rowLength)
        for y in 0..<height {
          for index in sums.indices { sums[index] = 0 }
          let rows = (y * factor)..<min((y + 1) * factor, image.height)
          for row in rows {
            var source = row * image.width * 3
            for x in 0..<width {
              var (red, green, blue) = (0, 0, 0)
              for _ in (x * factor)..<min((x + 1) * factor, image.width) {
                red += Int(input[source])
                green += Int(input[source + 1])
                blue += Int(input[source + 2])
                source += 3
              }
              sums[x * 3] += red
              sums[x * 3 + 1] += green
              sums[x * 3 + 2] += blue
            }
          }
          for x in 0..<width {
            let area = rows.count * (min((x + 1) * factor, image.width) - x * factor)
            for channel in (x * 3)..<(x * 3 + 3) {
              output[y * rowLength + channel] = UInt8((sums[channel] + area / 2) / area)
            }
          }
        }
      }
      count = rowLength * height
    }
    return try Image(width: width, height: height, pixels: pixels)
  }
}
