import ArgumentParser
import SemanticSAMCore

/// The network of weights that do not say it.
struct NetworkOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network, where weights do not name it and are none of the published checkpoints: tiny, swinT, swinL, "
        + "openseedSwinT or openseedSwinLDecoupled.",
      valueName: "network"),
    completion: .list(["tiny", "swinT", "swinL", "openseedSwinT", "openseedSwinLDecoupled"]))
  var model: String?

  func validate() throws {
    do throws(ModelError) {
      _ = try configuration()
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// The preset; `nil` without the option.
  func configuration() throws(ModelError) -> Configuration? {
    guard let model else { return nil }
    return try Configuration.preset(model)
  }
}
