import Foundation
import TensorKernels
import Testing

@testable import SemanticSAMCore

struct ElementwiseGradientTests {
  private static let sizes = [1, 3, 16, 37]

  @Test func sumsAndProducts() {
    for size in Self.sizes {
      var random = DoubleGenerator(seed: UInt64(size))
      let inputs = [random.input([2, size]), random.input([2, size])]
      checkGradient("a + b", inputs: inputs) {
        zip($0[0], $0[1]).map(+)
      } operation: {
        $0[0] + $0[1]
      }
      checkGradient("a * b", inputs: inputs) {
        zip($0[0], $0[1]).map(*)
      } operation: {
        $0[0] * $0[1]
      }
      checkGradient("a * a", inputs: [inputs[0]]) {
        $0[0].map { $0 * $0 }
      } operation: {
        $0[0] * $0[0]
      }
      checkGradient("a + row", inputs: [random.input([5, size]), random.input([size])]) { x in
        x[0].indices.map { x[0][$0] + x[1][$0 % size] }
      } operation: {
        $0[0].adding(row: $0[1])
      }
      checkGradient("scaled", inputs: [inputs[0]]) {
        $0[0].map { $0 * -2.5 }
      } operation: {
        $0[0].scaled(by: -2.5)
      }
      checkGradient("sum", inputs: [inputs[0]]) {
        [$0[0].reduce(0, +)]
      } operation: {
        $0[0].sum()
      }
      checkGradient("mean", inputs: [inputs[0]]) {
        [$0[0].reduce(0, +) / Double($0[0].count)]
      } operation: {
        $0[0].mean()
      }
    }
  }

  /// More numbers than a task has: partial sums in a fixed order.
  @Test func sumsOfMany() {
    var random = DoubleGenerator(seed: 5)
    let numbers = random.doubles(100_003).map(Float.init)
    let exact = Float(numbers.reduce(0) { $0 + Double($1) })
    #expect(abs(Tensor(numbers, shape: [100_003]).sum().values[0] - exact) <= 2 * exact.ulp)
  }

  @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
  func activations(activation: Activation) {
    for size in Self.sizes {
      var random = DoubleGenerator(seed: UInt64(size))
      let input = random.input([size], in: -8...8, kinks: [0, 6])
      checkGradient("\(size)", inputs: [input]) {
        $0[0].map { Definition.activate($0, activation) }
      } operation: {
        $0[0].activated(by: activation)
      }
    }
  }

  @Test func sigmoids() {
    for size in Self.sizes {
      var random = DoubleGenerator(seed: UInt64(size))
      checkGradient("sigmoid", inputs: [random.input([size], in: -9...9)]) {
        $0[0].map { 1 / (1 + exp(-$0)) }
      } operation: {
        $0[0].sigmoid()
      }
      // Outside 0...1, within a clamped factor, and between.
      checkGradient("inverse", inputs: [random.input([size], in: -0.3...1.3, kinks: [0, 0.1, 0.9, 1])]) {
        $0[0].map { x in
          let x = min(max(x, 0), 1)
          return log(max(x, 0.1) / max(1 - x, 0.1))
        }
      } operation: {
        $0[0].inverseSigmoid(epsilon: 0.1)
      }
    }
  }

  /// What text encoders and heads on texts are made of.
  @Test func piecesOfTextEncoders() {
    for size in Self.sizes {
      var random = DoubleGenerator(seed: UInt64(size))
      checkGradient("quickGELU", inputs: [random.input([size], in: -5...5)]) {
        $0[0].map { $0 / (1 + exp(-1.702 * $0)) }
      } operation: {
        $0[0].quickGELU()
      }
      checkGradient("exponential factor", inputs: [random.input([2, size]), random.input([1])]) { x in
        x[0].map { $0 * exp(x[1][0]) }
      } operation: {
        $0[0].scaled(byExponentialOf: $0[1])
      }
      // Rows of which some are shorter than `least`.
      for (least, addend) in [(0, 0), (0, 0.25), (0.5 * Double(size).squareRoot(), 0)] where size > 1 || addend > 0 {
        checkGradient("normalized, \(least), \(addend)", inputs: [random.input([7, size], kinks: [0])], bound: 2e-5) {
          x in
          stride(from: 0, to: 7 * size, by: size).flatMap { start -> [Double] in
            let row = x[0][start..<start + size]
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return row.map { $0 / (max(length, least) + addend) }
          }
        } operation: {
          $0[0].normalizedRows(least: Float(least), addend: Float(addend))
        }
      }
    }
  }

  /// The bounds of a clamp pass the gradient, as PyTorch's `clamp` has it.
  @Test func boundsOfAClampPass() {
    let tape = Tape()
    let x = tape.watching(Tensor([0, 0.25, 0.75, 1, -0.5, 1.5], shape: [6]))
    let gradient = tape.gradients(of: x.inverseSigmoid(epsilon: 0.25).sum())[x]
    let inside = 16 / Float(3)
    #expect(gradient?.values == [1, inside, inside, 1, 0, 0])
  }

  @Test func shapes() {
    var random = DoubleGenerator(seed: 9)
    let x = random.input([4, 3, 2])
    checkGradient("reshaped", inputs: [x]) {
      $0[0]
    } operation: {
      $0[0].reshaped(to: [2, 12])
    }
    checkGradient("rows", inputs: [x]) {
      Array($0[0][6..<18])
    } operation: {
      $0[0].rows(1..<3)
    }
    checkGradient("transposed", inputs: [x]) { x in
      (0..<24).map { x[0][$0 / 6 * 6 + $0 % 3 * 2 + $0 % 6 / 3] }
    } operation: {
      $0[0].transposed(blocks: 4, rows: 3, columns: 2)
    }
    checkGradient("concatenated", inputs: [x, random.input([1, 3, 2])]) {
      $0[0] + $0[1] + $0[0]
    } operation: {
      Tensor.concatenated([$0[0], $0[1], $0[0]])
    }
    let rows = [3, 0, 3, 3, 1]
    checkGradient("gathered", inputs: [x]) { x in
      rows.flatMap { x[0][$0 * 6..<($0 + 1) * 6] }
    } operation: {
      $0[0].gathered(rows: rows)
    }
  }
}
