import ArgumentParser

struct Panoptic: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give each pixel of a photograph to one thing, or to stuff such as sky.",
    discussion: """
      \(RecognitionArguments.about)

      A picture with a legend, and the segments in the form of COCO:
        semantic-sam panoptic street.jpg -o segments.png --json s.json --maps m.png
      Names of your own, with OpenSeeD's weights:
        semantic-sam panoptic street.jpg --vocabulary names.json \\
          --checkpoint model_state_dict_swint_51.2ap.pt \\
          --text-encoder bpe_simple_vocab_16e6.txt.gz -o segments.png
      """)

  @Option(
    help: ArgumentHelp(
      "Every pixel's segment as PNG, id = R + 256 G + 65536 B as COCO has it; for a folder, the folder for such files.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var maps: String?

  @OptionGroup var arguments: RecognitionArguments

  func run() throws {
    try arguments.run(.panoptic, maps: maps)
  }
}
