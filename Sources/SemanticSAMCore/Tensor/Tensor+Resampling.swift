import TensorKernels

extension Tensor {
  /// `addend` plus this map `[h, w, C]`, resized bilinearly (align_corners false) to the size of `addend` `[H, W, C]`.
  public func resized(adding addend: Tensor) -> Tensor {
    var output = addend
    withExtendedLifetime(self) {
      tk_resize_bilinear_f32(
        shape[0], shape[1], channels, address, addend.shape[0], addend.shape[1], true, output.mutableAddress)
    }
    return output
  }

  /// A map `[h, w, C]` resized bilinearly (align_corners false).
  public func resized(height: Int, width: Int) -> Tensor {
    var output = Tensor(uninitialized: [height, width, channels])
    withExtendedLifetime(self) {
      tk_resize_bilinear_f32(shape[0], shape[1], channels, address, height, width, false, output.mutableAddress)
    }
    return output
  }
}

extension Tensor {
  /// A map sampled on a grid over `extent` times each box: `[Q, grid, grid, C]`.
  /// - Parameter oneMapPerBox: whether `self` is `[Q, H, W, C]`, a map for each box, or `[H, W, C]`.
  func sampled(boxes: Tensor, grid: Int, extent: Float, oneMapPerBox: Bool) -> Tensor {
    var output = Tensor(uninitialized: [boxes.rowCount, grid, grid, channels])
    sample(boxes: boxes, grid: grid, extent: extent, into: &output, column: 0, oneMapPerBox: oneMapPerBox)
    return output
  }

  /// Samples into some of the channels of `output` `[Q, grid, grid, _]`, from `column` on.
  func sample(
    boxes: Tensor, grid: Int, extent: Float, into output: inout Tensor, column: Int, oneMapPerBox: Bool = false
  ) {
    let height = shape[shape.count - 3]
    let width = shape[shape.count - 2]
    let stride = output.channels
    withExtendedLifetime((self, boxes)) {
      tk_sample_boxes_f32(
        boxes.rowCount, boxes.address, grid, extent, height, width, channels, address,
        oneMapPerBox ? height * width * channels : 0, output.mutableAddress + column, stride)
    }
  }
}
