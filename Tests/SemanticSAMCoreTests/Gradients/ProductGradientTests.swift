import TensorKernels
import Testing

@testable import SemanticSAMCore

struct ProductGradientTests {
  /// One row and one number, sizes around vectors and panels; ReLU's kinks are hit by no sum of these seeds.
  @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
  func linearLayers(activation: Activation) {
    for (seed, (rows, inputs, outputs)) in [(1, 1, 1), (3, 5, 1), (2, 17, 33), (7, 16, 16), (9, 3, 35)].enumerated() {
      var random = DoubleGenerator(seed: UInt64(seed))
      let input = random.input([rows, inputs])
      let weights = random.input([outputs, inputs], in: -3...3)
      let bias = random.input([outputs])
      let residual = random.input([rows, outputs])
      checkGradient("\(rows) x \(inputs) -> \(outputs)", inputs: [input, weights, bias]) {
        Definition.linear($0[0], $0[1], outputs: outputs, bias: $0[2], activation: activation)
      } operation: {
        $0[0].linear(Weights(values: $0[1]), bias: $0[2], activation: activation)
      }
      checkGradient("\(rows) x \(inputs) -> \(outputs) + residual", inputs: [input, weights, bias, residual]) {
        Definition.linear($0[0], $0[1], outputs: outputs, bias: $0[2], activation: activation, residual: $0[3])
      } operation: {
        $0[0].linear(Weights(values: $0[1]), bias: $0[2], activation: activation, residual: $0[3])
      }
    }
  }

  /// More rows than are summed at once, in parts and by themselves.
  @Test func manyRows() {
    var random = DoubleGenerator(seed: 11)
    let inputs = [random.input([700, 3]), random.input([4, 3]), random.input([4])]
    checkGradient(inputs: inputs) {
      Definition.linear($0[0], $0[1], outputs: 4, bias: $0[2])
    } operation: {
      $0[0].linear(Weights(values: $0[1]), bias: $0[2])
    }
  }

  @Test func rowsOfWeights() {
    var random = DoubleGenerator(seed: 12)
    let inputs = [random.input([5, 6]), random.input([40, 6]), random.input([40])]
    for rows in [0..<16, 16..<40, 32..<33] {
      checkGradient("\(rows)", inputs: inputs) {
        Definition.linear($0[0], $0[1], outputs: 40, bias: $0[2], rows: rows)
      } operation: {
        $0[0].linear(Weights(values: $0[1]), bias: $0[2], rows: rows)
      }
    }
  }

  @Test func productsOfRows() {
    var random = DoubleGenerator(seed: 13)
    for (m, n, k) in [(1, 1, 1), (5, 19, 7), (18, 3, 16)] {
      checkGradient("\(m) x \(n) x \(k)", inputs: [random.input([m, k]), random.input([n, k])]) {
        Definition.linear($0[0], $0[1], outputs: n)
      } operation: {
        $0[0].product(transposing: $0[1])
      }
    }
  }
}
