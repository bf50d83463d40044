import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute the field's metrics, with the numbers of the official tools.",
    subcommands: [EvaluateCOCO.self, EvaluatePanoptic.self, EvaluateSemantic.self, EvaluateInteractive.self])

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError(
      "There is nothing to evaluate; give coco, panoptic, semantic or interactive, and see semantic-sam evaluate --help."
    )
  }
}
