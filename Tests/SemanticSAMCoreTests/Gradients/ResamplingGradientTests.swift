import Foundation
import Testing

@testable import SemanticSAMCore

/// The gradients of resizing and of sampling over boxes against their definitions in f64.
@Suite struct ResamplingGradientTests {
  /// Where bilinear interpolation reads at coordinate `at` of `size` cells: two cells and the share of the second.
  private static func taps(_ at: Double, _ size: Int) -> (Int, Int, Double) {
    let clamped = min(max(at, 0), Double(size - 1))
    let first = Int(clamped)
    return (first, min(first + 1, size - 1), clamped - Double(first))
  }

  /// Reads `map` `[_, width, channels]`, from number `start` on, at a place given by its taps.
  private static func sample(
    _ map: [Double], start: Int, width: Int, channels: Int, row: (Int, Int, Double), column: (Int, Int, Double)
  ) -> [Double] {
    (0..<channels).map { c in
      func cell(_ y: Int, _ x: Int) -> Double { map[start + (y * width + x) * channels + c] }
      let upper = cell(row.0, column.0) * (1 - column.2) + cell(row.0, column.1) * column.2
      let lower = cell(row.1, column.0) * (1 - column.2) + cell(row.1, column.1) * column.2
      return upper * (1 - row.2) + lower * row.2
    }
  }

  private static func resized(
    _ map: [Double], height: Int, width: Int, channels: Int, to newHeight: Int, _ newWidth: Int
  ) -> [Double] {
    (0..<newHeight).flatMap { y in
      (0..<newWidth).flatMap { x in
        sample(
          map, start: 0, width: width, channels: channels,
          row: taps((Double(y) + 0.5) * Double(height) / Double(newHeight) - 0.5, height),
          column: taps((Double(x) + 0.5) * Double(width) / Double(newWidth) - 0.5, width))
      }
    }
  }

  /// Larger, smaller, both, the same size, from one cell and to one.
  @Test(arguments: [
    (3, 4, 5, 6, 8), (7, 5, 17, 3, 4), (2, 9, 3, 9, 2), (5, 5, 1, 5, 5), (1, 1, 2, 4, 3), (6, 4, 3, 1, 1),
    (9, 2, 33, 20, 5),
  ])
  func resizing(height: Int, width: Int, channels: Int, newHeight: Int, newWidth: Int) {
    var random = DoubleGenerator(seed: 11)
    let map = random.input([height, width, channels])
    let addend = random.input([newHeight, newWidth, channels])
    let label = "\(height) x \(width) to \(newHeight) x \(newWidth)"
    checkGradient(label, inputs: [map]) {
      Self.resized($0[0], height: height, width: width, channels: channels, to: newHeight, newWidth)
    } operation: {
      $0[0].resized(height: newHeight, width: newWidth)
    }
    checkGradient("\(label), added", inputs: [map, addend]) { numbers in
      zip(
        Self.resized(numbers[0], height: height, width: width, channels: channels, to: newHeight, newWidth),
        numbers[1]
      ).map { $0 + $1 }
    } operation: {
      $0[0].resized(adding: $0[1])
    }
  }

  /// Boxes inside, across the border, outside, and of no size; one map for all and one for each.
  @Test(arguments: [
    (9, 11, 16, 4, false), (17, 6, 3, 5, false), (6, 7, 1, 4, true), (1, 1, 5, 3, false), (10, 3, 2, 7, true),
  ])
  func sampling(height: Int, width: Int, channels: Int, grid: Int, oneMapPerBox: Bool) {
    let boxes: [Float] = [
      0.5, 0.4, 0.3, 0.6, 0.1, 0.9, 0.5, 0.4, 1.7, 0.5, 0.2, 0.2, 0.3, 0.3, 0, 0, 0.55, 0.5, 0.7, 0.2,
    ]
    let count = boxes.count / 4
    let extent: Float = 1.5
    var random = DoubleGenerator(seed: 13)
    let shape = [height, width, channels]
    checkGradient(
      "\(height) x \(width)", inputs: [random.input(oneMapPerBox ? [count] + shape : shape)]
    ) { numbers in
      (0..<count).flatMap { index in
        (0..<grid * grid).flatMap { cell in
          func taps(_ axis: Int, _ place: Int, _ size: Int) -> (Int, Int, Double) {
            let t = ((Double(place) + 0.5) / Double(grid) - 0.5) * Double(extent)
            let location = Double(boxes[4 * index + axis]) + t * Double(boxes[4 * index + 2 + axis])
            return Self.taps(location * Double(size) - 0.5, size)
          }
          return Self.sample(
            numbers[0], start: oneMapPerBox ? index * height * width * channels : 0, width: width,
            channels: channels, row: taps(1, cell / grid, height), column: taps(0, cell % grid, width))
        }
      }
    } operation: {
      $0[0].sampled(
        boxes: Tensor(boxes, shape: [count, 4]), grid: grid, extent: extent, oneMapPerBox: oneMapPerBox)
    }
  }
}
