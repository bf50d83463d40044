import SemanticSAMCore
import SemanticSAMDefaultModel
import SemanticSAMHeads
import SemanticSAMImages

/// Features of everything in a photograph, and the true mean colours.
func regions(_ path: String, _ model: SemanticSAM) throws -> (features: Tensor, colours: Tensor) {
  let image = try Image(contentsOf: path)
  let embedding = try model.encode(image)
  var options = AutomaticMaskOptions()
  options.pointsPerSide = 12
  options.includesLabels = false
  let masks = try model.automaticMasks(embedding, options: options).map(\.mask)
  let colours = masks.flatMap { mask in
    var sums = [Float](repeating: 0, count: 3)
    for (pixel, isSet) in mask.bitmap.enumerated() where isSet != 0 {
      for channel in 0..<3 { sums[channel] += Float(image.pixels[3 * pixel + channel]) / 255 }
    }
    return sums.map { $0 / Float(max(mask.area, 1)) }
  }
  return (try model.regionFeatures(of: masks, in: embedding), Tensor(colours, shape: [masks.count, 3]))
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  print("usage: CustomHead PHOTOGRAPH OTHER-PHOTOGRAPH CHECKPOINT-TO-WRITE")
  throw ModelError(.invalidArgument, "There are \(arguments.count - 1) arguments instead of three; see the line above.")
}
let model = try SemanticSAM.load(.default)
let seen = try regions(arguments[1], model)
let other = try regions(arguments[2], model)

var head = ColourHead(features: model.regionFeatureCount)
let untrained = try head.loss(head(seen.features), seen.colours).values[0]
try head.fit(seen.features, colours: seen.colours)
let fitted = try head.loss(head(seen.features), seen.colours).values[0]
print("\(seen.features.shape[0]) masks: mean square error \(untrained) before the fit, \(fitted) after it")
print(
  "\(other.features.shape[0]) masks of another photograph: \(try head.loss(head(other.features), other.colours).values[0])"
)

// The head travels in the checkpoint.
try model.write(to: arguments[3], heads: ["colour": head])
let loaded = try SemanticSAM.load(.file(arguments[3]))
let read = try loaded.head("colour", filling: ColourHead(features: loaded.regionFeatureCount))
print("read back: \(read(other.features).values == head(other.features).values ? "the same" : "another") head")
