import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct EvaluateInteractive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interactive",
    abstract: "Measure what one click, or a box, on each annotated object gives.",
    usage: "semantic-sam evaluate interactive --data <name=path> [<options>]",
    discussion: """
      Clicks the pixel of each object that lies deepest inside, asks for the box of its mask, and prints the mean \
      intersection over union: of the best of the six masks (oracle), of the one with the highest predicted IoU (max), \
      and of the answer to the box; beside them what shapes reach that know the click or the box alone. Objects are the \
      regions with a mask and an area above 400, crowds excepted; in the reference's protocol all of them.

      The built-in weights on COCO:
        semantic-sam evaluate interactive --data coco=/data/coco --split val2017
      On the parts of a data set:
        semantic-sam evaluate interactive --data pascal_part_json=/data/parts \\
          --minimum-pixels 100
      """)

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @OptionGroup(title: "Objects") var objects: ObjectOptions

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "plain: masks at the photograph's size, the click in its pixel's centre; reference: as the published evaluation, "
        + "every object, at a short side of 800 pixels and without boxes.",
      valueName: "plain|reference"))
  var variant = ClickProtocol.Variant.plain

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
  ) throws(ModelError) -> InteractiveEvaluation {
    let usual = variant == .plain ? ClickProtocol.plain.objects : ClickProtocol.reference.objects
    let rules = ClickProtocol(
      variant, objects: objects.rule(orElse: usual), boxRanking: .init(for: model.configuration))
    return try InteractiveEvaluation(dataset, rules, progress: progress) { task throws(ModelError) in
      try task.answers(of: model, self.model)
    }
  }
}

extension ClickProtocol.Variant: ExpressibleByArgument {}
