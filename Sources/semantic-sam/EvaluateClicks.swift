import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct EvaluateClicks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clicks",
    abstract: "Count how many clicks each annotated object needs until its mask is good.",
    usage: "semantic-sam evaluate clicks --data <name=path> [<options>]",
    discussion: """
      The first click is the pixel that lies deepest inside the object; each further one lies deepest inside what is \
      missing or what is too much, whichever is larger, and is positive or negative. Each answer is the model's best \
      mask for all clicks so far. Printed is the mean number of clicks up to an intersection over union (NoC), beside \
      it what discs around the clicks need. Objects are the regions with a mask and an area above 400, crowds excepted.

      Up to 80, 85 and 90 %:
        semantic-sam evaluate clicks --data coco=/data/coco --thresholds 80,85,90
      """)

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @OptionGroup(title: "Objects") var objects: ObjectOptions

  @Option(help: ArgumentHelp("Intersections over union in percent, such as 80,85,90.", valueName: "percents"))
  var thresholds = Percents(values: [80, 85, 90])

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Clicks on an object at most, 1 to 100; as many count where a threshold is not reached.", valueName: "count"))
  var limit = 20

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard (1...100).contains(limit) else {
      throw ValidationError("--limit \(limit) is not a number of clicks; give 1 to 100.")
    }
  }

  func run() throws {
    try report.check()
    let dataset = try self.dataset.load()
    let model = try self.model.load()
    let progress = report.messages.progress(dataset.name)
    let evaluation = try evaluate(dataset, model) { progress?.show($0, of: .evaluating) }
    progress?.clear()
    try report.write(json: try evaluation.encoded(), table: evaluation.table)
  }

  private func evaluate(
    _ dataset: some Dataset, _ model: SemanticSAM, progress: @escaping ProgressHandler
  ) throws(ModelError) -> ClickEvaluation {
    try ClickEvaluation(
      dataset, objects: objects.rule(orElse: ClickProtocol.plain.objects),
      thresholds: thresholds.values.map { $0 / 100 }, limit: limit, progress: progress,
      begin: { task throws(ModelError) in (try task.encoded(by: model, self.model), ClickMemory()) },
      answer: { photograph, clicks throws(ModelError) in
        let masks = try model.bestMasks(photograph.0, clicks: clicks, remembering: &photograph.1)
        return try masks.map { mask throws(ModelError) in
          guard let mask else { throw ModelError(.unsupported, "The weights gave no mask for a click; use others.") }
          return mask
        }
      })
  }
}

/// Percents, as in "80,85,90".
struct Percents: ExpressibleByArgument {
  var values: [Double]

  init(values: [Double]) {
    self.values = values
  }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Double($0) }.filter { $0 > 0 && $0 <= 100 }
    guard !values.isEmpty, values.count == parts.count, Set(values).count == values.count else { return nil }
    self.values = values
  }

  var defaultValueDescription: String {
    values.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",")
  }
}
