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
    var output = masks
    withExtendedLifetime((boxes, gain)) {
      tk_add_ellipse_prior_f32(
        masks.shape[0], masks.shape[1], masks.shape[2], boxes.address, gain.address.pointee, floor,
        output.mutableAddress)
    }
    return output
  }
}
