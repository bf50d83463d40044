import ArgumentParser
import SemanticSAMCore
import SemanticSAMDefaultModel
import TensorKernels

/// The weights and how they are run; the same for every subcommand that runs a network.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Weights to use (safetensors).",
      discussion: "Without it those of the environment variable SEMANTIC_SAM_MODEL, or else the built-in ones.",
      valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Threads to use, 1 to 256; without it as many as there are processors.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Make the photograph's long edge at most this many pixels for the network, 32 or more.",
      discussion: "Without it the checkpoint's own size rule holds.", valueName: "pixels"))
  var longEdge: Int?

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads \(threads) is not a number of threads; give 1 to 256.")
    }
  }

  func load() throws -> SemanticSAM {
    if let threads { tk_set_thread_count(Int32(threads)) }
    return try SemanticSAM.load(checkpoint.map(ModelSource.file) ?? .default)
  }
}
