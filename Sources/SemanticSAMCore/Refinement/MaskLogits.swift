import TensorKernels

/// The logits of one answer, before they are drawn at a size.
struct MaskLogits: Sendable {
  /// Where the cells lie.
  enum Place: Sendable {
    /// Square cells over `extent` times a box (cx, cy, w, h in 0...1 of the padded image).
    case box(SIMD4<Float>, extent: Float)
    /// The whole padded image.
    case paddedImage
  }

  /// `[height, width]`.
  let values: Tensor
  let place: Place

  /// Each of `[Q, H/4, W/4]`.
  static func ofPaddedImage(_ logits: Tensor) -> [MaskLogits] {
    (0..<logits.shape[0]).map { row in
      MaskLogits(
        values: logits.rows(row..<row + 1).reshaped(to: Array(logits.shape.dropFirst())), place: .paddedImage)
    }
  }

  /// A bitmap and how the logits are distributed in it.
  struct Drawing {
    var bitmap: [UInt8]
    /// Of the logits over the stability offset.
    var counts: LogitCounts

    init(bitmap: [UInt8], counts: LogitCounts) {
      self.bitmap = bitmap
      self.counts = counts
    }

    /// Of one logit a pixel.
    init(logits: UnsafeBufferPointer<Float>, stabilityOffset offset: Float) {
      var counts = LogitCounts()
      bitmap = logits.map { logit -> UInt8 in
        if logit > offset { counts.above_one += 1 }
        if logit > 0 { counts.above_zero += 1 }
        if logit > -offset { counts.above_minus_one += 1 }
        return logit > 0 ? 1 : 0
      }
      self.counts = counts
    }

    var stability: Float? { counts.stability }
  }

  /// The mask at the size of the original image, and its stability.
  func mask(at embedding: ImageEmbedding, stabilityOffset: Float = 1) throws(ModelError) -> (
    mask: Mask, stability: Float?
  ) {
    if case .paddedImage = place,
      let canvas = MaskCanvas(
        rows: values.shape[0], columns: values.shape[1], size: embedding.inputSize, width: embedding.imageWidth,
        height: embedding.imageHeight)
    {
      return try mask(on: canvas, stabilityOffset: stabilityOffset)
    }
    let drawing = drawn(at: embedding, stabilityOffset: stabilityOffset)
    let mask = try Mask(width: embedding.imageWidth, height: embedding.imageHeight, bitmap: drawing.bitmap)
    return (mask, drawing.stability)
  }

  /// The same of logits over the whole padded image, of which many share a canvas.
  func mask(on canvas: MaskCanvas, stabilityOffset: Float) throws(ModelError) -> (mask: Mask, stability: Float?) {
    let (mask, counts) = try canvas.mask(values, offset: stabilityOffset)
    return (mask, counts.stability)
  }

  /// Draws at the size of the original image.
  func drawn(at embedding: ImageEmbedding, stabilityOffset: Float = 1) -> Drawing {
    let size = embedding.inputSize
    return drawn(
      width: embedding.imageWidth, height: embedding.imageHeight,
      paddedWidths: Float(size.paddedWidth) / Float(size.width),
      paddedHeights: Float(size.paddedHeight) / Float(size.height), size: size, stabilityOffset: stabilityOffset)
  }

  /// Draws at the padded size, with nothing in the padding.
  func drawnPadded(_ size: InputSize) -> [UInt8] {
    var bitmap = drawn(
      width: size.paddedWidth, height: size.paddedHeight, paddedWidths: 1, paddedHeights: 1, size: size
    ).bitmap
    for y in 0..<size.paddedHeight {
      let row = y * size.paddedWidth
      let start = y < size.height ? size.width : 0
      for x in start..<max(size.paddedWidth, start) { bitmap[row + x] = 0 }
    }
    return bitmap
  }

  /// - Parameters: how many times the drawn picture the padded image is.
  private func drawn(
    width: Int, height: Int, paddedWidths: Float, paddedHeights: Float, size: InputSize, stabilityOffset: Float = 1
  ) -> Drawing {
    let pixels = width * height
    switch place {
    case .box(let box, let extent):
      let scaled = box * SIMD4(paddedWidths, paddedHeights, paddedWidths, paddedHeights)
      var counts = LogitCounts()
      // The kernel counts above 1 and -1.
      let values =
        stabilityOffset == 1
        ? values : Tensor(values.values.map { $0 / stabilityOffset }, shape: values.shape)
      let bitmap = [UInt8](unsafeUninitializedCapacity: pixels) { buffer, count in
        guard let target = buffer.baseAddress else { return }
        withExtendedLifetime(values) {
          counts = tk_draw_grid_bitmap(
            values.shape[0], values.address, [scaled.x, scaled.y, scaled.z, scaled.w], extent, height, width, target)
        }
        count = pixels
      }
      return Drawing(bitmap: bitmap, counts: counts)
    case .paddedImage:
      let isPadded = paddedWidths == 1 && paddedHeights == 1
      let region = isPadded ? InputSize(width: size.paddedWidth, height: size.paddedHeight, divisibility: 1) : size
      let cropped = Self.cropped(values, size: region)
      let logits =
        region.width == width && region.height == height ? cropped : cropped.resized(height: height, width: width)
      return logits.withUnsafeBufferPointer { Drawing(logits: $0, stabilityOffset: stabilityOffset) }
    }
  }

  /// Logits `[H/4, W/4]` of the padded image at the size before padding, `[H, W, 1]`, as the reference upsamples them:
  /// bilinear to the padded size, then cropped.
  static func cropped(_ values: Tensor, size: InputSize) -> Tensor {
    let full = values.reshaped(to: values.shape + [1]).resized(height: size.paddedHeight, width: size.paddedWidth)
    let rows = full.rows(0..<size.height)
    guard size.width < size.paddedWidth else { return rows }
    var cropped = Tensor(uninitialized: [size.height, size.width, 1])
    let target = cropped.mutableAddress
    withExtendedLifetime(rows) {
      for y in 0..<size.height {
        (target + y * size.width).update(from: rows.address + y * size.paddedWidth, count: size.width)
      }
    }
    return cropped
  }

  /// The logits for users, with the rectangle of the original image that they cover.
  func map(for embedding: ImageEmbedding) throws(ModelError) -> LogitMap {
    let size = embedding.inputSize
    let scaleX = Double(size.paddedWidth) * Double(embedding.imageWidth) / Double(size.width)
    let scaleY = Double(size.paddedHeight) * Double(embedding.imageHeight) / Double(size.height)
    let region: Box
    switch place {
    case .box(let box, let extent):
      let halfWidth = Double(max(box.z, 1e-4) * extent) / 2
      let halfHeight = Double(max(box.w, 1e-4) * extent) / 2
      region = Box(
        x0: (Double(box.x) - halfWidth) * scaleX, y0: (Double(box.y) - halfHeight) * scaleY,
        x1: (Double(box.x) + halfWidth) * scaleX, y1: (Double(box.y) + halfHeight) * scaleY)
    case .paddedImage:
      region = Box(x0: 0, y0: 0, x1: scaleX, y1: scaleY)
    }
    return try LogitMap(width: values.shape[1], height: values.shape[0], values: values.values, region: region)
  }
}

extension LogitCounts {
  /// `area(logit > offset) / area(logit > -offset)`; `nil` where nothing is above -offset (reference:
  /// `calculate_stability_score`).
  var stability: Float? { above_minus_one > 0 ? Float(above_one) / Float(above_minus_one) : nil }
}
