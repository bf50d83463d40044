import Foundation
import Testing

@testable import SemanticSAMCore

/// The gradients of the parts of the `default` network that the reference does not have, against their definitions in f64.
@Suite struct RefinementGradientTests {
  /// Ordinary boxes, one with cells below the floor, and one smaller than the least size, whose centre is in no row: there
  /// the prior bends within a step of the differences.
  @Test(arguments: [(5, 7), (9, 33), (1, 1)])
  func maskPrior(height: Int, width: Int) {
    var random = DoubleGenerator(seed: 17)
    let boxes: GradientInput = (
      [4, 4], [0.5, 0.45, 0.6, 0.7, 0.31, 0.62, 0.153, 0.21, 0.9, 0.2, 0.83, 0.41, 0.2, 0.73, 0.43, 3e-5]
    )
    let floor = -3.0
    checkGradient(
      "\(height) x \(width)", inputs: [random.input([4, height, width]), boxes, ([1], [4.5])]
    ) { numbers in
      (0..<4 * height * width).map { index in
        let box = numbers[1][(index / (height * width) * 4)...].prefix(4).map { $0 }
        let y = (Double(index / width % height) + 0.5) / Double(height)
        let x = (Double(index % width) + 0.5) / Double(width)
        let dx = (x - box[0]) / (max(box[2], 1e-4) / 2)
        let dy = (y - box[1]) / (max(box[3], 1e-4) / 2)
        return numbers[0][index] + numbers[2][0] * max(1 - (dx * dx + dy * dy + 1e-12).squareRoot(), floor)
      }
    } operation: {
      var prior = MaskPrior(Configuration.MaskPrior(floor: Float(floor)))
      prior.gain = $0[2]
      return prior.added(to: $0[0], boxes: $0[1])
    }
  }

  private static func refiner(grid: Int, width: Int) -> MaskRefiner {
    MaskRefiner(
      Configuration.MaskRefiner(grid: grid, extent: 1.5, channels: width, reduced: [3, 2, 1], dilations: [1]),
      channels: 4, queryChannels: 5)
  }

  private static let boxes = Tensor(
    [0.5, 0.4, 0.3, 0.6, 0.2, 0.7, 0.5, 0.4, 0.6, 0.5, 0.1, 0.9], shape: [3, 4])

  /// What the quality head reads, but for the counts, which jump.
  @Test(arguments: [(4, 3), (7, 16), (17, 17)])
  func statistics(grid: Int, width: Int) {
    let refiner = Self.refiner(grid: grid, width: width)
    let cells = grid * grid
    var random = DoubleGenerator(seed: 19)
    let inputs = [
      random.input([3, grid, grid, 1], in: -3...3, kinks: [-1, 0, 1]), random.input([3, grid, grid, width]),
      random.input([3, 5]),
    ]
    checkGradient("\(grid) x \(grid) x \(width)", inputs: inputs) { numbers in
      (0..<3).flatMap { mask -> [Double] in
        let logits = numbers[0][mask * cells..<(mask + 1) * cells]
        let shares = logits.map { 1 / (1 + exp(-$0)) }
        let total = shares.reduce(1e-3, +)
        func feature(_ cell: Int, _ c: Int) -> Double { numbers[1][(mask * cells + cell) * width + c] }
        func count(_ isCounted: (Double) -> Bool) -> Double { Double(logits.filter(isCounted).count) }
        let weighted = (0..<width).map { c in
          (0..<cells).reduce(0) { $0 + shares[$1] * feature($1, c) } / total
        }
        let plain = (0..<width).map { c in (0..<cells).reduce(0) { $0 + feature($1, c) } / Double(cells) }
        let box = Self.boxes.values[(4 * mask)...].prefix(4).map(Double.init)
        return weighted + plain + numbers[2][5 * mask..<5 * mask + 5] + [
          count { $0 > 0 } / Double(cells), (count { $0 > 1 } + 1) / (count { $0 > -1 } + 1),
          shares.reduce(0) { $0 + abs(2 * $1 - 1) } / Double(cells), (box[2] * box[3]).squareRoot(),
        ]
      }
    } operation: {
      refiner.statistics(logits: $0[0], features: $0[1], queries: $0[2], boxes: Self.boxes)
    }
  }

  /// The maps' way into the refiner is that of sampling; the channels of geometry give nothing back.
  @Test func inputChannels() {
    let refiner = Self.refiner(grid: 5, width: 4)
    let clicks = Tensor([0.5, 0.4, .nan, .nan, 0.3, 0.3], shape: [3, 2])
    var random = DoubleGenerator(seed: 23)
    let maps = [random.input([9, 7, 3]), random.input([5, 4, 2]), random.input([3, 2, 1])]
    let coarse = Tensor(random.doubles(75).map(Float.init), shape: [3, 5, 5, 1])
    let empty = refiner.inputChannels(
      maps: maps.map { Tensor(repeating: 0, shape: $0.shape) }, coarse: coarse, boxes: Self.boxes, clicks: clicks
    ).values
    checkGradient("channels", inputs: maps) { numbers in
      var result = empty.map(Double.init)
      var first = 0
      for (map, values) in zip(maps, numbers) {
        let channels = map.shape[2]
        for cell in 0..<75 {
          func taps(_ axis: Int, _ place: Int, _ size: Int) -> (Int, Double) {
            let box = Self.boxes.values[(cell / 25 * 4)...].prefix(4).map(Double.init)
            let t = ((Double(place) + 0.5) / 5 - 0.5) * 1.5
            let at = min(max((box[axis] + t * box[2 + axis]) * Double(size) - 0.5, 0), Double(size - 1))
            return (Int(at), at - at.rounded(.down))
          }
          let (y, lower) = taps(1, cell / 5 % 5, map.shape[0])
          let (x, right) = taps(0, cell % 5, map.shape[1])
          for c in 0..<channels {
            for (row, column, share) in [
              (y, x, (1 - lower) * (1 - right)), (y, x + 1, (1 - lower) * right), (y + 1, x, lower * (1 - right)),
              (y + 1, x + 1, lower * right),
            ] where share > 0 {
              result[cell * 11 + first + c] += share * values[(row * map.shape[1] + column) * channels + c]
            }
          }
        }
        first += channels
      }
      return result
    } operation: {
      refiner.inputChannels(maps: $0, coarse: coarse, boxes: Self.boxes, clicks: clicks)
    }
  }
}
