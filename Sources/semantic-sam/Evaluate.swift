import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute the field's metrics, with the numbers of the official tools.",
    subcommands: [
      EvaluateInteractive.self, EvaluateGranularity.self, EvaluateClicks.self, EvaluateGeneric.self, EvaluateCOCO.self,
      EvaluatePanoptic.self, EvaluateSemantic.self,
    ])

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError(
      "There is nothing to evaluate; give interactive, granularity, clicks, generic, coco, panoptic or semantic, and see "
        + "semantic-sam evaluate --help."
    )
  }
}
