import ArgumentParser

struct Parts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find parts of things in a photograph, such as the head of a dog.",
    discussion: """
      The built-in weights look with a grid of clicks and name the masks by their own names, or by those that a \
      sentence encoder reads. Weights of OpenSeeD find things by themselves.

      The parts and what they belong to, and a picture of them:
        semantic-sam parts street.jpg --json results.json -o parts.png
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG, PNG or WebP photograph, or a folder of them; - reads standard input.", valueName: "image"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp"]))
  var image: String

  @OptionGroup(title: "Names") var vocabulary: VocabularyOptions

  @OptionGroup(title: "Files") var files: RecognitionFiles

  @OptionGroup(title: "Rules") var settings: RecognitionSettings

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func run() throws {
    try RecognitionRun(
      task: .parts, path: image, files: files, maps: nil, vocabulary: vocabulary, settings: settings, model: model,
      messages: Messages(isQuiet: quiet)
    ).run()
  }
}
