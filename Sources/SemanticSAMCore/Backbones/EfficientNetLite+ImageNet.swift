extension EfficientNetLite {
  /// Reads ImageNet weights (see `BackboneWeights`) and folds each BatchNorm into its convolution. Classifier and head are
  /// left out.
  /// - Throws: `mismatchedParameters` where a key is missing or misshapen, or the file is something else.
  public init(imageNet file: Checkpoint) throws(ModelError) {
    self.init()
    guard let weights = BackboneWeights(file) else {
      throw ModelError(
        .mismatchedParameters, "\(file.name) is no backbone; use ImageNet weights of EfficientNet-Lite0.")
    }
    _ = try weights.fill(&self)
    try packWeights()
  }

  /// BatchNorm's epsilon in this network.
  private static let epsilon: Float = 1e-3

  /// A convolution without bias and the BatchNorm after it, as one convolution with bias.
  /// - Parameters:
  ///   - name: how messages call the file.
  ///   - read: the tensor of a name.
  static func folded(
    convolution: String, norm: String, file name: String, _ read: (String) -> Tensor?
  ) throws(ModelError) -> (weight: Tensor, bias: Tensor) {
    func tensor(_ key: String) throws(ModelError) -> Tensor {
      guard let tensor = read(key) else {
        throw ModelError(
          .mismatchedParameters, "\(name) has no '\(key)'; use ImageNet weights of EfficientNet-Lite0.")
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
        "'\(convolution)' and '\(norm)' of \(name) have different sizes; use ImageNet weights of EfficientNet-Lite0.")
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
