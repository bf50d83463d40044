import ArgumentParser
import Foundation
import SemanticSAMCore
import SemanticSAMData

struct EvaluateCOCO: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coco",
    abstract: "Average precision and recall of masks or boxes, with the numbers of pycocotools.",
    discussion: """
      The annotations have the form of COCO; the results are a list of {"image_id", "category_id", "score", \
      "segmentation" or "bbox"}. Without --json - a table is printed.
      """)

  @Option(help: ArgumentHelp("The true regions, a JSON file in the form of COCO.", valueName: "file"))
  var annotations: String

  @Option(help: ArgumentHelp("The found regions, a JSON file in the form of COCO's results.", valueName: "file"))
  var results: String

  @Option(help: "What is measured: segm (masks) or bbox (boxes).")
  var type: COCOTask = .segm

  @Flag(help: "Put all categories together.")
  var classAgnostic = false

  @Option(help: ArgumentHelp("The numbers as JSON; - writes to standard output.", valueName: "file"))
  var json: String?

  @Flag(help: "Say nothing on standard error but errors.")
  var quiet = false

  func run() throws {
    let messages = Messages(isQuiet: quiet)
    let truth = try COCOAnnotations(contentsOf: annotations)
    let found = try COCOResults(contentsOf: results, for: truth)
    let progress = messages.progress(results)
    let evaluation = try COCOAveragePrecision(
      task: type, annotations: truth, results: found, isClassAgnostic: classAgnostic
    ) { progress?.show($0, of: .evaluating) }
    progress?.clear()
    let document = COCOEvaluationDocument(evaluation)
    if json == "-" {
      try Output.write(try document.encoded())
    } else {
      if let json {
        try AtomicFile.write(try document.encoded(), to: json)
        messages.note("Wrote \(json).")
      }
      try Output.write(Array(evaluation.table.utf8))
    }
  }
}

extension COCOTask: ExpressibleByArgument {}
