import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct DatasetInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Count what a data set holds: images, regions, categories, sizes, nesting.",
    usage: "semantic-sam dataset inspect --data <name=path> [<options>]")

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @Option(help: ArgumentHelp("A picture of some samples with their regions drawn.", valueName: "file.png"))
  var picture: String?

  @Option(help: "How many samples the picture shows.")
  var samples = 6

  @OptionGroup var report: ReportOptions

  func validate() throws {
    if let picture, !picture.lowercased().hasSuffix(".png") {
      throw ValidationError("Pictures are written as PNG; give '\(picture)' a name that ends in .png.")
    }
    guard (1...24).contains(samples) else {
      throw ValidationError("--samples \(samples) is not within 1 to 24; give the number of samples to draw.")
    }
  }

  func run() throws {
    try report.check()
    let messages = report.messages
    let dataset = try dataset.load()
    let progress = messages.progress(dataset.name)
    let summary = try summary(of: dataset) { progress?.show($0, of: .counting) }
    progress?.clear()
    if let picture {
      let count = min(samples, dataset.count)
      // Spread over the data set.
      let panels = try (0..<count).map { place in
        try dataset.sample(at: place * dataset.count / count).panel(dataset.categories)
      }
      try SampleSheet().draw(panels).writePNG(to: picture)
      messages.note("Wrote \(picture).")
    }
    try report.write(json: summary.encoded(), table: summary.text())
  }

  private func summary(
    of dataset: some Dataset, progress: (Double) -> Void
  ) throws(ModelError) -> DatasetSummary {
    try DatasetSummary(dataset, progress: progress)
  }
}
