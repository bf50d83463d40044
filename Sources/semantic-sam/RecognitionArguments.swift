import ArgumentParser

/// What `panoptic`, `instances`, `semantic` and `parts` have in common.
struct RecognitionArguments: ParsableArguments {
  /// The beginning of their explanations.
  static let about = """
    The built-in weights look with a grid of clicks and name the masks by their own names, or by those that a sentence \
    encoder reads. Weights of OpenSeeD find things by themselves.
    """

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

  /// - Parameter maps: the PNG of a map, or for a folder the folder for such files.
  func run(_ task: RecognitionRun.Task, maps: String? = nil) throws {
    try RecognitionRun(
      task: task, path: image, files: files, maps: maps, vocabulary: vocabulary, settings: settings, model: model,
      messages: Messages(isQuiet: quiet)
    ).run()
  }
}
