import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

/// The files of a recognition, for one photograph or for a folder of them.
struct RecognitionFiles: ParsableArguments {
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "The photograph with its regions in colours, their names and a legend; for a folder, the folder for such pictures.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  @Option(
    help: ArgumentHelp("The result as JSON; - writes it to standard output, without the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "The regions as polygons in the form of GeoJSON, in pixels instead of degrees.", valueName: "file"),
    completion: .file(extensions: ["json", "geojson"]))
  var polygons: String?

  func validate() throws {
    for (option, path) in [("--json", json), ("--polygons", polygons), ("--output", output)] where path == "" {
      throw ValidationError("\(option) has an empty path; give the path of a file.")
    }
  }
}
