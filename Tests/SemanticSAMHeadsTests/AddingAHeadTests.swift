import Foundation
import Testing

@Suite struct AddingAHeadTests {
  /// The page shows what the example's package compiles.
  @Test func thePageShowsTheExample() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let source = try String(
      contentsOf: root.appending(path: "Examples/CustomHead/Sources/CustomHead/ColourHead.swift"), encoding: .utf8)
    let page = try String(contentsOf: root.appending(path: "Docs/AddingAHead.md"), encoding: .utf8)
    #expect(page.contains("```\n" + source + "```\n"))
  }
}
