import ArgumentParser
import SemanticSAMCore

struct TrainRecipe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print a recipe as JSON, to start one of your own from.",
    usage: "semantic-sam train recipe <name|file.json>")

  @Argument(
    help: ArgumentHelp(
      Recipe.presets.map(\.name).joined(separator: ", ") + ", or a file to check.", valueName: "name|file.json"))
  var name: String

  func run() throws {
    try Output.write(try TrainRun.recipe(name).json() + [UInt8(ascii: "\n")])
  }
}
