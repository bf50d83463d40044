import ArgumentParser

struct Semantic: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give each pixel of a photograph a name.",
    discussion: """
      \(RecognitionArguments.about)

      A map of class numbers, and which names they are:
        semantic-sam semantic street.jpg --maps classes.png --json names.json
      """)

  @Option(
    help: ArgumentHelp(
      "Every pixel's class as PNG: the place of its name in the vocabulary, 255 for none; for a folder, the folder for such files.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var maps: String?

  @OptionGroup var arguments: RecognitionArguments

  func run() throws {
    try arguments.run(.semantic, maps: maps)
  }
}
