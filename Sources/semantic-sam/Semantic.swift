import ArgumentParser

struct Semantic: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give each pixel of a photograph a name.",
    discussion: """
      The built-in weights look with a grid of clicks and name the masks by their own names, or by those that a \
      sentence encoder reads. Weights of OpenSeeD find things by themselves.

      A map of class numbers, and which names they are:
        semantic-sam semantic street.jpg --maps classes.png --json names.json
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG, PNG or WebP photograph, or a folder of them; - reads standard input.", valueName: "image"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp"]))
  var image: String

  @OptionGroup(title: "Names") var vocabulary: VocabularyOptions

  @OptionGroup(title: "Files") var files: RecognitionFiles

  @Option(
    help: ArgumentHelp(
      "Every pixel's class as PNG: the place of its name in the vocabulary, 255 for none; for a folder, the folder for such files.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var maps: String?

  @OptionGroup(title: "Rules") var settings: RecognitionSettings

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func run() throws {
    try RecognitionRun(
      task: .semantic, path: image, files: files, maps: maps, vocabulary: vocabulary, settings: settings, model: model,
      messages: Messages(isQuiet: quiet)
    ).run()
  }
}
