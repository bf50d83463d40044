import TensorKernels
import Testing

@testable import SemanticSAMCore

struct NormGradientTests {
  /// At least three channels: two become -1 and 1 whatever they are, and their gradients are all but 0.
  @Test func layerNorms() {
    for (seed, (rows, channels)) in [(1, 3), (3, 5), (2, 16), (5, 37), (150, 3)].enumerated() {
      var random = DoubleGenerator(seed: UInt64(seed))
      let inputs = [
        random.input([rows, channels], in: -2...3), random.input([channels], in: 0.5...2), random.input([channels]),
        random.input([rows, channels]),
      ]
      checkGradient("\(rows) x \(channels)", inputs: Array(inputs.prefix(3))) {
        Definition.layerNorm($0[0], weight: $0[1], bias: $0[2], epsilon: 1e-5)
      } operation: {
        $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-5)
      }
      checkGradient("\(rows) x \(channels) with an addend", inputs: inputs) {
        Definition.layerNorm(zip($0[0], $0[3]).map(+), weight: $0[1], bias: $0[2], epsilon: 1e-5)
      } operation: {
        $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-5, adding: $0[3])
      }
    }
  }

  /// One channel is always its mean: nothing comes back to it.
  @Test func aRowOfOneNumber() {
    let inputs: [GradientInput] = [([3, 1], [0.5, -1, 2]), ([1], [1.5]), ([1], [0.25])]
    checkGradient(inputs: inputs) {
      Definition.layerNorm($0[0], weight: $0[1], bias: $0[2], epsilon: 1e-5)
    } operation: {
      $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-5)
    }
  }

  /// Groups of one channel, of all, and of odd sizes; more positions than a task has.
  @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
  func groupNorms(activation: Activation) {
    let shapes = [([1, 2, 4], 2), ([3, 5, 6], 1), ([2, 3, 7], 7), ([2, 4, 34], 17), ([33, 18, 2], 2)]
    for (seed, (shape, groups)) in shapes.enumerated() {
      var random = DoubleGenerator(seed: 100 + UInt64(seed))
      let inputs = [
        random.input(shape, in: -2...3), random.input([shape[2]], in: 0.5...5), random.input([shape[2]]),
      ]
      checkGradient("\(shape) / \(groups)", inputs: inputs) {
        Definition.groupNorm(
          $0[0], groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-5, activation: activation)
      } operation: {
        $0[0].groupNorm(groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-5, activation: activation)
      }
    }
  }
}
