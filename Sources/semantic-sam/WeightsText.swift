import Foundation
import SemanticSAMCore

/// What `info` prints for people: a title a line, long values wrapped.
struct WeightsText {
  let text: String

  private static let titleWidth = 18
  private static let lineWidth = 100

  init(_ document: WeightsDocument) {
    var lines: [String] = []
    func add(_ title: String, _ value: String) {
      let rows = Self.wrapped(value)
      for (index, row) in rows.enumerated() {
        let head = index == 0 ? title : ""
        // A title that is too long for its column stands on a line of its own.
        if head.count >= Self.titleWidth {
          lines.append(head)
          lines.append(String(repeating: " ", count: Self.titleWidth) + row)
        } else {
          lines.append(head + String(repeating: " ", count: Self.titleWidth - head.count) + row)
        }
      }
    }
    func sum(_ parts: [String: Int]) -> String {
      parts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \(Self.grouped($0.value))" }
        .joined(separator: ", ")
    }
    add("file", document.file)
    add("sha256", document.sha256)
    if let configuration = document.configuration {
      add("network", "\(configuration.model), backbone \(configuration.backbone.kind)")
    } else {
      add("network", "not stated: the metadata have no configuration")
    }
    add("parameters", "\(Self.grouped(document.parameters)) in \(document.tensors) tensors: " + sum(document.types))
    if document.parts.count > 1 { add("of these", sum(document.parts)) }
    add("this machine", "\(document.instructionSet) kernels, \(document.threads) threads")
    if !document.metadata.isEmpty { lines += ["", "metadata"] }
    for (key, value) in document.metadata.sorted(by: { $0.key < $1.key }) {
      if let object = try? JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any] {
        for (path, figures) in Self.figures(object, path: key) { add("  " + path, figures) }
      } else {
        add("  " + key, Self.list(value) ?? value)
      }
    }
    let sections = Self.sections(document.configuration)
    if !sections.isEmpty { lines += ["", "configuration"] }
    for (key, value) in sections { add("  " + key, value) }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The configuration's sections, each as one line of JSON.
  private static func sections(_ configuration: Configuration?) -> [(key: String, value: String)] {
    guard let configuration, let data = try? WeightsDocument.encoder().encode(configuration),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [] }
    return object.sorted { $0.key < $1.key }.compactMap { key, value in
      guard value is [String: Any],
        let line = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
      else { return nil }
      // Room to wrap at.
      let text = String(decoding: line, as: UTF8.self)
      return (key, text.replacingOccurrences(of: ",\"", with: ", \"").replacingOccurrences(of: "\":", with: "\": "))
    }
  }

  /// "results.cars" and "box 0.8, max 0.1" for `{"cars": {"box": 0.8, "max": 0.1}}` under "results".
  private static func figures(_ object: [String: Any], path: String) -> [(path: String, figures: String)] {
    let members = object.sorted { $0.key < $1.key }
    let numbers = members.compactMap { key, value in (value as? NSNumber).map { "\(key) \($0)" } }
    var rows = numbers.isEmpty ? [] : [(path: path, figures: numbers.joined(separator: ", "))]
    for (key, value) in members {
      if let text = value as? String {
        rows.append((path + "." + key, text))
      } else if let inner = value as? [String: Any] {
        rows += figures(inner, path: path + "." + key)
      }
    }
    return rows
  }

  /// "3: a, b, c" for a JSON list of strings.
  private static func list(_ json: String) -> String? {
    guard let items = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) else { return nil }
    return "\(items.count): " + items.joined(separator: ", ")
  }

  /// 4527842 as "4,527,842".
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }.joined()
  }

  private static func wrapped(_ value: String) -> [String] {
    var rows = [""]
    for word in value.split(whereSeparator: { $0 == " " || $0.isNewline }) {
      let row = rows[rows.count - 1]
      if row.isEmpty {
        rows[rows.count - 1] = String(word)
      } else if row.count + 1 + word.count <= lineWidth - titleWidth {
        rows[rows.count - 1] += " " + word
      } else {
        rows.append(String(word))
      }
    }
    return rows
  }
}
