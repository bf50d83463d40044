import TensorKernels

extension Tensor {
  /// `addend` plus this map `[h, w, C]`, resized bilinearly (align_corners false) to the size of `addend` `[H, W, C]`.
  public func resized(adding addend: Tensor) -> Tensor {
    var output = addend.detached
    withExtendedLifetime(self) {
      tk_resize_bilinear_f32(
        shape[0], shape[1], channels, address, addend.shape[0], addend.shape[1], true, output.mutableAddress)
    }
    let isMapRecorded = isRecorded
    return output.recorded(from: [self, addend]) { [shape] gradient in
      [isMapRecorded ? gradient.resizingGradient(to: shape) : nil, gradient]
    }
  }

  /// A map `[h, w, C]` resized bilinearly (align_corners false).
  public func resized(height: Int, width: Int) -> Tensor {
    var output = Tensor(uninitialized: [height, width, channels])
    withExtendedLifetime(self) {
      tk_resize_bilinear_f32(shape[0], shape[1], channels, address, height, width, false, output.mutableAddress)
    }
    return output.recorded(from: [self]) { [shape] gradient in [gradient.resizingGradient(to: shape)] }
  }

  /// The gradient by a map of the given shape of which this is the gradient by the resized one.
  private func resizingGradient(to shape: [Int]) -> Tensor {
    var output = Tensor(uninitialized: shape)
    let isDone = withExtendedLifetime(self) {
      tk_resize_bilinear_gradient_f32(
        shape[0], shape[1], channels, address, self.shape[0], self.shape[1], output.mutableAddress)
    }
    precondition(isDone, "No memory for the gradient of a map of \(self.shape).")
    return output
  }
}

extension Tensor {
  /// A map sampled on a grid over `extent` times each box: `[Q, grid, grid, C]`.
  /// - Parameters:
  ///   - boxes: `[Q, 4]` (cx, cy, w, h) in 0...1; a constant to a tape.
  ///   - oneMapPerBox: whether `self` is `[Q, H, W, C]`, a map for each box, or `[H, W, C]`.
  func sampled(boxes: Tensor, grid: Int, extent: Float, oneMapPerBox: Bool) -> Tensor {
    var output = Tensor(uninitialized: [boxes.rowCount, grid, grid, channels])
    sample(boxes: boxes, grid: grid, extent: extent, into: &output, column: 0, oneMapPerBox: oneMapPerBox)
    return output.recorded(from: [self]) { [shape, boxes = boxes.detached] gradient in
      [
        gradient.samplingGradient(
          boxes: boxes, grid: grid, extent: extent, column: 0, mapShape: shape, oneMapPerBox: oneMapPerBox)
      ]
    }
  }

  /// Samples into some of the channels of `output` `[Q, grid, grid, _]`, from `column` on. No tape follows `output` through
  /// this; whoever records it asks `samplingGradient` for the way back.
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

  /// The gradient by a map of `mapShape` that was sampled into the channels from `column` on of that of which this is the
  /// gradient.
  func samplingGradient(
    boxes: Tensor, grid: Int, extent: Float, column: Int, mapShape: [Int], oneMapPerBox: Bool = false
  ) -> Tensor {
    var output = Tensor(uninitialized: mapShape)
    withExtendedLifetime((self, boxes)) {
      tk_sample_boxes_gradient_f32(
        boxes.rowCount, boxes.address, grid, extent, mapShape[mapShape.count - 3], mapShape[mapShape.count - 2],
        output.channels, oneMapPerBox, address + column, channels, output.mutableAddress)
    }
    return output
  }
}
