import TensorKernels

extension Tensor {
  /// LayerNorm of each row of `self`, or of `self + addend`, with `weight` and `bias` of one number a channel.
  public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Float, adding addend: Tensor? = nil) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, addend, weight, bias)) {
      tk_layer_norm_f32(
        rowCount, channels, address, addend?.address, weight.address, bias.address, epsilon, output.mutableAddress)
    }
    let inputs = [self, weight, bias, addend]
    guard Tensor.isAnyRecorded(inputs) else { return output }
    let (x, scale, other) = (detached, weight.detached, addend?.detached)
    return output.recorded(from: inputs) { gradient in
      var byInput = Tensor(uninitialized: x.shape)
      var byWeight = Tensor(uninitialized: scale.shape)
      var byBias = Tensor(uninitialized: scale.shape)
      let isDone = withExtendedLifetime((x, scale, other, gradient)) {
        tk_layer_norm_gradient_f32(
          x.rowCount, x.channels, x.address, other?.address, scale.address, epsilon, gradient.address,
          byInput.mutableAddress, byWeight.mutableAddress, byBias.mutableAddress)
      }
      precondition(isDone, "No memory for the gradient of a norm of \(x.channels) channels.")
      return [byInput, byWeight, byBias, other.map { byInput.reshaped(to: $0.shape) }]
    }
  }

  /// GroupNorm of a map `[H, W, C]`: statistics over all positions and the `C / groups` channels of a group.
  public func groupNorm(
    groups: Int, weight: Tensor, bias: Tensor, epsilon: Float, activation: Activation = .none
  ) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, weight, bias)) {
      tk_group_norm_f32(
        rowCount, channels, groups, address, weight.address, bias.address, epsilon, activation, output.mutableAddress)
    }
    let inputs = [self, weight, bias]
    guard Tensor.isAnyRecorded(inputs) else { return output }
    let (x, scale, shift) = (detached, weight.detached, bias.detached)
    return output.recorded(from: inputs) { gradient in
      var byInput = Tensor(uninitialized: x.shape)
      var byWeight = Tensor(uninitialized: scale.shape)
      var byBias = Tensor(uninitialized: shift.shape)
      let isDone = withExtendedLifetime((x, scale, shift, gradient)) {
        tk_group_norm_gradient_f32(
          x.rowCount, x.channels, groups, x.address, scale.address, shift.address, epsilon, activation,
          gradient.address, byInput.mutableAddress, byWeight.mutableAddress, byBias.mutableAddress)
      }
      precondition(isDone, "No memory for the gradient of a norm of \(x.channels) channels.")
      return [byInput, byWeight, byBias]
    }
  }
}
