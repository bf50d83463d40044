extension DecodingError {
  /// What is wrong with the JSON, as a clause: "'annotations.3.id' is missing".
  var reason: String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch self {
    case .keyNotFound(let key, let context): "'\(place(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty ? "they are not a JSON object" : "'\(place(context.codingPath))' has the wrong type"
    default: "they are not JSON"
    }
  }
}
