import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct EvaluateCOCO: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coco",
    abstract: "Average precision and recall of masks or boxes, with the numbers of pycocotools.",
    usage: """
      semantic-sam evaluate coco --annotations <file> --results <file>
        [<options>]
      """,
    discussion: """
      The annotations have the form of COCO; the results are a list of {"image_id", "category_id", "score", \
      "segmentation" or "bbox"}. Without --json - a table is printed.

      Parts of PASCAL Part, with the means over known and novel objects:
        semantic-sam evaluate coco --annotations parts.json --results found.json \\
          --unseen bus,dog
      """)

  @Option(help: ArgumentHelp("The true regions, a JSON file in the form of COCO.", valueName: "file"))
  var annotations: String

  @Option(help: ArgumentHelp("The found regions, a JSON file in the form of COCO's results.", valueName: "file"))
  var results: String

  @Option(help: "What is measured: segm (masks) or bbox (boxes).")
  var type: COCOTask = .segm

  @Flag(help: "Put all categories together.")
  var classAgnostic = false

  @Option(
    help: ArgumentHelp(
      "Part AP: also the means of AP over the categories of these names, and over all others; bus stands for bus:wheel "
        + "and all its parts.",
      valueName: "names"))
  var unseen: NameList?

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if classAgnostic, unseen != nil {
      throw ValidationError("--class-agnostic leaves no category for --unseen; give one of them.")
    }
  }

  func run() throws {
    try report.check()
    let truth = try COCOAnnotations(contentsOf: annotations)
    let groups = try unseen.map { try PartGroups(unseen: $0.names, categories: truth.categories, path: annotations) }
    let found = try COCOResults(contentsOf: results, for: truth)
    let progress = report.messages.progress(results)
    let evaluation = try COCOAveragePrecision(
      task: type, annotations: truth, results: found, isClassAgnostic: classAgnostic
    ) { progress?.show($0, of: .evaluating) }
    progress?.clear()
    let means = groups.map { PartPrecision(evaluation, $0) }
    try report.write(
      json: try COCOEvaluationDocument(evaluation, parts: means).encoded(),
      table: evaluation.table + (means.map { "\n" + $0.table } ?? ""))
  }
}

extension COCOTask: ExpressibleByArgument {}

/// Names, as in "bus,dog".
struct NameList: ExpressibleByArgument {
  var names: [String]

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains("") else { return nil }
    self.names = names
  }
}
