import TensorKernels

extension Tensor {
  /// LayerNorm of each row of `self`, or of `self + addend`, with `weight` and `bias` of one number a channel.
  public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Float, adding addend: Tensor? = nil) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime((self, addend, weight, bias)) {
      tk_layer_norm_f32(
        rowCount, channels, address, addend?.address, weight.address, bias.address, epsilon, output.mutableAddress)
    }
    return output
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
    return output
  }
}
