import Foundation
import Testing

/// As much of JSON Schema as the schemas of Docs use; a keyword beyond it is a failure of the test.
struct JSONSchema {
  private let root: [String: Any]

  /// - Parameter name: of a file in Docs.
  init(_ name: String) throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Docs/\(name)").standardized
    root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  /// What of a document does not fit, with its place; empty where it is valid.
  func faults(of document: Data) throws -> [String] {
    try faults(try JSONSerialization.jsonObject(with: document), root, at: "$")
  }

  private func faults(_ value: Any, _ schema: [String: Any], at place: String) throws -> [String] {
    var faults: [String] = []
    for (keyword, rule) in schema {
      switch keyword {
      case "$schema", "$defs", "title", "description": continue
      case "$ref":
        let name = try #require((rule as? String)?.split(separator: "/").last).description
        let definitions = try #require(root["$defs"] as? [String: Any])
        faults += try self.faults(value, try #require(definitions[name] as? [String: Any]), at: place)
      case "type":
        let types = try rule as? [String] ?? [#require(rule as? String)]
        if !types.contains(where: { Self.has(value, type: $0) }) { faults.append("\(place) is not of type \(types)") }
      case "required":
        for key in try #require(rule as? [String]) where (value as? [String: Any])?[key] == nil {
          faults.append("\(place).\(key) is missing")
        }
      case "properties":
        for (key, inner) in try #require(rule as? [String: [String: Any]]) {
          guard let member = (value as? [String: Any])?[key] else { continue }
          faults += try self.faults(member, inner, at: "\(place).\(key)")
        }
      case "additionalProperties":
        let known = (schema["properties"] as? [String: Any]) ?? [:]
        for (key, member) in (value as? [String: Any]) ?? [:] where known[key] == nil {
          faults += try self.faults(member, try #require(rule as? [String: Any]), at: "\(place).\(key)")
        }
      case "items":
        for (index, element) in ((value as? [Any]) ?? []).enumerated() {
          faults += try self.faults(element, try #require(rule as? [String: Any]), at: "\(place)[\(index)]")
        }
      case "minItems", "maxItems":
        guard let elements = value as? [Any] else { continue }
        faults += try Self.compare(Double(elements.count), keyword, rule, at: place)
      case "minLength", "maxLength":
        guard let text = value as? String else { continue }
        faults += try Self.compare(Double(text.count), keyword, rule, at: place)
      case "minimum", "maximum":
        guard let number = value as? NSNumber, !(value is NSNull) else { continue }
        faults += try Self.compare(number.doubleValue, keyword, rule, at: place)
      default: Issue.record("The schema has the keyword '\(keyword)', which this test does not know.")
      }
    }
    return faults
  }

  private static func compare(_ number: Double, _ keyword: String, _ rule: Any, at place: String) throws -> [String] {
    let bound = try #require(rule as? NSNumber).doubleValue
    let isValid = keyword.hasPrefix("min") ? number >= bound : number <= bound
    return isValid ? [] : ["\(place): \(number) breaks \(keyword) \(bound)"]
  }

  private static func has(_ value: Any, type: String) -> Bool {
    switch type {
    case "null": value is NSNull
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "number": value is NSNumber && !(value is NSNull)
    case "integer": (value as? NSNumber).map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    default: false
    }
  }
}
