import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of prompts: `{"prompts": [{"points": [[x, y], ...], "labels": [1, 0, ...], "box": [x0, y0, x1, y1]},
/// {"text": "dog"}, ...]}`.
///
/// `labels` has one number a point, 1 for positive and 0 for negative; without it all points are positive.
public struct PromptDocument: Sendable {
  public let prompts: [Prompt]

  private static let sizeLimit = 1 << 28

  private struct Document: Decodable {
    var prompts: [Record]
  }

  /// One prompt as it stands in the file. A misspelt field is an error: it would be a prompt that nobody meant.
  private struct Record: Decodable {
    var points: [[Double]]?
    var labels: [Int]?
    var box: [Double]?
    var text: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case points, labels, box, text
    }

    private struct AnyKey: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }

      init(stringValue: String) {
        self.stringValue = stringValue
      }

      init?(intValue: Int) {
        nil
      }
    }

    init(from decoder: any Decoder) throws {
      let names = CodingKeys.allCases.map(\.rawValue)
      let given = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
      if let unknown = given.first(where: { !names.contains($0) }) {
        throw UnknownField(name: unknown, place: decoder.codingPath.place)
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      points = try container.decodeIfPresent([[Double]].self, forKey: .points)
      labels = try container.decodeIfPresent([Int].self, forKey: .labels)
      box = try container.decodeIfPresent([Double].self, forKey: .box)
      text = try container.decodeIfPresent(String.self, forKey: .text)
    }
  }

  private struct UnknownField: Error {
    var name: String
    var place: String
  }

  /// - Throws: `unreadableFile`; `malformedFile` with the prompt's place, from 0, where one is not of the form above.
  public init(contentsOf path: String) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: Self.sizeLimit)
    func malformed(_ what: String) -> ModelError {
      ModelError(.malformedFile, "The prompts of '\(path)' cannot be read: \(what); see Docs/JSON.md for their form.")
    }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw malformed(error.reason)
    } catch let error as UnknownField {
      throw malformed("'\(error.place)' has a field '\(error.name)' that no prompt has")
    } catch {
      throw malformed("they are not JSON")
    }
    guard !document.prompts.isEmpty else { throw malformed("there are none") }
    var prompts: [Prompt] = []
    for (index, record) in document.prompts.enumerated() {
      let points = record.points ?? []
      let labels = record.labels ?? points.map { _ in 1 }
      guard points.allSatisfy({ $0.count == 2 }) else { throw malformed("a point of prompt \(index) is not [x, y]") }
      guard labels.count == points.count, labels.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw malformed("prompt \(index) has \(points.count) points and needs as many labels, each 0 or 1")
      }
      guard record.box == nil || record.box?.count == 4 else {
        throw malformed("the box of prompt \(index) is not [x0, y0, x1, y1]")
      }
      var prompt = Prompt(
        clicks: zip(points, labels).map { .init(Point(x: $0[0], y: $0[1]), isPositive: $1 == 1) },
        box: record.box.map { Box(x0: $0[0], y0: $0[1], x1: $0[2], y1: $0[3]) })
      prompt.text = record.text
      prompts.append(prompt)
    }
    self.prompts = prompts
  }
}
