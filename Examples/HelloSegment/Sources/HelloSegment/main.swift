// swift run HelloSegment PHOTOGRAPH X Y
import SemanticSAMCore
import SemanticSAMDefaultModel
import SemanticSAMImages

let arguments = CommandLine.arguments
guard arguments.count == 4, let x = Double(arguments[2]), let y = Double(arguments[3]) else {
  throw ModelError(.invalidArgument, "usage: HelloSegment PHOTOGRAPH X Y")
}
let model = try SemanticSAM.load(.default)
let segmentation = try model.segment(image: Image(contentsOf: arguments[1]), prompt: .point(x, y))
for mask in segmentation {
  print("level \(mask.granularity): \(mask.displayName ?? "?"), IoU \(mask.predictedIoU), \(mask.mask.area) pixels")
}
