import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct TrainingTests {
    /// The value at a point, from the definition.
    private func sample(_ map: ArraySlice<Float>, height: Int, width: Int, x: Float, y: Float) -> Double {
      let (px, py) = (Double(x) * Double(width) - 0.5, Double(y) * Double(height) - 0.5)
      guard px.isFinite, py.isFinite, abs(px) < 1e6, abs(py) < 1e6 else { return 0 }
      var sum = 0.0
      for row in 0..<height {
        for column in 0..<width {
          let share = max(0, 1 - abs(py - Double(row))) * max(0, 1 - abs(px - Double(column)))
          sum += share * Double(map[map.startIndex + row * width + column])
        }
      }
      return sum
    }

    @Test func pointsAreSampled() {
      var random = SeededGenerator(seed: 71)
      for (maps, height, width, rows, points) in [(1, 1, 1, 2, 9), (3, 5, 4, 7, 11), (2, 1, 6, 2, 5), (1, 9, 2, 0, 3)] {
        let values = random.floats(maps * height * width)
        let map = (0..<rows).map { _ in UInt32.random(in: 0..<UInt32(maps), using: &random) }
        for isShared in [false, true] {
          var point = random.floats((isShared ? 1 : rows) * points * 2, in: -0.3...1.3)
          if point.count > 6 { point.replaceSubrange(0..<6, with: [0, 1, 1, 0, .nan, .infinity]) }
          let stride = isShared ? 0 : 2 * points
          var expected: [Double] = []
          for row in 0..<rows {
            let source = values[Int(map[row]) * height * width..<(Int(map[row]) + 1) * height * width]
            for index in 0..<points {
              let place = row * stride + 2 * index
              expected.append(sample(source, height: height, width: width, x: point[place], y: point[place + 1]))
            }
          }
          checkKernel("\(height) x \(width)", expected: expected, bound: 1e-6) {
            tk_sample_points_f32(rows, map, height, width, values, points, point, stride, $0)
          }
          // The way back is the transpose: <gradient, sampled> = <way back, map>.
          let gradient = random.floats(rows * points)
          var back = [Float](repeating: 0, count: values.count)
          tk_sample_points_gradient_f32(rows, map, maps, height, width, points, point, stride, gradient, &back)
          let left = zip(gradient, expected).reduce(0.0) { $0 + Double($1.0) * $1.1 }
          let right = zip(back, values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
          #expect(abs(left - right) < 1e-5 * max(1, abs(left)))
        }
        let bytes = values.map { UInt8($0 > 0 ? 1 : 0) }
        let floats = bytes.map { Float($0) }
        let point = random.floats(points * 2, in: -0.3...1.3)
        var fromFloats = [Float](repeating: 0, count: rows * points)
        tk_sample_points_f32(rows, map, height, width, floats, points, point, 0, &fromFloats)
        checkKernel("bytes", expected: fromFloats.map(Double.init)) {
          tk_sample_points_u8(rows, map, height, width, bytes, points, point, 0, $0)
        }
      }
    }

    /// The worked example of four points, and points that are left out.
    @Test func maskTermsAreThoseOfTheExample() {
      let logits: [Float] = [2, -1, 9, 0.5, -3]
      let labels: [Float] = [1, 0, -1, 1, 0]
      checkKernel("terms", expected: [0.240713509, 0.168708375], bound: 1e-8) {
        tk_mask_terms_f32(1, 5, logits, labels, $0)
      }
      // 5 bce + 5 dice + (0.9 - (1 - dice))^2.
      let gradient: [Float] = [5, 5 + 2 * (0.9 - 0.831291625)]
      checkKernel(
        "gradient", expected: [-0.279801498, 0.510395547, 0, -0.764686380, 0.099313595], bound: 2e-7
      ) {
        tk_mask_terms_gradient_f32(1, 5, logits, labels, gradient, $0)
      }
      checkKernel("nothing counts", expected: [0, 0]) { tk_mask_terms_f32(1, 2, [1, 2], [-1, -1], $0) }
      checkKernel("large logits", expected: [500, 0.25, 0, 0], bound: 1e-6) {
        tk_mask_terms_f32(2, 2, [1000, 1000, 1000, -1000], [1, 0, 1, 0], $0)
      }
    }

    @Test func maskTermsAgreeWithCentralDifferences() {
      var random = SeededGenerator(seed: 72)
      for points in [1, 3, 17] {
        let logits = random.floats(points, in: -4...4)
        let labels = random.floats(points, in: -0.2...1).map { $0 < 0 ? -1 : $0 }
        let (first, second): (Float, Float) = (0.7, -1.3)
        func value(_ logits: [Double]) -> Double {
          var (entropy, common, predicted, labelled, count) = (0.0, 0.0, 0.0, 0.0, 0.0)
          for (x, y) in zip(logits, labels.map(Double.init)) where y >= 0 {
            let s = 1 / (1 + exp(-x))
            entropy -= y * log(s) + (1 - y) * log(1 - s)
            common += s * y
            predicted += s
            labelled += y
            count += 1
          }
          let dice = 1 - (2 * common + 1) / (predicted + labelled + 1)
          return Double(first) * (count > 0 ? entropy / count : 0) + Double(second) * dice
        }
        let expected = logits.indices.map { index -> Double in
          var (low, high) = (logits.map(Double.init), logits.map(Double.init))
          low[index] -= 1e-5
          high[index] += 1e-5
          return (value(high) - value(low)) / 2e-5
        }
        checkKernel("\(points) points", expected: expected, bound: 1e-7, relative: 1e-6) {
          tk_mask_terms_gradient_f32(1, points, logits, labels, [first, second], $0)
        }
      }
    }

    @Test func rowProductsAreSums() {
      var random = SeededGenerator(seed: 73)
      for points in [0, 1, 7, 8, 29] {
        let (a, b) = (random.floats(3 * points), random.floats(2 * points))
        let (first, second): ([UInt32], [UInt32]) = ([0, 2, 1, 2], [1, 0, 0, 1])
        var output = [Double](repeating: 9, count: 4)
        tk_row_products_f32(4, first, second, points, a, b, &output)
        for n in 0..<4 {
          let expected = (0..<points).reduce(0.0) {
            $0 + Double(a[Int(first[n]) * points + $1]) * Double(b[Int(second[n]) * points + $1])
          }
          #expect(abs(output[n] - expected) < 1e-12)
        }
      }
    }

    @Test func stepsOfAdamW() {
      var random = SeededGenerator(seed: 74)
      for count in [0, 1, 40_000] {
        let gradient = random.floats(count)
        let parameter = random.floats(count)
        let (mean, square) = (random.floats(count), random.floats(count, in: 0...1))
        let step = AdamWStep(
          rate: 0.01, decay: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.19, correction2: 0.002,
          scale: 0.5)
        let expected = (0..<count).map { index -> Double in
          let g = 0.5 * Double(gradient[index])
          let m = 0.9 * Double(mean[index]) + 0.1 * g
          let v = 0.999 * Double(square[index]) + 0.001 * g * g
          return Double(parameter[index]) * (1 - 0.01 * 0.05) - 0.01 / 0.19 * m / ((v / 0.002).squareRoot() + 1e-8)
        }
        checkKernel("\(count)", expected: expected, bound: 1e-6, relative: 1e-6, over: parameter) {
          var (mean, square) = (mean, square)
          tk_adamw_f32(count, step, gradient, $0, &mean, &square)
        }
      }
    }
  }
}
