import ArgumentParser

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Show and check annotated photographs.",
    subcommands: [DatasetInspect.self, DatasetVerify.self])

  /// Runs without a subcommand only.
  func run() throws {
    throw ValidationError("There is nothing to do; give inspect or verify, and see semantic-sam dataset --help.")
  }
}
