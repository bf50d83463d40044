import ArgumentParser
import SemanticSAMCore
import SemanticSAMDefaultModel

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describe weights: network, parameters, metadata, checksum.",
    discussion: """
      What a file of weights says about itself: its network and, as far as its maker wrote them down, training data, \
      licence and results; and how kernels run on this machine.
      """)

  @Argument(
    help: ArgumentHelp("A file of safetensors or PyTorch, or 'default': the built-in weights.", valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let source = file == "default" ? ModelSource.embedded : .file(file)
    let document = try WeightsDocument(try source.open(), name: source.name)
    try Output.write(json ? try document.encoded() : Array(WeightsText(document).text.utf8))
  }
}
