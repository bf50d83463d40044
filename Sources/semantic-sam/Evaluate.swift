import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares predictions with annotations: the field's metrics.",
    subcommands: [EvaluatePanoptic.self, EvaluateSemantic.self])
}
