/// Fills a module from a file. What does not fit is collected and reported together, with full keys.
struct ParameterLoader: ParameterVisitor {
  var path: ParameterPath
  private let file: Checkpoint
  /// Whether tensors are read, or keys and shapes compared only.
  private let readsTensors: Bool
  private var missing: [String] = []
  private var misshapen: [String] = []
  private var used: Set<String> = []

  /// - Parameter prefix: what stands before each key in the file, without the last dot.
  init(_ file: Checkpoint, prefix: String = "", readsTensors: Bool = true) {
    self.file = file
    self.readsTensors = readsTensors
    path = ParameterPath(prefix: prefix)
  }

  mutating func visit(_ weights: inout Weights) throws(ModelError) {
    try visit(&weights.values)
  }

  mutating func visit(_ parameter: inout Tensor) throws(ModelError) {
    let key = path.key
    used.insert(key)
    guard let entry = file.entries[key] else {
      missing.append(ModelError.quoted(key))
      return
    }
    guard entry.shape == parameter.shape else {
      misshapen.append("'\(key)' is \(entry.shape) instead of \(parameter.shape)")
      return
    }
    if readsTensors, let tensor = file.tensor(key) { parameter = tensor }
  }

  /// Ends the loading.
  /// - Parameters:
  ///   - configuration: the name of the network that was filled.
  ///   - isForeign: whether a key may stay unused, because it is no parameter of this network.
  /// - Throws: `mismatchedParameters` where keys are missing, misshapen or left over.
  func finish(configuration: String, ignoring isForeign: (String) -> Bool = { _ in false }) throws(ModelError) {
    let surplus = file.entries.keys.filter { !used.contains($0) && !isForeign($0) }.sorted()
      .map { ModelError.quoted($0) }
    let problems = [
      Self.listed("missing", missing), Self.listed("of another shape", misshapen), Self.listed("not of it", surplus),
    ].compactMap(\.self)
    guard problems.isEmpty else {
      throw ModelError(
        .mismatchedParameters,
        "\(file.name) does not fit the network \(ModelError.quoted(configuration)) (\(problems.joined(separator: "; "))); use a checkpoint "
          + "of that configuration.")
    }
  }

  /// "3 missing: 'a', 'b' and 1 more", or nil for none.
  private static func listed(_ what: String, _ items: [String]) -> String? {
    guard !items.isEmpty else { return nil }
    let shown = items.prefix(4).joined(separator: ", ")
    return "\(items.count) \(what): \(shown)" + (items.count > 4 ? " and \(items.count - 4) more" : "")
  }
}

extension Module {
  /// Fills all parameters from a file.
  /// - Parameters:
  ///   - prefix: what stands before each key in the file, without the last dot. Keys without it are left alone.
  ///   - name: how messages call what is filled.
  ///   - isForeign: whether a key with the prefix may stay unused.
  /// - Throws: `mismatchedParameters` where keys are missing, misshapen or left over.
  public mutating func load(
    from file: Checkpoint, prefix: String = "", name: String, ignoring isForeign: (String) -> Bool = { _ in false }
  ) throws(ModelError) {
    var loader = ParameterLoader(file, prefix: prefix)
    try visit(&loader)
    let beginning = prefix.isEmpty ? "" : prefix + "."
    try loader.finish(configuration: name) { !$0.hasPrefix(beginning) || isForeign($0) }
  }

  /// Adds all parameters to a file that is being made.
  /// - Parameter prefix: what stands before each key, without the last dot.
  /// - Throws: `invalidArgument` for a key that is taken.
  public func write(to writer: inout SafetensorsWriter, prefix: String = "") throws(ModelError) {
    var copy = self
    var collector = ParameterWriter(path: ParameterPath(prefix: prefix), writer: writer)
    try copy.visit(&collector)
    writer = collector.writer
  }
}

extension Module {
  /// Adds all parameters to a table by their keys.
  func collect(into table: inout [String: Tensor], prefix: String) throws(ModelError) {
    var copy = self
    var collector = ParameterTable(path: ParameterPath(prefix: prefix), table: table)
    try copy.visit(&collector)
    table = collector.table
  }
}

private struct ParameterTable: ParameterVisitor {
  var path: ParameterPath
  var table: [String: Tensor]

  mutating func visit(_ weights: inout Weights) { table[path.key] = weights.values }
  mutating func visit(_ parameter: inout Tensor) { table[path.key] = parameter }
}

/// Writes all parameters of a module.
private struct ParameterWriter: ParameterVisitor {
  var path: ParameterPath
  var writer: SafetensorsWriter

  mutating func visit(_ weights: inout Weights) throws(ModelError) { try writer.add(path.key, weights.values) }
  mutating func visit(_ parameter: inout Tensor) throws(ModelError) { try writer.add(path.key, parameter) }
}
