import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct DatasetVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find every broken record of a data set; exit with 1 where there is one.",
    usage: "semantic-sam dataset verify --data <name=path> [<options>]",
    discussion:
      "Annotations are decoded and photographs opened. Each broken record is one line: the file, the record, why.")

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @Flag(help: "Read the headers of the photographs only: faster, and photographs that end early are not found.")
  var headersOnly = false

  @OptionGroup var report: ReportOptions

  func run() throws {
    try report.check()
    var opening: [ModelError] = []
    let dataset = try dataset.load { opening.append($0) }
    let progress = report.messages.progress(dataset.name)
    let result = try verify(dataset, opening) { progress?.show($0, of: .verifying) }
    progress?.clear()
    let lines =
      result.problems + [
        "\(result.name): \(result.images) images with \(result.regions) regions, \(result.problems.count) broken records"
      ]
    try report.write(json: result.encoded(), table: lines.joined(separator: "\n") + "\n")
    guard result.problems.isEmpty else {
      throw ModelError(
        .malformedFile,
        "\(result.name) has \(result.problems.count) broken records; mend them or get another copy of their files.")
    }
  }

  private func verify(
    _ dataset: some Dataset, _ problems: [ModelError], progress: (Double) -> Void
  ) throws(ModelError) -> DatasetVerification {
    try DatasetVerification(
      dataset, depth: headersOnly ? .headers : .pixels, problems: problems, progress: progress)
  }
}
