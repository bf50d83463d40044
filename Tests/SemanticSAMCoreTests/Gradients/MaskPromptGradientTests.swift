import Testing

@testable import SemanticSAMCore

/// The gradients of the module that earlier masks enter through, against its definition in f64.
@Suite struct MaskPromptGradientTests {
  private static let masks = [
    CarriedMask(
      logits: Tensor((0..<5 * 7).map { Float($0 % 9) - 4.5 }, shape: [5, 7]), positives: [SIMD2(0.31, 0.42)],
      negatives: [SIMD2(0.7, 0.77), SIMD2(0.1, 0.93)]),
    CarriedMask(
      logits: Tensor((0..<5 * 7).map { Float(($0 * 5) % 13) * 2 - 14 }, shape: [5, 7]), positives: [], negatives: []),
  ]

  private static func module(grid: Int, channels: [Int]) -> MaskPromptEncoding {
    MaskPromptEncoding(Configuration.MaskPrompt(grid: grid, channels: channels), queryChannels: 6)
  }

  /// What a query takes: its factors times the earlier logits and the bells.
  @Test(arguments: [[2, 1], [3, 2]])
  func logits(queriesOfMasks: [Int]) {
    var random = DoubleGenerator(seed: 31)
    let count = queriesOfMasks.reduce(0, +)
    let maskOfQuery = queriesOfMasks.enumerated().flatMap { Array(repeating: $0, count: $1) }
    let features = Self.masks.map { $0.features.values.values.map(Double.init) }
    #expect(features[0].max() ?? 0 > 5)
    checkGradient(
      "\(queriesOfMasks)",
      inputs: [random.input([count, 5, 7]), random.input([count, 6]), random.input([3, 6]), random.input([3])]
    ) { numbers in
      (0..<count * 35).map { index in
        let (query, cell) = (index / 35, index % 35)
        return (0..<3).reduce(numbers[0][index]) { sum, k in
          let factor = (0..<6).reduce(numbers[3][k]) { $0 + numbers[2][6 * k + $1] * numbers[1][6 * query + $1] }
          return sum + factor * features[maskOfQuery[query]][3 * cell + k]
        }
      }
    } operation: {
      var module = Self.module(grid: 4, channels: [2])
      module.logits.weight.values = $0[2]
      module.logits.bias = $0[3]
      var start = 0
      let carried = queriesOfMasks.enumerated().map { place, count in
        defer { start += count }
        return CarriedFeatures(queries: start..<start + count, features: Self.masks[place].features)
      }
      return module.added(to: $0[0], queries: $0[1], carried)
    }
  }

  /// What is added to the queries: convolutions of stride 2 with ReLU, then a product.
  @Test(arguments: [5, 8])
  func contents(grid: Int) {
    var random = DoubleGenerator(seed: 37)
    let channels = [3, 2]
    let empty = Self.module(grid: grid, channels: channels)
    let input = empty.input(Self.masks).values.map(Double.init)
    #expect(input.allSatisfy { abs($0) <= 2.01 })
    let sides = [grid, (grid + 1) / 2, ((grid + 1) / 2 + 1) / 2]
    let features = sides[2] * sides[2] * channels[1]
    checkGradient(
      "\(grid)",
      inputs: [
        random.input([3, 7, 3, 3]), random.input([3]), random.input([2, 3, 3, 3]), random.input([2]),
        random.input([6, features]), random.input([6]),
      ]
    ) { numbers in
      (0..<2).flatMap { mask -> [Double] in
        var map = Array(input[mask * grid * grid * 7..<(mask + 1) * grid * grid * 7])
        var inputs = 7
        for layer in 0..<2 {
          let (side, output) = (sides[layer], sides[layer + 1])
          let (weights, bias) = (numbers[2 * layer], numbers[2 * layer + 1])
          map = (0..<output * output * channels[layer]).map { index in
            let (cell, channel) = (index / channels[layer], index % channels[layer])
            var sum = bias[channel]
            for tap in 0..<9 {
              let y = 2 * (cell / output) + tap / 3 - 1
              let x = 2 * (cell % output) + tap % 3 - 1
              guard (0..<side).contains(y), (0..<side).contains(x) else { continue }
              for c in 0..<inputs {
                sum += weights[(channel * inputs + c) * 9 + tap] * map[(y * side + x) * inputs + c]
              }
            }
            return max(sum, 0)
          }
          inputs = channels[layer]
        }
        return (0..<6).map { row in
          (0..<features).reduce(numbers[5][row]) { $0 + numbers[4][row * features + $1] * map[$1] }
        }
      }
    } operation: {
      var module = Self.module(grid: grid, channels: channels)
      for layer in 0..<2 {
        module.convolutions[layer].weight.values = $0[2 * layer]
        module.convolutions[layer].bias = $0[2 * layer + 1]
      }
      module.content.weight.values = $0[4]
      module.content.bias = $0[5]
      return module.contents(Self.masks)
    }
  }
}
