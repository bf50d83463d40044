/// The gradients of a module's parameters, by key, in the order of its visit.
public struct ParameterGradients: Sendable {
  /// The keys of the parameters that were trained, in the order in which the module shows them.
  public private(set) var keys: [String] = []
  /// The gradient by each of `keys`; zeros where the value does not depend on the parameter.
  public private(set) var tensors: [Tensor] = []

  public init() {}

  /// The gradient by the parameter of a key.
  public subscript(key: String) -> Tensor? {
    keys.firstIndex(of: key).map { tensors[$0] }
  }

  mutating func append(_ key: String, _ tensor: Tensor) {
    keys.append(key)
    tensors.append(tensor)
  }

  /// Adds the gradients of another value by the same parameters.
  public mutating func add(_ other: ParameterGradients) {
    guard !keys.isEmpty else {
      self = other
      return
    }
    precondition(keys == other.keys, "Gradients of two sets of parameters.")
    for index in tensors.indices { tensors[index].add(other.tensors[index]) }
  }
}

extension Module {
  /// Computes one number of a module and its gradient by the module's parameters.
  /// - Parameters:
  ///   - isTrained: by key; the others are constants and stay packed.
  ///   - value: computes one number of the module, `[1]`.
  public func valueAndGradient(
    isTrained: (String) -> Bool = { _ in true }, _ value: (Self) throws(ModelError) -> Tensor
  ) throws(ModelError) -> (value: Float, gradients: ParameterGradients) {
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

  /// `body` of this module and `input`, of which only the input and the parameters are kept: what lies between is computed
  /// once more on the way back (Chen et al., 2016). Costs a second forward pass, saves the memory of the first.
  public func checkpointed(
    _ input: Tensor, _ body: @escaping @Sendable (Self, Tensor) -> Tensor
  ) -> Tensor {
    var constant = self
    var parameters = ParameterCollector()
    var eraser = ParameterEraser()
    do {
      try constant.visit(&parameters)
      try constant.visit(&eraser)
    } catch {
      return body(self, input)  // neither visitor throws
    }
    let module = constant
    let trained = Set(parameters.recordedKeys)
    let start = input.detached
    let needsInput = input.isRecorded
    return body(module, start).recorded(from: [input] + parameters.tensors) { gradient in
      let tape = Tape()
      var copy = module
      var marker = ParameterMarker(tape: tape) { trained.contains($0) }
      var marked = ParameterCollector()
      let x = needsInput ? tape.watching(start) : start
      do {
        try copy.visit(&marker)
        try copy.visit(&marked)
      } catch {
        return []  // neither visitor throws
      }
      let gradients = tape.gradients(of: body(copy, x), seed: gradient)
      return [gradients[x]] + marked.tensors.map { gradients[$0] }
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
  var collected = ParameterGradients()

  mutating func visit(_ parameter: inout Tensor) {
    guard parameter.isRecorded else { return }
    collected.append(path.key, gradients[parameter] ?? Tensor(repeating: 0, shape: parameter.shape))
  }

  mutating func visit(_ weights: inout Weights) { visit(&weights.values) }
}
