import ArgumentParser
import SemanticSAMCore

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn a PyTorch checkpoint into safetensors that name their network.",
    usage: "semantic-sam convert [<options>] <in> <out>",
    discussion: """
      Checks that the weights are those of the network, then writes them with its configuration (among it which token \
      answers which level, prompt kinds, a click's size, whether boxes were trained), so that the result needs no --model.

      The published Swin-T weights:
        semantic-sam convert swint_only_sam_many2many.pth swinT.safetensors \\
          --model swinT
      """)

  @Argument(
    help: ArgumentHelp("Weights: a PyTorch checkpoint or safetensors.", valueName: "in"),
    completion: .file(extensions: ["pth", "pt", "safetensors"]))
  var input: String

  @Argument(
    help: ArgumentHelp("The safetensors file to write.", valueName: "out"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @OptionGroup var network: NetworkOption

  @Option(
    help: ArgumentHelp(
      "The type of matrices and kernels: f32, bf16 or f16; vectors stay f32. Without it all numbers keep their type.",
      valueName: "type"))
  var dtype: NumberType?

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  enum NumberType: String, ExpressibleByArgument {
    case f32, bf16, f16

    var elementType: Safetensors.ElementType {
      switch self {
      case .f32: .float32
      case .bf16: .bfloat16
      case .f16: .float16
      }
    }
  }

  func run() throws {
    if let identity = FileIdentity(output), identity == FileIdentity(input) {
      throw ValidationError("The output '\(output)' would replace the input; give another file.")
    }
    try FileIdentity.checkWritable(output)
    try SemanticSAM.convert(
      .file(input), configuration: try network.configuration(), to: output, matricesAs: dtype?.elementType)
    Messages(isQuiet: quiet).note("Wrote \(output).")
  }
}
