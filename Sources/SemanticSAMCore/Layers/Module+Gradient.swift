extension Module {
  /// Computes one number of a module and its gradient by the module's parameters.
  /// - Parameters:
  ///   - isTrained: by key; the others are constants and stay packed.
  ///   - value: computes one number of the module, `[1]`.
  /// - Returns: the number, and the gradient by each trained parameter: zeros where the number does not depend on it.
  public func valueAndGradient(
    isTrained: (String) -> Bool = { _ in true }, _ value: (Self) throws(ModelError) -> Tensor
  ) throws(ModelError) -> (value: Float, gradients: NamedTensors) {
    let tape = Tape()
    var copy = self
    try withoutActuallyEscaping(isTrained) { isTrained throws(ModelError) in
      var marker = ParameterMarker(tape: tape, isTrained: isTrained)
      try copy.visit(&marker)
    }
    let result = try value(copy)
    var reader = GradientReader(gradients: tape.gradients(of: result))
    try copy.visit(&reader)
    return (result.values.first ?? 0, reader.collected)
  }

  /// `body` of this module and an input, of which only the input and the parameters are kept: what lies between is computed
  /// once more on the way back (Chen et al., 2016). Costs a second forward pass, saves the memory of the first.
  public func checkpointed(_ input: Tensor, _ body: @escaping @Sendable (Self, Tensor) -> Tensor) -> Tensor {
    checkpointed([input]) { body($0, $1[0]) }
  }

  /// The same of two inputs.
  public func checkpointed(
    _ first: Tensor, _ second: Tensor, _ body: @escaping @Sendable (Self, Tensor, Tensor) -> Tensor
  ) -> Tensor {
    checkpointed([first, second]) { body($0, $1[0], $1[1]) }
  }

  private func checkpointed(
    _ inputs: [Tensor], _ body: @escaping @Sendable (Self, [Tensor]) -> Tensor
  ) -> Tensor {
    var constant = self
    var parameters = ParameterCollector()
    var eraser = ParameterEraser()
    do {
      try constant.visit(&parameters)
      try constant.visit(&eraser)
    } catch {
      return body(self, inputs)  // neither visitor throws
    }
    let module = constant
    let trained = Set(parameters.recordedKeys)
    let starts = inputs.map(\.detached)
    let areRecorded = inputs.map(\.isRecorded)
    return body(module, starts).recorded(from: inputs + parameters.tensors) { gradient in
      let tape = Tape()
      var copy = module
      var marker = ParameterMarker(tape: tape) { trained.contains($0) }
      var marked = ParameterCollector()
      let watched = zip(starts, areRecorded).map { $1 ? tape.watching($0) : $0 }
      do {
        try copy.visit(&marker)
        try copy.visit(&marked)
      } catch {
        return []  // neither visitor throws
      }
      let gradients = tape.gradients(of: body(copy, watched), seed: gradient)
      return (watched + marked.tensors).map { gradients[$0] }
    }
  }
}

/// Puts the trained parameters on a tape.
private struct ParameterMarker: ParameterVisitor {
  var path = ParameterPath()
  let tape: Tape
  let isTrained: (String) -> Bool

  mutating func visit(_ parameter: inout Tensor) {
    if isTrained(path.key) { parameter = tape.watching(parameter) }
  }

  mutating func visit(_ weights: inout Weights) {
    if isTrained(path.key) { weights.values = tape.watching(weights.values) }
  }
}

private struct ParameterEraser: ParameterVisitor {
  var path = ParameterPath()
  mutating func visit(_ parameter: inout Tensor) { parameter = parameter.detached }
  mutating func visit(_ weights: inout Weights) {
    if weights.values.isRecorded { weights.values = weights.values.detached }
  }
}

private struct ParameterCollector: ParameterVisitor {
  var path = ParameterPath()
  var tensors: [Tensor] = []
  var recordedKeys: [String] = []

  mutating func visit(_ parameter: inout Tensor) {
    tensors.append(parameter)
    if parameter.isRecorded { recordedKeys.append(path.key) }
  }

  mutating func visit(_ weights: inout Weights) {
    tensors.append(weights.values)
    if weights.values.isRecorded { recordedKeys.append(path.key) }
  }
}

private struct GradientReader: ParameterVisitor {
  var path = ParameterPath()
  let gradients: Gradients
  var collected = NamedTensors()

  mutating func visit(_ parameter: inout Tensor) {
    guard parameter.isRecorded else { return }
    collected.append(path.key, gradients[parameter] ?? Tensor(repeating: 0, shape: parameter.shape))
  }

  mutating func visit(_ weights: inout Weights) { visit(&weights.values) }
}
