import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct EvaluateGranularity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "granularity",
    abstract: "Measure how well the six masks of a click cover all annotated masks under it.",
    usage: "semantic-sam evaluate granularity --data <name=path> [<options>]",
    discussion: """
      Clicks the pixel of each region that lies deepest inside, crowds excepted. All regions that contain the click are \
      its targets; masks and targets are assigned one to one so that the sum of their intersections over union is \
      largest, and the mean over all pairs is printed; beside it what six discs around the click reach.

      The built-in weights on masks in the form of SA-1B:
        semantic-sam evaluate granularity --data sa1b=/data/sa1b
      """)

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @OptionGroup(title: "Objects") var objects: ObjectOptions

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup var report: ReportOptions

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
  ) throws(ModelError) -> GranularityEvaluation {
    try GranularityEvaluation(
      dataset, objects: objects.rule(orElse: .all), progress: progress
    ) { task throws(ModelError) in try task.answers(of: model, self.model) }
  }
}
