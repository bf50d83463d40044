extension DecodingError {
  /// What is wrong with the JSON, as a clause: "'annotations.3.id' is missing".
  var reason: String {
    switch self {
    case .keyNotFound(let key, let context): "'\((context.codingPath + [key]).place)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty ? "they are not a JSON object" : "'\(context.codingPath.place)' has the wrong type"
    default: "they are not JSON, or a number does not fit its place"
    }
  }
}

extension [any CodingKey] {
  /// The place in a JSON file: "annotations.3.id".
  var place: String {
    map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
  }
}
