import Testing

@testable import SemanticSAMCore

struct InteractiveSessionTests {
  private func session() throws -> InteractiveSession {
    InteractiveSession(
      model: try TestModels.model(), embedding: try TestModels.embedding("coffee.png"),
      options: SegmentOptions(includesLabels: false))
  }

  @Test func answersAreThoseOfTheWholePrompt() throws {
    var session = try session()
    #expect(session.segmentation == nil && !session.canUndo && session.previousLogits == nil)
    try session.add(Point(x: 285, y: 150))
    try session.add(Point(x: 110, y: 250), isPositive: false)
    let prompt = Prompt.points([Point(x: 285, y: 150)], negative: [Point(x: 110, y: 250)])
    #expect(session.prompt == prompt)
    let direct = try TestModels.model().segment(TestModels.embedding("coffee.png"), prompt: prompt)
    #expect(session.segmentation?.map(\.mask) == direct.map(\.mask))
  }

  @Test func undoGoesBackAndLogitsAreCarried() throws {
    var session = try session()
    try session.add(Point(x: 285, y: 150))
    let first = try #require(session.segmentation)
    #expect(session.previousLogits == nil)
    try session.add(Point(x: 110, y: 250), isPositive: false)
    #expect(session.previousLogits == first.best?.logits && session.previousLogits != nil)
    let copy = session
    session.undo()
    #expect(session.segmentation?.map(\.mask) == first.map(\.mask))
    #expect(session.prompt == .point(285, 150) && session.previousLogits == nil)
    session.undo()
    session.undo()
    #expect(session.prompt == Prompt() && session.segmentation == nil)
    #expect(copy.prompt.clicks.count == 2)
  }

  @Test func removingAClickAnswersAnew() throws {
    var session = try session()
    try session.add(Point(x: 110, y: 250), isPositive: false)
    #expect(session.segmentation == nil)
    try session.add(Point(x: 285, y: 150))
    try session.removeClick(at: 0)
    let direct = try TestModels.model().segment(TestModels.embedding("coffee.png"), prompt: .point(285, 150))
    #expect(session.segmentation?.map(\.mask) == direct.map(\.mask))
    expectRefusal(.invalidArgument) { try session.removeClick(at: 1) }
    try session.removeClick(at: 0)
    #expect(session.segmentation == nil)
    session.undo()
    #expect(session.segmentation?.map(\.mask) == direct.map(\.mask))
    session.reset()
    #expect(!session.canUndo)
  }

  @Test func errorsChangeNothing() throws {
    var session = try session()
    try session.setBox(Box(x0: 165, y0: 12, x1: 412, y1: 312))
    let mask = session.segmentation?.best?.mask
    expectRefusal(.promptOutsideImage) { try session.add(Point(x: 6000, y: 1)) }
    #expect(session.prompt.clicks.isEmpty && session.segmentation?.best?.mask == mask)
    session.reset()
    expectRefusal(.promptOutsideImage) { try session.add(Point(x: 6000, y: 1), isPositive: false) }
    #expect(!session.canUndo)
  }
}

struct InteractiveSelectionTests {
  private func candidate(_ iou: Float, columns: Int) throws -> Candidate {
    let bitmap = (0..<400).map { UInt8($0 % 20 < columns ? 1 : 0) }
    return Candidate(
      mask: try Mask(width: 20, height: 20, bitmap: bitmap), granularity: .whole, predictedIoU: iou)
  }

  @Test func poorMasksAndDuplicatesAreLeftOut() throws {
    var selection = InteractiveSelection()
    (selection.holeArea, selection.islandArea) = (0, 0)
    let shown = try selection.shown([
      candidate(0.494, columns: 3), candidate(0.8, columns: 15), candidate(0.9, columns: 5),
      candidate(0.7, columns: 15), candidate(0.495, columns: 9),
    ])
    #expect(shown.candidates.map(\.predictedIoU) == [0.9, 0.8, 0.495])
    #expect(shown.orderByArea == [0, 2, 1])
    #expect(try selection.shown([]).candidates.isEmpty)
    #expect(try selection.shown([candidate(0.1, columns: 4), candidate(0.2, columns: 3)]).candidates.count == 1)
  }

  @Test func halvesRoundToTheEvenHundredth() {
    #expect([0.125, 0.375, 0.625, 0.875].map(InteractiveSelection.rounded) == [0.12, 0.38, 0.62, 0.88])
  }
}
