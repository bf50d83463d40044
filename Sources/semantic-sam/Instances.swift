import ArgumentParser

struct Instances: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find things in a photograph and name them.",
    discussion: """
      \(RecognitionArguments.about)

      The things as COCO's results, and a picture of them:
        semantic-sam instances street.jpg --json results.json -o things.png
      """)

  @OptionGroup var arguments: RecognitionArguments

  func run() throws {
    try arguments.run(.instances)
  }
}
