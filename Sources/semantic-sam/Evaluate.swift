import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how good masks are, on annotated photographs.",
    subcommands: [EvaluateInteractive.self])

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError("There is nothing to evaluate; give interactive, and see semantic-sam evaluate --help.")
  }
}
