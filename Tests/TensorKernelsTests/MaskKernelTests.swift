import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct MaskKernelTests {
    // MARK: Prior

    @Test func ellipsePriorMatchesItsDefinition() {
      var random = SeededGenerator(seed: 61)
      for (height, width) in [(1, 1), (3, 5), (40, 16), (33, 47), (0, 3), (3, 0)] {
        var boxes: [Float] = [0.5, 0.5, 0.5, 0.4, 0.2, 1.1, 0, 1e-6]
        boxes += random.floats(4, in: 0.1...0.9)
        let logits = random.floats(3 * height * width, in: -9...9)
        var expected: [Double] = []
        for n in 0..<3 {
          for y in 0..<height {
            for x in 0..<width {
              func distance(_ k: Int, _ size: Int, _ axis: Int) -> Double {
                let half = max(Double(boxes[4 * n + 2 + axis]), Double(Float(1e-4))) / 2
                return ((Double(k) + 0.5) / Double(size) - Double(boxes[4 * n + axis])) / half
              }
              let dx = distance(x, width, 0)
              let dy = distance(y, height, 1)
              let inside = max(1 - (dx * dx + dy * dy + 1e-12).squareRoot(), -3)
              expected.append(Double(logits[expected.count]) + 5 * inside)
            }
          }
        }
        checkKernel("\(height) x \(width)", expected: expected, bound: 5e-6, over: logits) {
          tk_add_ellipse_prior_f32(3, height, width, boxes, 5, -3, $0)
        }
      }
    }

    // MARK: Refiner

    @Test func refinerChannelsMatchTheirDefinition() {
      var random = SeededGenerator(seed: 62)
      for grid in [1, 2, 7, 32, 70] {
        let box: [Float] = [0.5, 0.4, 0.3, 0.6, 0.1, 0.9, 0, 0.2, 0.6, 0.6, 0.5, 0.5]
        let clicks: [Float] = [0.45, 0.5, 0.1, 0.85, .nan, .nan]
        let coarse = random.floats(3 * grid * grid, in: -20...20)
        let stride = 9
        var expected: [Double] = []
        for n in 0..<3 {
          for i in 0..<grid {
            for j in 0..<grid {
              let u = ((Double(j) + 0.5) / Double(grid) - 0.5) * 1.25
              let v = ((Double(i) + 0.5) / Double(grid) - 0.5) * 1.25
              func distance(_ t: Double, _ axis: Int) -> Double {
                let size = Double(box[4 * n + 2 + axis])
                return (Double(box[4 * n + axis]) + t * size - Double(clicks[2 * n + axis])) / max(size / 2, 1e-4)
              }
              let near = exp(-2 * (pow(distance(u, 0), 2) + pow(distance(v, 1), 2)))
              expected += [
                Double(coarse[(n * grid + i) * grid + j]) / 4, 2 * u, 2 * v, 1 - 2 * (u * u + v * v).squareRoot(),
                near.isNaN ? 0 : near, 77, 77, 77, 77,
              ]
            }
          }
        }
        checkKernel(
          "grid \(grid)", expected: expected, bound: 1e-6, over: [Float](repeating: 77, count: expected.count)
        ) { tk_refiner_channels_f32(3, box, clicks, grid, 1.25, coarse, $0, stride) }
      }
    }

    @Test func refinerStatisticsMatchTheirDefinition() {
      var random = SeededGenerator(seed: 63)
      for (cells, channels, middle) in [
        (1, 1, 0), (9, 3, 2), (33, 17, 5), (300, 48, 96), (1024, 8, 1), (5, 0, 0), (40, 300, 3),
      ] {
        let logits = random.floats(2 * cells, in: -4...4)
        let features = random.floats(2 * cells * channels)
        let box: [Float] = [0.5, 0.5, 0.3, 0.7, 0.1, 0.2, 0, 0.5]
        var expected: [Double] = []
        for n in 0..<2 {
          let own = logits[n * cells..<(n + 1) * cells].map(Double.init)
          let shares = own.map { 1 / (1 + exp(-$0)) }
          let mass = shares.reduce(0, +) + 1e-3
          func feature(_ i: Int, _ c: Int) -> Double { Double(features[(n * cells + i) * channels + c]) }
          for c in 0..<channels { expected.append((0..<cells).reduce(0) { $0 + shares[$1] * feature($1, c) } / mass) }
          for c in 0..<channels { expected.append((0..<cells).reduce(0) { $0 + feature($1, c) } / Double(cells)) }
          expected += [Double](repeating: 77, count: middle)
          expected.append(Double(own.count { $0 > 0 }) / Double(cells))
          expected.append(Double(own.count { $0 > 1 } + 1) / Double(own.count { $0 > -1 } + 1))
          expected.append(shares.reduce(0) { $0 + abs(2 * $1 - 1) } / Double(cells))
          expected.append((Double(box[4 * n + 2]) * Double(box[4 * n + 3])).squareRoot())
          expected.append(77)
        }
        checkKernel(
          "\(cells) cells", expected: expected, bound: 1e-6, over: [Float](repeating: 77, count: expected.count)
        ) {
          tk_refiner_statistics_f32(
            2, cells, channels, logits, features, box, middle, $0, 2 * channels + middle + 5)
        }
      }
    }

    // MARK: Drawing

    private static let boxes: [[Float]] = [
      [0.5, 0.5, 0.6, 0.4], [0.5, 0.5, 3, 3], [0.1, 0.95, 0.5, 0.3], [0.3, 0.7, 0, 1e-7], [0.52, 0.31, 0.02, 0.03],
      [-1, 0.5, 0.1, 0.1], [0.5, 0.5, 1, 0.01],
    ]
    private static let sizes = [(1, 1), (37, 53), (70, 9), (200, 310), (0, 5), (5, 0)]

    /// grid_sample (align_corners false, border padding) at u, v of -1...1 of the grid; -10 outside.
    @Test(arguments: [1, 2, 5, 32, 70]) func gridsAreDrawn(grid: Int) {
      var random = SeededGenerator(seed: 64)
      let logits = random.floats(grid * grid, in: -6...6)
      for box in Self.boxes {
        for (height, width) in Self.sizes {
          var expected: [Double] = []
          for y in 0..<height {
            for x in 0..<width {
              func place(_ k: Int, _ size: Int, _ axis: Int) -> Double {
                2 * ((Double(k) + 0.5) / Double(size) - Double(box[axis])) / (max(Double(box[2 + axis]), 1e-4) * 1.25)
              }
              let u = place(x, width, 0)
              let v = place(y, height, 1)
              guard abs(u) <= 1, abs(v) <= 1 else {
                expected.append(-10)
                continue
              }
              func cell(_ t: Double) -> (Int, Int, Double) {
                let at = min(max(((t + 1) * Double(grid) - 1) / 2, 0), Double(grid - 1))
                return (Int(at), min(Int(at) + 1, grid - 1), at - Double(Int(at)))
              }
              let (x0, x1, fx) = cell(u)
              let (y0, y1, fy) = cell(v)
              func at(_ i: Int, _ j: Int) -> Double { Double(logits[i * grid + j]) }
              expected.append(
                (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) + fy * ((1 - fx) * at(y1, x0) + fx * at(y1, x1)))
            }
          }
          checkKernel("\(box) \(height) x \(width)", expected: expected, bound: 5e-6) {
            tk_draw_grid_f32(grid, logits, box, 1.25, height, width, $0)
          }
        }
      }
    }

    /// The bitmap and its counts are those of the drawn logits, exactly, also for grids with values at the thresholds.
    @Test(arguments: [1, 2, 5, 32, 70]) func bitmapsAreTheDrawnLogits(grid: Int) {
      var random = SeededGenerator(seed: 65)
      let noise = random.floats(grid * grid, in: -2...2)
      let blob = (0..<grid * grid).map { i in
        8 - 40 * (pow(Float(i / grid) / Float(grid) - 0.5, 2) + pow(Float(i % grid) / Float(grid) - 0.4, 2))
      }
      for logits in [noise, blob, noise.map { $0.rounded() }, noise.map { _ in 0 }] {
        for box in Self.boxes + [[.nan, 0.5, 1, 1], [0.5, 0.5, .infinity, 1], [.infinity, 0.5, 1, 1]] {
          for (height, width) in Self.sizes {
            var drawn = [Float](repeating: 7, count: height * width)
            tk_draw_grid_f32(grid, logits, box, 1.25, height, width, &drawn)
            for threads: Int32 in [1, 2] {
              var bitmap = [UInt8](repeating: 99, count: height * width + 1)
              let counts = withThreads(threads) {
                tk_draw_grid_bitmap(grid, logits, box, 1.25, height, width, &bitmap)
              }
              #expect(bitmap.last == 99)
              #expect(bitmap.dropLast().elementsEqual(drawn.map { $0 > 0 ? 1 : 0 }), "\(box) \(height) x \(width)")
              #expect(counts.above_one == drawn.count { $0 > 1 })
              #expect(counts.above_zero == drawn.count { $0 > 0 })
              #expect(counts.above_minus_one == drawn.count { $0 > -1 })
            }
          }
        }
      }
    }

    @Test func boxesThatAreNotNumbersDrawNothing() {
      for box: [Float] in [
        [.nan, 0.5, 1, 1], [0.5, 0.5, 1, .nan], [0.5, .infinity, 1, 1], [0.5, 0.5, -.infinity, 1],
      ] {
        checkKernel("\(box)", expected: [Double](repeating: -10, count: 12)) {
          tk_draw_grid_f32(2, [1, 1, 1, 1], box, 1.25, 3, 4, $0)
        }
      }
    }

    // MARK: Means

    @Test func maskedMeansMatchTheirDefinition() {
      var random = SeededGenerator(seed: 66)
      for (height, width, channels, stride) in [
        (1, 1, 1, 1), (3, 5, 7, 2), (4, 70, 17, 3), (6, 5, 112, 16), (3, 3, 320, 32), (2, 2, 600, 1), (0, 4, 3, 2),
      ] {
        let map = random.floats(height * width * channels, in: -1...2)
        for density in [0.0, 0.4, 1.0] {
          let mask = (0..<height * width * stride * stride).map { _ in
            UInt8(Double.random(in: 0..<1, using: &random) < density ? 1 : 0)
          }
          var total = 0.0
          var sums = [Double](repeating: 0, count: channels)
          for y in 0..<height {
            for x in 0..<width {
              var set = 0
              for i in 0..<stride {
                for j in 0..<stride { set += Int(mask[(y * stride + i) * width * stride + x * stride + j]) }
              }
              let share = Double(set) / Double(stride * stride)
              total += share
              for c in 0..<channels { sums[c] += share * Double(map[(y * width + x) * channels + c]) }
            }
          }
          checkKernel(
            "\(height) x \(width) x \(channels) / \(stride)", expected: sums.map { $0 / (total + 1e-6) }, bound: 1e-6
          ) { tk_masked_mean_f32(height, width, channels, stride, map, mask, $0) }
        }
      }
    }

    // MARK: Run lengths

    /// Run lengths one pixel at a time.
    private static func runs(_ height: Int, _ width: Int, _ bitmap: [UInt8]) -> [UInt32] {
      var result: [UInt32] = [0]
      var value = false
      for x in 0..<width {
        for y in 0..<height {
          if (bitmap[y * width + x] != 0) != value {
            value.toggle()
            result.append(0)
          }
          result[result.count - 1] += 1
        }
      }
      return height * width == 0 ? [] : result
    }

    private static func check(_ height: Int, _ width: Int, _ bitmap: [UInt8]) {
      let expected = runs(height, width, bitmap)
      for capacity in Set([expected.count + 3, expected.count, expected.count / 2, 1, 0]) {
        var output = [UInt32](repeating: 4_000_000_000, count: capacity + 1)
        let count = tk_bitmap_runs(height, width, bitmap, &output, capacity)
        let written = min(capacity, expected.count)
        guard count == expected.count, output.prefix(written) == expected.prefix(written),
          output.dropFirst(written).allSatisfy({ $0 == 4_000_000_000 })
        else {
          Issue.record("\(height) x \(width), capacity \(capacity): \(count) \(output.prefix(20))")
          return
        }
      }
      var back = [UInt8](repeating: 9, count: height * width + 1)
      tk_runs_bitmap(height, width, expected, expected.count, &back)
      #expect(back.last == 9)
      #expect(back.dropLast().elementsEqual(bitmap.map { $0 == 0 ? 0 : 1 }), "\(height) x \(width)")
    }

    @Test func everySmallBitmapIsCounted() {
      for height in 0...3 {
        for width in 0...4 {
          for pattern in 0..<1 << (height * width) {
            Self.check(height, width, (0..<height * width).map { UInt8(pattern >> $0 & 1) })
          }
        }
      }
    }

    @Test func largeBitmapsAreCounted() {
      var random = SeededGenerator(seed: 67)
      for (height, width) in [(1, 200), (200, 1), (9, 63), (9, 64), (9, 65), (70, 130), (131, 257)] {
        for density in [0.0, 0.01, 0.5, 0.99, 1.0] {
          let bitmap = (0..<height * width).map { _ in
            Double.random(in: 0..<1, using: &random) < density ? UInt8.random(in: 1...255, using: &random) : 0
          }
          Self.check(height, width, bitmap)
        }
      }
    }

    @Test func runsBeyondTheBitmapAreIgnored() {
      func bitmap(_ runs: [UInt32]) -> [UInt8] {
        var bitmap = [UInt8](repeating: 9, count: 6)
        tk_runs_bitmap(2, 3, runs, runs.count, &bitmap)
        return bitmap
      }
      // Column-major: the six places are (0,0), (1,0), (0,1), (1,1), (0,2), (1,2).
      #expect(bitmap([1, 2]) == [0, 1, 0, 1, 0, 0])
      #expect(bitmap([1, .max]) == [0, 1, 1, 1, 1, 1])
      #expect(bitmap([0, 3, 0, 1, 9, 5]) == [1, 1, 0, 1, 1, 0])
      #expect(bitmap([.max, .max, 3, 4]) == [0, 0, 0, 0, 0, 0])
      #expect(bitmap([]) == [0, 0, 0, 0, 0, 0])
    }

    // MARK: Runs of logits

    /// Three neighbouring cells and what they count, rising with the coordinate; at random, so that all that `DrawingAxis`
    /// allows is met.
    private struct RandomAxis {
      var first: [Int32] = []
      var shares: [Float] = []

      init(cells: Int, count: Int, using random: inout SeededGenerator) {
        for index in 0..<count {
          first.append(Int32(min(index * (cells - 2) / max(count, 1), cells - 3)))
          let sides = random.floats(2, in: 0...0.5)
          shares += [sides[0], 1 - sides[0] - sides[1], sides[1]]
        }
      }
    }

    @Test func runsOfLogitsAreThoseOfTheDrawnMask() {
      var random = SeededGenerator(seed: 68)
      // Stretched, as it is, and shrunk so far that the cells of neighbouring columns lie far apart.
      for (rows, width, height, columns) in [
        (3, 3, 1, 1), (3, 3, 7, 5), (5, 9, 64, 64), (8, 12, 65, 129), (20, 30, 20, 30), (9, 300, 130, 70),
        (40, 3, 12, 200),
      ] {
        for offset in [Float(1), 0.25] {
          let logits = random.floats(rows * width, in: -2...2)
          let vertical = RandomAxis(cells: rows, count: height, using: &random)
          let horizontal = RandomAxis(cells: width, count: columns, using: &random)
          var bitmap = [UInt8](repeating: 0, count: height * columns)
          var expectedCounts = [0, 0, 0]
          for y in 0..<height {
            for x in 0..<columns {
              // The order of the specification: along a row first, each step one fma.
              func row(_ r: Int) -> Float {
                let cell = (Int(vertical.first[y]) + r) * width + Int(horizontal.first[x])
                let sum = (horizontal.shares[3 * x] * logits[cell])
                  .addingProduct(horizontal.shares[3 * x + 1], logits[cell + 1])
                return sum.addingProduct(horizontal.shares[3 * x + 2], logits[cell + 2])
              }
              let value = (vertical.shares[3 * y] * row(0)).addingProduct(vertical.shares[3 * y + 1], row(1))
                .addingProduct(vertical.shares[3 * y + 2], row(2))
              bitmap[y * columns + x] = value > 0 ? 1 : 0
              for (place, threshold) in [offset, 0, -offset].enumerated() where value > threshold {
                expectedCounts[place] += 1
              }
            }
          }
          var expected = [UInt32](repeating: 0, count: height * columns + 1)
          let count = tk_bitmap_runs(height, columns, bitmap, &expected, expected.count)
          withEveryInstructionSet { isa in
            var runs = [UInt32](repeating: 77, count: expected.count)
            var counts = LogitCounts()
            vertical.first.withUnsafeBufferPointer { verticalFirst in
              vertical.shares.withUnsafeBufferPointer { verticalShares in
                horizontal.first.withUnsafeBufferPointer { horizontalFirst in
                  horizontal.shares.withUnsafeBufferPointer { horizontalShares in
                    guard let a = verticalFirst.baseAddress, let b = verticalShares.baseAddress,
                      let c = horizontalFirst.baseAddress, let d = horizontalShares.baseAddress
                    else { return }
                    var down = DrawingAxis(count: height, first: a, shares: b)
                    var across = DrawingAxis(count: columns, first: c, shares: d)
                    let found = tk_draw_runs(rows, width, logits, &down, &across, offset, &runs, runs.count, &counts)
                    #expect(found == count, "\(isa), \(height) x \(columns)")
                    // A small buffer is not overrun, and the number of runs is the same.
                    var few: [UInt32] = [77, 77, 77]
                    #expect(tk_draw_runs(rows, width, logits, &down, &across, offset, &few, 2, &counts) == count)
                    #expect(few[2] == 77)
                  }
                }
              }
            }
            #expect(runs.prefix(count) == expected.prefix(count), "\(isa), \(height) x \(columns)")
            #expect([counts.above_one, counts.above_zero, counts.above_minus_one] == expectedCounts, "\(isa)")
          }
        }
      }
    }
  }
}
