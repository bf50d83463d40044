import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct PromptDocumentTests {
  private func prompts(_ json: String) throws -> [Prompt] {
    let path = FileManager.default.temporaryDirectory.appending(path: "prompts-\(UUID().uuidString).json").path
    try Data(json.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try PromptDocument(contentsOf: path).prompts
  }

  @Test func everyFormOfAPromptIsRead() throws {
    let read = try prompts(
      #"{"prompts": [{"points": [[240, 150.5]]}, {"points": [[285, 150], [60, 300]], "labels": [1, 0]}, "#
        + #"{"box": [165, 12, 412, 312]}, {"box": [1, 2, 3, 4], "points": [[2, 3]], "labels": null}, {}]}"#)
    #expect(
      read == [
        .point(240, 150.5), .points([Point(x: 285, y: 150)], negative: [Point(x: 60, y: 300)]),
        .box(Box(x0: 165, y0: 12, x1: 412, y1: 312)),
        Prompt(clicks: [.init(Point(x: 2, y: 3))], box: Box(x0: 1, y0: 2, x1: 3, y1: 4)), Prompt(),
      ])
  }

  @Test func brokenPromptIsNamedByItsPlace() throws {
    let error = #expect(throws: ModelError.self) {
      try prompts(#"{"prompts": [{"points": [[1, 2]]}, {"points": [[1, 2]], "label": [1]}]}"#)
    }
    #expect(error?.code == .malformedFile)
    #expect(error?.message.contains("'prompts.1' has a field 'label' that no prompt has") == true)
  }
}
