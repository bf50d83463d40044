import ArgumentParser

struct Parts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find parts of things in a photograph, such as the head of a dog.",
    discussion: """
      \(RecognitionArguments.about)

      The parts and what they belong to, and a picture of them:
        semantic-sam parts street.jpg --json results.json -o parts.png
      """)

  @OptionGroup var arguments: RecognitionArguments

  func run() throws {
    try arguments.run(.parts)
  }
}
