/// A layer or network: a value that computes with tensor operations and names its parameters once.
///
/// Loading, saving, counting and packing are visitors, so there is no second list of names. The names on the way to a
/// parameter, joined by dots, are its key in a checkpoint.
public protocol Module: Sendable {
  /// Shows each parameter and child to the visitor, in a fixed order.
  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError)
}

/// Something that looks at all parameters of a module in turn, and may change them.
public protocol ParameterVisitor {
  /// The key of what is being visited. The default methods keep it.
  var path: ParameterPath { get set }
  mutating func visit(_ parameter: inout Tensor) throws(ModelError)
  mutating func visit(_ weights: inout Weights) throws(ModelError)
}

/// The key of a parameter while a module is being walked.
public struct ParameterPath: Sendable {
  private var components: [String] = []

  public init(prefix: String = "") {
    if !prefix.isEmpty { components.append(prefix) }
  }

  /// "backbone.stem.weight".
  public var key: String { components.joined(separator: ".") }

  mutating func push(_ component: String) { components.append(component) }
  mutating func pop() { components.removeLast() }
}

extension ParameterVisitor {
  public mutating func parameter(_ name: String, _ parameter: inout Tensor) throws(ModelError) {
    path.push(name)
    defer { path.pop() }
    try visit(&parameter)
  }

  public mutating func weights(_ name: String, _ weights: inout Weights) throws(ModelError) {
    path.push(name)
    defer { path.pop() }
    try visit(&weights)
  }

  public mutating func module(_ name: String, _ module: inout some Module) throws(ModelError) {
    path.push(name)
    defer { path.pop() }
    try module.visit(&self)
  }

  /// Children `name.0`, `name.1`, ...
  public mutating func modules<M: Module>(_ name: String, _ modules: inout [M]) throws(ModelError) {
    for index in modules.indices { try module("\(name).\(index)", &modules[index]) }
  }
}

extension Module {
  /// Brings all weights into the kernels' layout, for a model that is run and not trained.
  /// - Parameters:
  ///   - precision: of the packed numbers and of the products with them.
  ///   - dropsValues: whether nothing but the packed numbers is kept; such a model can be run and nothing else.
  public mutating func packWeights(_ precision: Precision = .float32, dropsValues: Bool = false) throws(ModelError) {
    var packer = WeightPacker(precision: precision, dropsValues: dropsValues)
    try visit(&packer)
  }

  /// Computes products with all weights in `precision` from now on; the weights themselves stay f32.
  mutating func use(_ precision: Precision) throws(ModelError) {
    var setter = PrecisionSetter(precision: precision)
    try visit(&setter)
  }

  /// The number of parameters.
  public var parameterCount: Int {
    var copy = self
    var counter = ParameterCounter()
    do { try copy.visit(&counter) } catch { return 0 }  // a counter does not throw
    return counter.count
  }
}

private struct WeightPacker: ParameterVisitor {
  var path = ParameterPath()
  let precision: Precision
  let dropsValues: Bool
  mutating func visit(_ parameter: inout Tensor) {}
  mutating func visit(_ weights: inout Weights) { weights.pack(precision, dropsValues: dropsValues) }
}

private struct PrecisionSetter: ParameterVisitor {
  var path = ParameterPath()
  let precision: Precision
  mutating func visit(_ parameter: inout Tensor) {}
  mutating func visit(_ weights: inout Weights) { weights.use(precision) }
}

private struct ParameterCounter: ParameterVisitor {
  var path = ParameterPath()
  var count = 0
  mutating func visit(_ parameter: inout Tensor) { count += parameter.count }
  mutating func visit(_ weights: inout Weights) { count += weights.outputs * weights.inputs }
}
