import Foundation
import TensorKernels
import Testing

/// Random inputs of deformable attention and its formula in f64.
private struct DeformableCase {
  let queries: Int, heads: Int, headSize: Int, points: Int, referenceSize: Int
  let shapes: [LevelShape]
  let value: [Float], offsets: [Float], logits: [Float], reference: [Float]
  let padding: Int

  init(
    queries: Int, heads: Int, headSize: Int, points: Int, referenceSize: Int, shapes: [(Int, Int)], reach: Float = 4,
    padding: Int = 0
  ) {
    self.queries = queries
    self.heads = heads
    self.headSize = headSize
    self.points = points
    self.referenceSize = referenceSize
    self.padding = padding
    self.shapes = shapes.map { LevelShape(height: $0.0, width: $0.1) }
    var random = SeededGenerator(seed: 31)
    let samples = heads * shapes.count * points
    value = random.floats(shapes.reduce(0) { $0 + $1.0 * $1.1 } * heads * headSize)
    offsets = random.floats(queries * (samples * 2 + padding), in: -reach...reach)
    logits = random.floats(queries * (samples + padding), in: -3...3)
    reference = random.floats(queries * referenceSize, in: 0...1)
  }

  func run(_ output: UnsafeMutablePointer<Float>) {
    let samples = heads * shapes.count * points
    tk_deformable_attention_f32(
      queries, heads, headSize, shapes.count, shapes, points, value, offsets, samples * 2 + padding, logits,
      samples + padding, reference, referenceSize, output)
  }

  var expected: [Double] {
    let samples = shapes.count * points
    let width = heads * headSize
    var result = [Double](repeating: 0, count: queries * width)
    for q in 0..<queries {
      for h in 0..<heads {
        let row = q * (heads * samples + padding) + h * samples
        let exponentials = logits[row..<row + samples].map { exp(Double($0)) }
        let total = exponentials.reduce(0, +)
        var start = 0
        for (level, shape) in shapes.enumerated() {
          for p in 0..<points {
            let sample = level * points + p
            let offset = q * (heads * samples * 2 + padding) + (h * samples + sample) * 2
            func pixel(_ axis: Int, _ size: Int) -> Double {
              let centre = Double(reference[q * referenceSize + axis])
              let cells = Double(offsets[offset + axis])
              let location =
                referenceSize == 2
                ? centre + cells / Double(size)
                : centre + cells / Double(points) * Double(reference[q * referenceSize + 2 + axis]) * 0.5
              return location * Double(size) - 0.5
            }
            let x = pixel(0, shape.width)
            let y = pixel(1, shape.height)
            for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
              let row = floor(y) + Double(i)
              let column = floor(x) + Double(j)
              guard row >= 0, column >= 0, row < Double(shape.height), column < Double(shape.width) else { continue }
              let share = (1 - abs(x - column)) * (1 - abs(y - row)) * exponentials[sample] / total
              let cell = (start + Int(row) * shape.width + Int(column)) * width + h * headSize
              for c in 0..<headSize { result[q * width + h * headSize + c] += share * Double(value[cell + c]) }
            }
          }
          start += shape.height * shape.width
        }
      }
    }
    return result
  }

  /// A pixel's coordinate is rounded to half a unit of its size a few times, and a value changes by 2 a pixel at most
  /// along each axis.
  var bound: Double {
    let size = shapes.map { max($0.width, $0.height) }.max() ?? 0
    return unitRoundoff * (30 + 16 * Double(size))
  }
}

extension KernelTests {
  @Suite(.serialized) struct DeformableTests {
    private static let pyramid = [(13, 17), (7, 9), (4, 5), (2, 3)]

    /// Every size of a head from less than a vector to more than two, and those of the models.
    @Test(arguments: [2, 4]) func everyHeadSizeMatchesTheFormula(referenceSize: Int) {
      for headSize in Array(1...36) + [64, 75] {
        let deformable = DeformableCase(
          queries: 5, heads: headSize % 3 + 1, headSize: headSize, points: 4, referenceSize: referenceSize,
          shapes: Self.pyramid)
        checkKernel("head size \(headSize)", expected: deformable.expected, bound: deformable.bound) {
          deformable.run($0)
        }
      }
    }

    /// Numbers of samples that are no whole vector, and more than are held at a time (128).
    @Test(arguments: [2, 4]) func everyNumberOfSamplesMatchesTheFormula(referenceSize: Int) {
      for (levels, points) in [
        (1, 1), (1, 3), (2, 5), (3, 3), (4, 4), (4, 8), (3, 21), (4, 16), (4, 17), (4, 32), (3, 43), (3, 90),
      ] {
        let deformable = DeformableCase(
          queries: 6, heads: 2, headSize: 12, points: points, referenceSize: referenceSize,
          shapes: Array(Self.pyramid.prefix(levels)))
        checkKernel("\(levels) x \(points)", expected: deformable.expected, bound: deformable.bound) {
          deformable.run($0)
        }
      }
    }

    /// More queries than a task, padded rows.
    @Test func queriesAreIndependent() {
      let deformable = DeformableCase(
        queries: 101, heads: 8, headSize: 12, points: 4, referenceSize: 2, shapes: Self.pyramid, padding: 5)
      checkKernel("101 queries", expected: deformable.expected, bound: deformable.bound) { deformable.run($0) }
    }

    /// Offsets far beyond the map: most samples count as zero.
    @Test func samplesOutsideAreZero() {
      let deformable = DeformableCase(
        queries: 40, heads: 2, headSize: 12, points: 4, referenceSize: 2, shapes: Self.pyramid, reach: 60)
      checkKernel("far", expected: deformable.expected, bound: 8 * deformable.bound) { deformable.run($0) }
      let farther = DeformableCase(
        queries: 3, heads: 2, headSize: 12, points: 4, referenceSize: 2, shapes: [(3, 4)], reach: 1e30)
      checkKernel("farther", expected: [Double](repeating: 0, count: 72)) { farther.run($0) }
    }

    /// Maps of one cell, one row, one column, and no cell at all.
    @Test func smallMapsMatchTheFormula() {
      for shapes in [[(1, 1)], [(1, 9)], [(9, 1)], [(2, 2), (1, 1)], [(3, 3), (0, 4), (2, 2)], [(3, 3), (4, 0)]] {
        for referenceSize in [2, 4] {
          let deformable = DeformableCase(
            queries: 9, heads: 2, headSize: 12, points: 3, referenceSize: referenceSize, shapes: shapes, reach: 1)
          checkKernel("\(shapes)", expected: deformable.expected, bound: deformable.bound) { deformable.run($0) }
        }
      }
      let empty = DeformableCase(queries: 2, heads: 1, headSize: 3, points: 2, referenceSize: 2, shapes: [(0, 3)])
      checkKernel("no cells", expected: [Double](repeating: 0, count: 6)) { empty.run($0) }
      checkKernel("no queries", expected: []) {
        tk_deformable_attention_f32(
          0, 1, 3, 1, [LevelShape(height: 1, width: 1)], 1, [1, 2, 3], [], 2, [], 1, [], 2, $0)
      }
    }

    /// A place that is not a number is nowhere.
    @Test func placesThatAreNotNumbersAreOutside() {
      withEveryInstructionSet { isa in
        for place: Float in [.nan, .infinity, -.infinity] {
          var output: [Float] = [7, 7, 7]
          tk_deformable_attention_f32(
            1, 1, 3, 1, [LevelShape(height: 1, width: 2)], 2, [1, 2, 3, 4, 5, 6], [place, 0, 0, 0], 4, [0, 0], 2,
            [0.25, 0.5], 2, &output)
          #expect(output == [0.5, 1, 1.5], "\(isa) \(place)")
        }
      }
    }
  }
}
