import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct TrainPlot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the curves of a training run: loss, its terms, the rate and the quality measured.",
    usage: "semantic-sam train plot <folder> [--output <file.png>]")

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "folder"), completion: .directory)
  var folder: String

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("The picture; without it curves.png in the folder of the run.", valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  func validate() throws {
    if let output, !output.lowercased().hasSuffix(".png") {
      throw ValidationError("--output writes PNG; give '\(output)' a name that ends in .png.")
    }
  }

  func run() throws {
    let log = try TrainingLog(continuing: folder + "/log.jsonl")
    guard !log.lines.isEmpty else {
      throw ModelError(
        .unreadableFile, "'\(folder)' holds no log of a training run; give the folder that 'train' wrote.")
    }
    let path = output ?? folder + "/curves.png"
    try Self.curves(log.lines).writePNG(to: path)
    Messages(isQuiet: false).note("Wrote \(path).")
  }

  /// The picture of a log.
  static func curves(_ lines: [TrainingLog.Line]) throws(ModelError) -> Image {
    typealias Curve = CurvePlot.Curve
    func curve(
      _ name: String, hasMarks: Bool = false, _ value: (TrainingLog.Line) -> Double?
    ) -> Curve {
      Curve(
        name: name, points: lines.compactMap { line in value(line).map { .init(x: Double(line.step), y: $0) } },
        hasMarks: hasMarks)
    }
    let terms = Set(lines.flatMap { ($0.terms ?? [:]).keys }).sorted()
    let measures = Set(lines.flatMap { ($0.evaluation ?? [:]).keys }).sorted()
    return try CurvePlot().draw(
      [
        .init(title: "Loss", curves: [curve("weighted sum") { $0.loss }]),
        .init(title: "Terms", curves: terms.map { name in curve(name) { $0.terms?[name] } }),
        .init(
          title: "Validation",
          curves: measures.map { name in curve(name, hasMarks: true) { $0.evaluation?[name] } }),
        .init(title: "Gradient norm", curves: [curve("before clipping") { $0.gradientNorm }]),
        .init(title: "Learning rate", curves: [curve("rate") { $0.rate }]),
      ], axis: "steps")
  }
}
