import SemanticSAMCore
import SemanticSAMDefaultModel
import SemanticSAMImages
let arguments = CommandLine.arguments
if arguments.count == 4, let x = Double(arguments[2]), let y = Double(arguments[3]) {
  let model = try SemanticSAM.load(.default)
  for candidate in try model.segment(image: Image(contentsOf: arguments[1]), prompt: .point(x, y)) {
    let name = candidate.displayName.map { "\($0.name) \($0.probability)" } ?? "no name"
    print("\(candidate.granularity): IoU \(candidate.predictedIoU), \(candidate.area) pixels, \(name)")
  }
} else {
  print("usage: HelloSegment PHOTOGRAPH X Y")
}
