import SemanticSAMCore
import SemanticSAMHeads

/// Guesses the mean colour of a mask from what the backbone sees of it.
struct ColourHead: Head {
  var map: Linear

  init(features: Int) {
    map = Linear(inputs: features, outputs: 3)
  }

  /// The names of the parameters: the checkpoint has them as `heads.colour.map.weight` and so on.
  mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("map", &map)
  }

  var input: HeadInput { .regions }

  /// Red, green and blue in 0...1, `[masks, 3]`.
  func callAsFunction(_ features: Tensor) -> Tensor {
    map(features)
  }

  /// The mean square of the difference from the true colours, `[masks, 3]`.
  func loss(_ output: Tensor, _ colours: Tensor) throws(ModelError) -> Tensor {
    let difference = zip(output.values, colours.values).map { $0 - $1 }
    let square = difference.reduce(0) { $0 + $1 * $1 } / Float(difference.count)
    // A tape that follows the output asks for the way back of the gradient.
    return Tensor([square], shape: [1]).recorded(from: [output]) { gradient in
      let scale = 2 * gradient.values[0] / Float(difference.count)
      return [Tensor(difference.map { $0 * scale }, shape: [difference.count / 3, 3])]
    }
  }

  /// A linear head needs no training steps.
  mutating func fit(_ features: Tensor, colours: Tensor) throws(ModelError) {
    let fit = try LinearFit(features, targets: colours)
    map.weight.values = fit.weights
    map.bias = fit.bias
  }
}
