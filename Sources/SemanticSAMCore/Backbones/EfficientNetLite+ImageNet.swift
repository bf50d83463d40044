extension EfficientNetLite {
  /// Reads ImageNet weights under the keys of the usual PyTorch conversion (`_conv_stem`, `_blocks.N._expand_conv`, ...)
  /// and folds each BatchNorm into its convolution. Classifier and head are left out.
  /// - Throws: `mismatchedParameters` where a key is missing or misshapen.
  public init(imageNet file: Safetensors) throws(ModelError) {
    self.init()
    try stem.set(Self.folded(convolution: "_conv_stem", norm: "_bn0", of: file))
    for index in blocks.indices {
      let prefix = "_blocks.\(index)."
      try blocks[index].expand?.set(
        Self.folded(convolution: prefix + "_expand_conv", norm: prefix + "_bn0", of: file))
      try blocks[index].depthwise.set(
        Self.folded(convolution: prefix + "_depthwise_conv", norm: prefix + "_bn1", of: file))
      try blocks[index].project.set(
        Self.folded(convolution: prefix + "_project_conv", norm: prefix + "_bn2", of: file))
    }
    try packWeights()
  }

  /// BatchNorm's epsilon in this network.
  private static let epsilon: Float = 1e-3

  /// A convolution without bias and the BatchNorm after it, as one convolution with bias.
  static func folded(
    convolution: String, norm: String, of file: Safetensors
  ) throws(ModelError) -> (weight: Tensor, bias: Tensor) {
    func tensor(_ key: String) throws(ModelError) -> Tensor {
      guard let tensor = file.tensor(key) else {
        throw ModelError(
          .mismatchedParameters, "\(file.name) has no '\(key)'; use ImageNet weights of EfficientNet-Lite0.")
      }
      return tensor
    }
    var weight = try tensor(convolution + ".weight")
    let gamma = try tensor(norm + ".weight").values
    let beta = try tensor(norm + ".bias").values
    let mean = try tensor(norm + ".running_mean").values
    let variance = try tensor(norm + ".running_var").values
    let outputs = weight.shape.first ?? 0
    guard outputs > 0, [gamma, beta, mean, variance].allSatisfy({ $0.count == outputs }) else {
      throw ModelError(
        .mismatchedParameters,
        "'\(convolution)' and '\(norm)' of \(file.name) have different sizes; use ImageNet weights of "
          + "EfficientNet-Lite0.")
    }
    let scale = zip(gamma, variance).map { $0 / ($1 + epsilon).squareRoot() }
    let row = weight.count / outputs
    weight.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] *= scale[index / row] }
    }
    let bias = (0..<outputs).map { beta[$0] - mean[$0] * scale[$0] }
    return (weight, Tensor(bias, shape: [outputs]))
  }
}

extension Convolution {
  /// Takes weights and bias of the layer's own shapes.
  fileprivate mutating func set(_ values: (weight: Tensor, bias: Tensor)) throws(ModelError) {
    guard values.weight.shape == weight.shape else {
      throw ModelError(
        .mismatchedParameters,
        "A convolution has weights \(values.weight.shape) instead of \(weight.shape); use weights of "
          + "EfficientNet-Lite0.")
    }
    weight.values = values.weight
    bias = values.bias
  }
}
