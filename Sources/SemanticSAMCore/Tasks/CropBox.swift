/// A rectangle of an image that is looked at as an image of its own, by pixel edges.
struct CropBox: Hashable, Sendable {
  var x0: Int
  var y0: Int
  var x1: Int
  var y1: Int
  /// 0 is the whole image.
  var layer: Int

  var width: Int { x1 - x0 }
  var height: Int { y1 - y0 }
  var box: Box { Box(x0: Double(x0), y0: Double(y0), x1: Double(x1), y1: Double(y1)) }

  /// The whole image, then `2^n` columns of `2^n` crops for each layer n, from left to right, each from the top (Segment
  /// Anything, `generate_crop_boxes`).
  /// - Parameter overlap: of neighbours in the first layer, as a share of the short side.
  static func all(width: Int, height: Int, layers: Int, overlap: Double) -> [CropBox] {
    var crops = [CropBox(x0: 0, y0: 0, x1: width, y1: height, layer: 0)]
    for layer in 0..<layers {
      let count = 2 << layer
      let common = Int(overlap * Double(min(width, height)) * (2 / Double(count)))
      let (cropWidth, cropHeight) = (
        (common * (count - 1) + width + count - 1) / count, (common * (count - 1) + height + count - 1) / count
      )
      for column in 0..<count {
        for row in 0..<count {
          let (x, y) = ((cropWidth - common) * column, (cropHeight - common) * row)
          let crop = CropBox(
            x0: x, y0: y, x1: min(x + cropWidth, width), y1: min(y + cropHeight, height), layer: layer + 1)
          // An image of a few pixels has no room for all.
          if crop.width > 0, crop.height > 0 { crops.append(crop) }
        }
      }
    }
    return crops
  }

  /// Whether the box of a mask ends where the crop does, within 20 pixels, and the image goes on: then the mask is cut off
  /// (Segment Anything, `is_box_near_crop_edge`).
  /// - Parameter box: by its first and last pixels, within the crop.
  func cutsOff(_ box: PixelBox, imageWidth: Int, imageHeight: Int) -> Bool {
    func isNear(_ edge: Int, _ crop: Int, _ image: Int) -> Bool { abs(edge - crop) <= 20 && abs(edge - image) > 20 }
    return isNear(box.x0 + x0, x0, 0) || isNear(box.y0 + y0, y0, 0) || isNear(box.x1 + x0, x1, imageWidth)
      || isNear(box.y1 + y0, y1, imageHeight)
  }
}

/// A rectangle by its first and last pixels, as the reference's generator counts: one pixel less than its edges.
struct PixelBox: Hashable, Sendable {
  var x0: Int
  var y0: Int
  var x1: Int
  var y1: Int

  /// Around a mask; all 0 for an empty one (Segment Anything, `batched_mask_to_box`).
  init(_ mask: Mask) {
    let box = mask.box
    (x0, y0) = (Int(box.x0), Int(box.y0))
    (x1, y1) = (max(Int(box.x1) - 1, 0), max(Int(box.y1) - 1, 0))
  }

  init(x0: Int, y0: Int, x1: Int, y1: Int) {
    (self.x0, self.y0, self.x1, self.y1) = (x0, y0, x1, y1)
  }

  /// For `NonMaximumSuppression`.
  var corners: SIMD4<Float> { SIMD4(Float(x0), Float(y0), Float(x1), Float(y1)) }
}

extension Image {
  /// A rectangle of the image.
  func cropped(to crop: CropBox) throws(ModelError) -> Image {
    guard crop.width != width || crop.height != height else { return self }
    var rows: [UInt8] = []
    rows.reserveCapacity(crop.width * crop.height * 3)
    for y in crop.y0..<crop.y1 {
      rows += pixels[(y * width + crop.x0) * 3..<(y * width + crop.x1) * 3]
    }
    return try Image(width: crop.width, height: crop.height, pixels: rows)
  }
}
