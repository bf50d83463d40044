import ArgumentParser

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute the field's metrics, with the numbers of the official tools.",
<<<<<<< HEAD
    subcommands: [EvaluateInteractive.self, EvaluateCOCO.self, EvaluatePanoptic.self, EvaluateSemantic.self])
=======
    subcommands: [EvaluateCOCO.self, EvaluatePanoptic.self, EvaluateSemantic.self, EvaluateInteractive.self])
>>>>>>> readers

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError(
<<<<<<< HEAD
      "There is nothing to evaluate; give interactive, coco, panoptic or semantic, and see semantic-sam evaluate --help."
=======
      "There is nothing to evaluate; give coco, panoptic, semantic or interactive, and see semantic-sam evaluate --help."
>>>>>>> readers
    )
  }
}
