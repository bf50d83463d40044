import Foundation
import Testing

struct HelpTests {
  /// Docs/CommandLine.md shows the help of each subcommand as it is printed.
  @Test(arguments: [
    ["--help"], ["segment", "--help"], ["generate", "--help"], ["fit", "--help"],
    ["evaluate", "interactive", "--help"],
    ["evaluate", "granularity", "--help"], ["evaluate", "clicks", "--help"], ["evaluate", "coco", "--help"],
    ["evaluate", "panoptic", "--help"], ["evaluate", "semantic", "--help"], ["dataset", "inspect", "--help"],
    ["dataset", "verify", "--help"], ["train", "run", "--help"], ["train", "plot", "--help"],
    ["train", "recipe", "--help"], ["panoptic", "--help"],
    ["instances", "--help"], ["semantic", "--help"], ["parts", "--help"], ["evaluate", "generic", "--help"],
    ["convert", "--help"], ["info", "--help"],
  ])
  func helpIsThatOfTheDocumentation(_ arguments: [String]) throws {
    let page = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Docs/CommandLine.md")
        .standardized, encoding: .utf8)
    let outcome = try Command.run(arguments)
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    var help = outcome.text
    while help.last == "\n" { help.removeLast() }
    #expect(page.contains("```\n\(help)\n```\n"), "\(help)")
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let other = try Command.run(["help"] + arguments.dropLast())
    #expect(other.text == outcome.text)
  }

  @Test func versionIsANumber() throws {
    let outcome = try Command.run(["--version"])
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    #expect(outcome.text == "0.1.0\n")
    let changelog = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../CHANGELOG.md")
        .standardized, encoding: .utf8)
    #expect(changelog.contains("## [0.1.0]"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsNameEveryOption(_ shell: String) throws {
    let outcome = try Command.run(["--generate-completion-script", shell])
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    for option in [
      "point", "negative-point", "box", "prompts", "output", "contact-sheet", "cutout", "json", "levels", "checkpoint",
      "model", "dtype", "threads", "long-edge", "quiet",
      "points-per-side", "iou-threshold", "crop-layers", "minimum-area", "joint",
    ] { #expect(outcome.text.contains(option)) }
  }
}
