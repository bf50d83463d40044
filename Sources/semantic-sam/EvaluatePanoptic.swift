import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

struct EvaluatePanoptic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "panoptic",
    abstract:
      "Measure the panoptic quality of predicted segments: PQ, SQ and RQ of all, things, stuff and each category.",
    usage: """
      semantic-sam evaluate panoptic --annotations <a.json> --masks <folder>
        --predictions <p.json> --predicted-masks <folder> [<options>]
      """,
    discussion:
      "Truth and predictions have COCO's panoptic form: JSON, and a PNG a picture with id = R + 256 G + 65536 B.")

  @Option(help: ArgumentHelp("The JSON of the truth.", valueName: "a.json"))
  var annotations: String

  @Option(help: ArgumentHelp("The folder with the PNG files of the truth.", valueName: "folder"))
  var masks: String

  @Option(help: ArgumentHelp("The JSON of the predictions.", valueName: "p.json"))
  var predictions: String

  @Option(help: ArgumentHelp("The folder with the PNG files of the predictions.", valueName: "folder"))
  var predictedMasks: String

  @OptionGroup var report: ReportOptions

  func run() throws {
    try report.check()
    let truth = try PanopticDocument(contentsOf: annotations)
    let prediction = try PanopticDocument(contentsOf: predictions)
    let surplus = Set(prediction.annotations.map(\.imageID)).subtracting(truth.annotations.map(\.imageID))
    if !surplus.isEmpty {
      report.messages.note(
        "\(surplus.count) predicted pictures are not in '\(annotations)' and are left out, the first of them image "
          + "\(surplus.sorted()[0]).")
    }
    let progress = report.messages.progress(predictions)
    let quality = try PanopticQuality(
      truth: truth, prediction: prediction,
      truthMap: { (annotation) throws(ModelError) in
        try LabelImage(contentsOf: masks + "/" + annotation.fileName)
      },
      predictionMap: { (annotation) throws(ModelError) in
        try LabelImage(contentsOf: predictedMasks + "/" + annotation.fileName)
      },
      progress: { progress?.show($0, of: .evaluating) })
    progress?.clear()
    try report.write(json: quality.encoded(), table: quality.table)
  }
}
