import TensorKernels

extension Tensor {
  /// The activation of each number.
  public func activated(by activation: Activation) -> Tensor {
    var output = Tensor(uninitialized: shape)
    withExtendedLifetime(self) { tk_activate_f32(count, activation, address, output.mutableAddress) }
    guard isRecorded else { return output }
    let record = ActivationRecord(activation, argument: self, result: output)
    return output.recorded(from: [self]) { gradient in [record.gradient(gradient)] }
  }
}

/// What the way back through an activation reads.
struct ActivationRecord: Sendable {
  private let activation: Activation
  /// The result of ReLU and ReLU6, the argument of GELU.
  private let source: Tensor?

  init(_ activation: Activation, argument: @autoclosure () -> Tensor, result: Tensor) {
    self.activation = activation
    switch activation {
    case .none: source = nil
    case .relu, .relu6: source = result.detached
    case .gelu: source = argument().detached
    }
  }

  /// The gradient by the argument, from that by the result.
  func gradient(_ gradient: Tensor) -> Tensor {
    guard let source else { return gradient }
    var output = Tensor(uninitialized: gradient.shape)
    withExtendedLifetime((source, gradient)) {
      tk_activation_gradient_f32(
        gradient.count, activation, source.address, gradient.address, output.mutableAddress)
    }
    return output
  }
}

extension Activation {
  /// `activation(x) + residual`, the end of an operation that `fused` computes, with what the way back reads of it: to the
  /// bit what `fused` gives in one step.
  func recording(residual: Tensor?, _ fused: (Activation, _ residual: Tensor?) -> Tensor) -> (Tensor, ActivationRecord)
  {
    let activated: Tensor
    let record: ActivationRecord
    switch self {
    case .none:
      let output = fused(.none, residual)
      return (output, ActivationRecord(.none, argument: output, result: output))
    case .relu, .relu6:
      activated = fused(self, nil)
      record = ActivationRecord(self, argument: activated, result: activated)
    case .gelu:
      let argument = fused(.none, nil)
      activated = argument.activated(by: .gelu)
      record = ActivationRecord(self, argument: argument, result: activated)
    }
    return (residual.map { activated + $0.detached } ?? activated, record)
  }
}
