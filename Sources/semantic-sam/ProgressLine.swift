/// "photograph.jpg: answering prompts, 42 %, 3 s left", overwritten in place.
struct ProgressLine: Sendable {
  enum Stage: String {
    case encoding = "encoding"
    case answering = "answering prompts"
    case segmenting = "segmenting"
    case evaluating = "evaluating"
    case counting = "counting"
    case verifying = "verifying"
  }

  let title: String
  private let start = ContinuousClock.now

  init(title: String) {
    self.title = title
  }

  /// - Parameter share: of the stage, 0...1.
  func show(_ share: Double, of stage: Stage) {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    // A run that is over in a moment needs no line.
    guard elapsed > 1, share > 0 else { return }
    overwrite("\(title): \(stage.rawValue), \(Int(share * 100)) %\(timeLeft(share, elapsed))")
  }

  /// "photographs: [=====     ] 50 %, 10 of 20 photographs, 3 min left".
  /// - Parameter share: of the whole run, 0...1.
  func showBar(_ share: Double, _ done: String) {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    guard elapsed > 1, share > 0 else { return }
    let cells = Int(share * 20)
    let bar = String(repeating: "=", count: cells) + String(repeating: " ", count: max(20 - cells, 0))
    overwrite("\(title): [\(bar)] \(Int(share * 100)) %, \(done)\(timeLeft(share, elapsed))")
  }

  /// - Parameter elapsed: seconds since the beginning.
  private func timeLeft(_ share: Double, _ elapsed: Double) -> String {
    let left = elapsed / share - elapsed
    guard share < 1, left < 1e6 else { return "" }
    return left < 600 ? ", \(Int(left.rounded(.up))) s left" : ", \(Int((left / 60).rounded(.up))) min left"
  }

  func clear() {
    overwrite("")
  }

  private func overwrite(_ text: String) {
    Output.say("\r\u{1B}[K" + text)
  }
}
