import Foundation
import TensorKernels
import Testing

private func layerNorm(_ rows: Int, _ channels: Int, _ x: [Float], _ w: [Float], _ b: [Float], _ epsilon: Double)
  -> [Double]
{
  (0..<rows).flatMap { r -> [Double] in
    let row = x[r * channels..<(r + 1) * channels].map(Double.init)
    let mean = row.reduce(0, +) / Double(channels)
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
    return zip(row, zip(w, b)).map { ($0 - mean) / (variance + epsilon).squareRoot() * Double($1.0) + Double($1.1) }
  }
}

private func groupNorm(
  _ positions: Int, _ channels: Int, _ groups: Int, _ x: [Float], _ w: [Float], _ b: [Float], _ epsilon: Double,
  _ activation: Activation
) -> [Double] {
  let size = channels / groups
  var result = [Double](repeating: 0, count: x.count)
  for group in 0..<groups {
    let cells = (0..<positions).flatMap { p in (0..<size).map { p * channels + group * size + $0 } }
    let mean = cells.reduce(0) { $0 + Double(x[$1]) } / Double(cells.count)
    let variance = cells.reduce(0) { $0 + (Double(x[$1]) - mean) * (Double(x[$1]) - mean) } / Double(cells.count)
    for i in cells {
      let c = i % channels
      let y = (Double(x[i]) - mean) / (variance + epsilon).squareRoot() * Double(w[c]) + Double(b[c])
      switch activation {
      case .none: result[i] = y
      case .relu: result[i] = max(y, 0)
      case .relu6: result[i] = min(max(y, 0), 6)
      case .gelu: result[i] = 0.5 * y * (1 + erf(y / 2.0.squareRoot()))
      }
    }
  }
  return result
}

extension KernelTests {
  @Suite(.serialized) struct NormTests {
    /// Every number of channels from less than a vector to more than two; more rows than a task.
    @Test func layerNormMatchesItsDefinition() {
      var random = SeededGenerator(seed: 1)
      for channels in Array(1...35) + [96, 192, 385] {
        for rows in channels % 8 == 0 ? [1, 7, 130] : [3] {
          let x = random.floats(rows * channels, in: -3...5)
          let w = random.floats(channels)
          let b = random.floats(channels)
          let expected = layerNorm(rows, channels, x, w, b, 1e-5)
          // Normalised numbers stay below sqrt(channels) in magnitude; a few roundings of that.
          let bound = 8 * unitRoundoff * (1 + Double(channels).squareRoot())
          checkKernel("\(rows) x \(channels)", expected: expected, bound: bound) {
            tk_layer_norm_f32(rows, channels, x, nil, w, b, 1e-5, $0)
          }
          checkKernel("\(rows) x \(channels) in place", expected: expected, bound: bound, over: x) {
            tk_layer_norm_f32(rows, channels, $0, nil, w, b, 1e-5, $0)
          }
        }
      }
    }

    @Test func layerNormAddsFirst() {
      var random = SeededGenerator(seed: 2)
      for channels in [5, 16, 45, 96] {
        let x = random.floats(70 * channels)
        let y = random.floats(70 * channels)
        let w = random.floats(channels)
        let b = random.floats(channels)
        let expected = layerNorm(70, channels, zip(x, y).map(+), w, b, 1e-5)
        checkKernel("\(channels)", expected: expected, bound: 1e-5) {
          tk_layer_norm_f32(70, channels, x, y, w, b, 1e-5, $0)
        }
        checkKernel("\(channels) over input", expected: expected, bound: 1e-5, over: x) {
          tk_layer_norm_f32(70, channels, $0, y, w, b, 1e-5, $0)
        }
        checkKernel("\(channels) over addend", expected: expected, bound: 1e-5, over: y) {
          tk_layer_norm_f32(70, channels, x, $0, w, b, 1e-5, $0)
        }
      }
    }

    /// A mean ten thousand times the deviation: E[x^2] - E[x]^2 in f32 would be noise.
    @Test func normsAreStableFarFromZero() {
      var random = SeededGenerator(seed: 3)
      let x = random.floats(96 * 200, in: 9999...10001)
      let w = random.floats(96)
      let b = random.floats(96)
      checkKernel("layer norm", expected: layerNorm(200, 96, x, w, b, 1e-5), bound: 3e-6) {
        tk_layer_norm_f32(200, 96, x, nil, w, b, 1e-5, $0)
      }
      checkKernel("group norm", expected: groupNorm(200, 96, 32, x, w, b, 1e-5, .none), bound: 3e-6) {
        tk_group_norm_f32(200, 96, 32, x, w, b, 1e-5, .none, $0)
      }
    }

    @Test func rowsOfEqualNumbersBecomeTheBias() {
      let bias = (0..<19).map { Float($0) - 9 }
      let x = (0..<38).map { Float($0 / 19) * 7.3 + 0.1 }
      checkKernel("layer norm", expected: (bias + bias).map(Double.init), bound: 1e-4) {
        tk_layer_norm_f32(2, 19, x, nil, [Float](repeating: 1, count: 19), bias, 1e-5, $0)
      }
    }

    /// Positions around a block and around a task, groups of one channel to all, odd tails.
    @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
    func groupNormMatchesItsDefinition(activation: Activation) {
      var random = SeededGenerator(seed: 4)
      let shapes = [
        (1, 4, 2), (31, 7, 7), (32, 12, 4), (33, 40, 8), (511, 6, 1), (513, 96, 32), (1100, 35, 5), (70, 64, 32),
      ]
      for (positions, channels, groups) in shapes {
        let x = random.floats(positions * channels, in: -2...6)
        let w = random.floats(channels, in: -3...3)
        let b = random.floats(channels)
        let expected = groupNorm(positions, channels, groups, x, w, b, 1e-5, activation)
        checkKernel("\(positions) x \(channels) / \(groups)", expected: expected, bound: 4e-6) {
          tk_group_norm_f32(positions, channels, groups, x, w, b, 1e-5, activation, $0)
        }
        checkKernel("\(positions) x \(channels) / \(groups) in place", expected: expected, bound: 4e-6, over: x) {
          tk_group_norm_f32(positions, channels, groups, $0, w, b, 1e-5, activation, $0)
        }
      }
    }

    @Test func nothingIsNormalisedToNothing() {
      checkKernel("no rows", expected: []) {
        tk_layer_norm_f32(0, 5, [], nil, [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], 1, $0)
      }
      checkKernel("no channels", expected: []) { tk_layer_norm_f32(5, 0, [], nil, [], [], 1, $0) }
      checkKernel("no positions", expected: []) { tk_group_norm_f32(0, 2, 1, [], [1, 1], [0, 0], 1, .none, $0) }
    }
  }
}
