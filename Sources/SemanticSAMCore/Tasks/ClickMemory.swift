/// The answers to single clicks on one photograph, kept for prompts that grow click by click: since clicks do not influence
/// each other, the network is asked for the new click alone.
package struct ClickMemory: Sendable {
  /// Drawn, without their logits, which take many times the memory.
  fileprivate var answers: [Point: [Answer]] = [:]

  package init() {}
}

extension SemanticSAM {
  /// Clicks that are decoded together at most, which bounds the memory.
  private static let clicksPerTurn = 32

  /// The best mask for each list of clicks, as ``segment(_:prompts:options:progress:)`` gives it; `nil` where the weights
  /// give none.
  /// - Parameter memory: of this photograph.
  /// - Throws: as ``segment(_:prompts:options:progress:)``.
  package func bestMasks(
    _ embedding: ImageEmbedding, clicks: [[Prompt.Click]], remembering memory: inout ClickMemory
  ) throws(ModelError) -> [Mask?] {
    try check(embedding)
    try checkAnswersPrompts()
    let prompts = clicks.map { Prompt(clicks: $0) }
    for prompt in prompts { try prompt.validate(width: embedding.imageWidth, height: embedding.imageHeight) }
    var asked: Set<Point> = []
    let new = clicks.flatMap { $0.map(\.point) }.filter { memory.answers[$0] == nil && asked.insert($0).inserted }
    for start in stride(from: 0, to: new.count, by: Self.clicksPerTurn) {
      let points = Array(new[start..<min(start + Self.clicksPerTurn, new.count)])
      for (point, answers) in zip(points, decode(clicks: points, boxes: [], embedding).clicks) {
        memory.answers[point] = try answers.map { answer throws(ModelError) in
          var drawn = answer
          drawn.drawing = try PromptAgreement.drawn(answer, embedding)
          drawn.logits = MaskLogits(values: Tensor(repeating: 0, shape: [1, 1]), place: .paddedImage)
          return drawn
        }
      }
    }
    return try prompts.map { prompt throws(ModelError) in
      let answers = prompt.clicks.map { memory.answers[$0.point] ?? [] }
      return try PromptAgreement(prompt: prompt, clickAnswers: answers, boxAnswers: []).choices(embedding).first?.mask
    }
  }
}
