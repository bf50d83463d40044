import ArgumentParser

struct Panoptic: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give each pixel of a photograph to one thing, or to stuff such as sky.",
    discussion: """
      The built-in weights look with a grid of clicks and name the masks by their own names, or by those that a \
      sentence encoder reads. Weights of OpenSeeD find things by themselves.

      A picture with a legend, and the segments in the form of COCO:
        semantic-sam panoptic street.jpg -o segments.png --json s.json --maps m.png
      Names of your own, with OpenSeeD's weights:
        semantic-sam panoptic street.jpg --checkpoint openseed.pt \\
          --model openseedSwinT --vocabulary names.json \\
          --text-encoder bpe_simple_vocab_16e6.txt.gz -o segments.png
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
      "Every pixel's segment as PNG, id = R + 256 G + 65536 B as COCO has it; for a folder, the folder for such files.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var maps: String?

  @OptionGroup(title: "Rules") var settings: RecognitionSettings

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func run() throws {
    try RecognitionRun(
      task: .panoptic, path: image, files: files, maps: maps, vocabulary: vocabulary, settings: settings, model: model,
      messages: Messages(isQuiet: quiet)
    ).run()
  }
}
