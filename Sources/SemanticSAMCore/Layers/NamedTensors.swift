/// Tensors by their parameters' keys, in the order in which a module shows them.
public struct NamedTensors: Sendable {
  public private(set) var keys: [String] = []
  /// One for each key.
  public var tensors: [Tensor] = []

  public init() {}

  /// The tensor of a key.
  public subscript(key: String) -> Tensor? {
    keys.firstIndex(of: key).map { tensors[$0] }
  }

  mutating func append(_ key: String, _ tensor: Tensor) {
    keys.append(key)
    tensors.append(tensor)
  }

  /// Adds other tensors of the same keys; to none at all they are taken as they are.
  public mutating func add(_ other: NamedTensors) {
    guard !keys.isEmpty else {
      self = other
      return
    }
    precondition(keys == other.keys, "Tensors of two sets of parameters.")
    for index in tensors.indices { tensors[index].add(other.tensors[index]) }
  }

  /// The Euclidean norm of all numbers together, summed in double precision.
  public var norm: Double {
    tensors.reduce(0.0) { sum, tensor in
      let row = tensor.reshaped(to: [1, tensor.count])
      return row.rowProducts(with: row, pairs: [(0, 0)]).reduce(sum, +)
    }.squareRoot()
  }

  /// What gradients of a norm are multiplied by so that they are no longer than `limit`, as the reference clips the full
  /// model.
  public static func clipping(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}

extension Module {
  /// The parameters whose keys are wanted.
  func parameters(_ isWanted: (String) -> Bool) throws(ModelError) -> NamedTensors {
    var copy = self
    return try withoutActuallyEscaping(isWanted) { isWanted throws(ModelError) in
      var collector = NamedCollector(isWanted: isWanted)
      try copy.visit(&collector)
      return collector.collected
    }
  }

  /// Replaces the parameters of some keys.
  /// - Precondition: shapes stay.
  mutating func assign(_ parameters: NamedTensors) throws(ModelError) {
    var assigner = Assigner(parameters)
    try visit(&assigner)
  }
}

private struct NamedCollector: ParameterVisitor {
  var path = ParameterPath()
  let isWanted: (String) -> Bool
  var collected = NamedTensors()

  mutating func visit(_ parameter: inout Tensor) {
    if isWanted(path.key) { collected.append(path.key, parameter) }
  }

  mutating func visit(_ weights: inout Weights) {
    if isWanted(path.key) { collected.append(path.key, weights.values) }
  }
}

private struct Assigner: ParameterVisitor {
  var path = ParameterPath()
  private let parameters: NamedTensors
  private let places: [String: Int]

  init(_ parameters: NamedTensors) {
    self.parameters = parameters
    places = Dictionary(uniqueKeysWithValues: zip(parameters.keys, parameters.keys.indices))
  }

  mutating func visit(_ parameter: inout Tensor) {
    guard let place = places[path.key] else { return }
    let tensor = parameters.tensors[place]
    precondition(tensor.shape == parameter.shape, "'\(path.key)' cannot take the shape \(tensor.shape).")
    parameter = tensor
  }

  mutating func visit(_ weights: inout Weights) {
    if places[path.key] != nil { visit(&weights.values) }
  }
}
