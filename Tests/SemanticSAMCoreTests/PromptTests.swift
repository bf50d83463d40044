import Testing

@testable import SemanticSAMCore

struct PromptTests {
  private func message(_ prompt: Prompt, _ code: ModelError.Code) -> String {
    expectRefusal(code) { try prompt.validate(width: 640, height: 480) }
  }

  @Test func pointsOutsideAreRefused() {
    #expect(
      message(.point(-5, 1), .promptOutsideImage)
        == "The point (-5.0, 1.0) lies outside the image of 640 x 480 pixels; give x in 0..<640 and y in 0..<480.")
    for (x, y) in [(640.0, 0.0), (0, 480), (-0.001, 0), (0, -1e300), (1e300, 0), (640.0.nextUp, 479)] {
      _ = message(.point(x, y), .promptOutsideImage)
    }
    #expect(
      message(Prompt.point(1, 1).adding(Point(x: 640, y: 3), isPositive: false), .promptOutsideImage)
        == "The point (640.0, 3.0) lies outside the image of 640 x 480 pixels; give x in 0..<640 and y in 0..<480.")
  }

  @Test func pointsAtTheEdgesAreAccepted() throws {
    for (x, y) in [(0.0, 0.0), (639, 479), (639.5, 479.5), (640.0.nextDown, 480.0.nextDown), (-0.0, -0.0)] {
      try Prompt.point(x, y).validate(width: 640, height: 480)
    }
    try Prompt.point(0, 0).validate(width: 1, height: 1)
  }

  @Test func pointsThatAreNoNumbersAreRefused() {
    #expect(
      message(.point(.nan, 1), .invalidArgument)
        == "The point (nan, 1.0) is not a position; give two finite numbers.")
    for (x, y) in [(1.0, Double.nan), (.infinity, 0), (0, -.infinity), (.nan, .nan)] {
      _ = message(.point(x, y), .invalidArgument)
    }
  }

  @Test func boxesAreChecked() throws {
    func box(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) -> Prompt {
      .box(Box(x0: x0, y0: y0, x1: x1, y1: y1))
    }
    #expect(
      message(box(10, 1, 5, 2), .invalidArgument)
        == "The box (10.0, 1.0, 5.0, 2.0) is empty; give x0 < x1 and y0 < y1.")
    #expect(
      message(box(0, 0, 641, 2), .promptOutsideImage)
        == "The box (0.0, 0.0, 641.0, 2.0) reaches outside the image of 640 x 480 pixels; give x in 0...640 and y in "
        + "0...480.")
    #expect(
      message(box(0, 0, .nan, 2), .invalidArgument)
        == "The box (0.0, 0.0, nan, 2.0) is not a rectangle; give four finite numbers.")
    for values in [(5.0, 5.0, 5.0, 9.0), (5, 5, 9, 5), (0, 9, 3, 1)] {
      _ = message(box(values.0, values.1, values.2, values.3), .invalidArgument)
    }
    for values in [(-0.1, 0.0, 1.0, 1.0), (0, -1, 1, 1), (0, 0, 1, 480.0.nextUp)] {
      _ = message(box(values.0, values.1, values.2, values.3), .promptOutsideImage)
    }
    for value in [Double.infinity, -.infinity] { _ = message(box(0, 0, value, 2), .invalidArgument) }
    try box(0, 0, 640, 480).validate(width: 640, height: 480)
    try box(639, 479, 640, 480).validate(width: 640, height: 480)
    try box(0.25, 0.25, 0.5, 0.5).validate(width: 640, height: 480)
  }

  @Test func somethingMustSayWhereTheObjectIs() {
    let sentence = "The prompt has neither a positive point nor a box; say where the object is with one of them."
    #expect(message(Prompt(), .emptyPrompt) == sentence)
    #expect(message(.points([]), .emptyPrompt) == sentence)
    #expect(message(.points([], negative: [Point(x: 1, y: 1)]), .emptyPrompt) == sentence)
  }

  @Test func promptsAreBuiltStepByStep() {
    let point = Point(x: 1, y: 2)
    #expect(Prompt.point(1, 2) == Prompt.points([point]))
    #expect(
      Prompt.points([point], negative: [Point(x: 3, y: 4)])
        == Prompt.point(1, 2).adding(Point(x: 3, y: 4), isPositive: false))
    let box = Box(x0: 0, y0: 0, x1: 2, y1: 2)
    #expect(Prompt.box(box).adding(point) == Prompt(clicks: [.init(point)], box: box))
  }

  /// All prompts of a call are judged before any work.
  @Test func oneBadPromptRefusesTheCall() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("coffee.png")
    expectRefusal(.promptOutsideImage) {
      try model.segment(embedding, prompts: [.point(1, 1), .point(600, 1)]) { _ in
        Issue.record("Work began.")
      }
    }
    #expect(try model.segment(embedding, prompts: []).isEmpty)
  }

  @Test func fractionsAndCornersAreAnswered() throws {
    let model = try TestModels.model()
    let embedding = try TestModels.embedding("coffee.png")
    for (x, y) in [(0.0, 0.0), (599, 399), (599.9, 399.9), (300.5, 200.25)] {
      #expect(try model.segment(embedding, prompt: .point(x, y)).count == 6)
    }
    // A box of a hundredth of a pixel is a box.
    #expect(try model.segment(embedding, prompt: .box(Box(x0: 3, y0: 3, x1: 3.01, y1: 3.01))).count == 1)
  }
}
