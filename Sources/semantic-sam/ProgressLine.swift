/// "photograph.jpg: answering prompts, 42 %, 3 s left", overwritten in place.
struct ProgressLine: Sendable {
  enum Stage: String {
    case encoding = "encoding"
    case answering = "answering prompts"
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
    let left = elapsed / share - elapsed
    let rest = share < 1 && left < 1e6 ? ", \(Int(left.rounded(.up))) s left" : ""
    overwrite("\(title): \(stage.rawValue), \(Int(share * 100)) %\(rest)")
  }

  func clear() {
    overwrite("")
  }

  private func overwrite(_ text: String) {
    Output.say("\r\u{1B}[K" + text)
  }
}
