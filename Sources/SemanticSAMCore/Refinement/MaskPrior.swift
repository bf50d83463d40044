import TensorKernels

/// An ellipse inscribed in each predicted box, added to the mask's logits: a mask begins as a blob in its box.
public struct MaskPrior: Module {
  /// One number.
  public var gain: Tensor
  let floor: Float

  init(_ configuration: Configuration.MaskPrior) {
    gain = Tensor(repeating: 0, shape: [1])
    floor = configuration.floor
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.parameter("gain", &gain)
  }

  /// `masks + gain * max(1 - r, floor)`, r = 1 on the ellipse; `masks` `[Q, H, W]`, `boxes` `[Q, 4]`.
  func added(to masks: Tensor, boxes: Tensor) -> Tensor {
    var output = masks.detached
    let gain = self.gain.detached
    withExtendedLifetime((boxes, gain)) {
      tk_add_ellipse_prior_f32(
        masks.shape[0], masks.shape[1], masks.shape[2], boxes.address, gain.address.pointee, floor,
        output.mutableAddress)
    }
    let isPriorRecorded = boxes.isRecorded || self.gain.isRecorded
    return output.recorded(from: [masks, boxes, self.gain]) { [boxes = boxes.detached, floor] gradient in
      guard isPriorRecorded else { return [gradient, nil, nil] }
      var byBoxes = Tensor(uninitialized: boxes.shape)
      var byGain = Tensor(uninitialized: [boxes.rowCount])
      withExtendedLifetime((boxes, gain, gradient)) {
        tk_ellipse_prior_gradient_f32(
          gradient.shape[0], gradient.shape[1], gradient.shape[2], boxes.address, gain.address.pointee, floor,
          gradient.address, byBoxes.mutableAddress, byGain.mutableAddress)
      }
      let sum = byGain.withUnsafeBufferPointer { $0.reduce(0.0) { $0 + Double($1) } }
      return [gradient, byBoxes, Tensor(repeating: Float(sum), shape: gain.shape)]
    }
  }
}
