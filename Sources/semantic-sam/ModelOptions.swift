import ArgumentParser
import SemanticSAMCore
import SemanticSAMDefaultModel
import TensorKernels

/// The weights and how they are run; the same for every subcommand that runs a network.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Weights to use, safetensors or PyTorch. Without it those of the environment variable SEMANTIC_SAM_MODEL, or else "
        + "the built-in ones.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var checkpoint: String?

  @OptionGroup var network: NetworkOption

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads to use, 1 to 256; without it as many as there are processors.", valueName: "count"))
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most that the network sees of the photograph's long edge, 32 or more; without it the size of the weights.",
      valueName: "pixels"))
  var longEdge: Int?

  @Option(
    help: ArgumentHelp(
      "Numbers to compute with: float32; bfloat16, which takes half the memory and differs a little; or automatic, the "
        + "faster one on this processor.",
      valueName: "type"))
  var precision = PrecisionName.float32

  enum PrecisionName: String, CaseIterable, ExpressibleByArgument {
    case float32, bfloat16, automatic

    var precision: Precision {
      switch self {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .automatic: .automatic
      }
    }
  }

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads \(threads) is not a number of threads; give 1 to 256.")
    }
    if let longEdge, longEdge < 32 {
      throw ValidationError("--long-edge \(longEdge) is too small for a photograph; give 32 or more.")
    }
  }

  func load() throws -> SemanticSAM {
    if let threads { tk_set_thread_count(Int32(threads)) }
    return try SemanticSAM.load(
      checkpoint.map(ModelSource.file) ?? .default, configuration: try network.configuration(),
      precision: precision.precision)
  }
}
