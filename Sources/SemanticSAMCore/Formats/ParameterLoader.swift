/// Fills a module from a file. What does not fit is collected and reported together, with full keys.
struct ParameterLoader: ParameterVisitor {
  var path: ParameterPath
  private let file: Checkpoint
  private var missing: [String] = []
  private var misshapen: [String] = []
  private var used: Set<String> = []

  init(_ file: Checkpoint) {
    self.file = file
    path = ParameterPath()
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
    if let tensor = file.tensor(key) { parameter = tensor }
  }

  /// Ends the loading.
  /// - Parameter configuration: the name of the network that was filled.
  /// - Throws: `mismatchedParameters` where keys are missing, misshapen or left over.
  func finish(configuration: String) throws(ModelError) {
    let surplus = file.entries.keys.filter { !used.contains($0) && !PublishedKeys.isOfTextEncoder($0) }.sorted()
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
