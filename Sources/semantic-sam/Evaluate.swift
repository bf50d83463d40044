import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the field's metrics, with the numbers of the official tools.",
    subcommands: [EvaluateCOCO.self, EvaluatePanoptic.self, EvaluateSemantic.self])
}
