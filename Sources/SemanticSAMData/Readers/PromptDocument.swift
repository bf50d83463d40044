import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of prompts: `{"prompts": [{"points": [[x, y], ...], "labels": [1, 0, ...], "box": [x0, y0, x1, y1]}, ...]}`.
///
/// `labels` has one number a point, 1 for positive and 0 for negative; without it all points are positive.
public struct PromptDocument: Sendable {
  public let prompts: [Prompt]

  private static let sizeLimit = 1 << 28

  private struct Document: Decodable {
    var prompts: [Record]
  }

  private struct Record: Decodable {
    var points: [[Double]]?
    var labels: [Int]?
    var box: [Double]?
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
        throw malformed("prompt \(index) needs one label, 0 or 1, for each of its \(points.count) points")
      }
      guard record.box == nil || record.box?.count == 4 else {
        throw malformed("the box of prompt \(index) is not [x0, y0, x1, y1]")
      }
      prompts.append(
        Prompt(
          clicks: zip(points, labels).map { .init(Point(x: $0[0], y: $0[1]), isPositive: $1 == 1) },
          box: record.box.map { Box(x0: $0[0], y0: $0[1], x1: $0[2], y1: $0[3]) }))
    }
    self.prompts = prompts
  }
}
