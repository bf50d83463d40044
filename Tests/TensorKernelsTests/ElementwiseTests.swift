import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct ElementwiseTests {
    @Test func sumsAreExact() {
      var random = SeededGenerator(seed: 41)
      for count in Array(0...40) + [1000, 70_001] {
        let a = random.floats(count)
        let b = random.floats(count)
        let expected = zip(a, b).map { Double($0 + $1) }
        checkKernel("\(count)", expected: expected) { tk_add_f32(count, a, b, $0) }
        checkKernel("\(count) over a", expected: expected, over: a) { tk_add_f32(count, $0, b, $0) }
        checkKernel("\(count) over b", expected: expected, over: b) { tk_add_f32(count, a, $0, $0) }
      }
    }

    @Test func rowsAreAddedToEveryRow() {
      var random = SeededGenerator(seed: 42)
      for (rows, channels) in [(0, 4), (5, 0), (1, 1), (3, 17), (700, 96), (2, 40_000)] {
        let a = random.floats(rows * channels)
        let b = random.floats(channels)
        let expected = a.indices.map { Double(a[$0] + b[$0 % channels]) }
        checkKernel("\(rows) x \(channels)", expected: expected) { tk_add_row_f32(rows, channels, a, b, $0) }
        checkKernel("in place", expected: expected, over: a) { tk_add_row_f32(rows, channels, $0, b, $0) }
      }
    }

    /// Within 2 units in the last place, also where results are subnormal.
    @Test func sigmoidIsAccurate() {
      var random = SeededGenerator(seed: 43)
      for count in Array(0...35) + [40_000] {
        let x = random.floats(count, in: -110...110).map {
          $0.truncatingRemainder(dividingBy: count % 2 == 0 ? 110 : 9)
        }
        let expected = x.map { 1 / (1 + exp(-Double($0))) }
        checkKernel("\(count)", expected: expected, bound: 0x1p-148, relative: 4 * unitRoundoff) {
          tk_sigmoid_f32(count, x, $0)
        }
        checkKernel("in place", expected: expected, bound: 0x1p-148, relative: 4 * unitRoundoff, over: x) {
          tk_sigmoid_f32(count, $0, $0)
        }
      }
      let edges: [Float] = [.infinity, -.infinity, .nan, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
      checkKernel("edges", expected: [1, 0, .nan, 0.5, 0.5, 1, 0]) { tk_sigmoid_f32(7, edges, $0) }
    }

    @Test func inverseSigmoidClampsFirst() {
      let x: [Float] = [-3, 0, 1e-6, 0.25, 0.5, 0.9, 1, 7, .nan, .infinity]
      let expected = x.map { input -> Double in
        if input.isNaN { return .nan }
        let x = min(max(Double(input), 0), 1)
        let epsilon = Double(Float(1e-5))
        return log(max(x, epsilon) / max(1 - x, epsilon))
      }
      checkKernel("edges", expected: expected, relative: unitRoundoff) { tk_inverse_sigmoid_f32(10, 1e-5, x, $0) }
      checkKernel("in place", expected: expected, relative: unitRoundoff, over: x) {
        tk_inverse_sigmoid_f32(10, 1e-5, $0, $0)
      }
      checkKernel("none", expected: []) { tk_inverse_sigmoid_f32(0, 1e-5, [], $0) }
    }

    // MARK: Sine embeddings

    @Test func boxesAreEmbedded() {
      var random = SeededGenerator(seed: 44)
      for (count, half) in [(0, 8), (1, 1), (3, 2), (5, 7), (70, 48), (2, 130), (2, 150)] {
        let boxes = random.floats(count * 4, in: -0.5...2)
        var expected: [Double] = []
        for n in 0..<count {
          for k in [1, 0, 2, 3] {
            for c in 0..<half {
              let angle = Double(boxes[4 * n + k]) * 2 * .pi / pow(10000, 2 * Double(c / 2) / Double(half))
              expected.append(c % 2 == 0 ? sin(angle) : cos(angle))
            }
          }
        }
        checkKernel("\(count) x \(half)", expected: expected, bound: 2e-7) { tk_sine_boxes_f32(count, half, boxes, $0) }
      }
    }

    @Test func positionsAreEmbedded() {
      for (height, width, channels) in [(1, 1, 4), (3, 5, 12), (7, 2, 96), (0, 4, 8), (4, 0, 8)] {
        let half = channels / 2
        var expected: [Double] = []
        for y in 0..<height {
          for x in 0..<width {
            for (k, n) in [(y, height), (x, width)] {
              for c in 0..<half {
                let position = Double(k + 1) / (Double(n) + 1e-6) * 2 * .pi
                let angle = position / pow(10000, 2 * Double(c / 2) / Double(half))
                expected.append(c % 2 == 0 ? sin(angle) : cos(angle))
              }
            }
          }
        }
        checkKernel("\(height) x \(width)", expected: expected, bound: unitRoundoff) {
          tk_sine_positions_f32(height, width, channels, $0)
        }
      }
    }

    // MARK: Conversions

    /// All 65536 patterns, from an odd address.
    @Test func sixteenBitsAreWidened() {
      let patterns = (UInt16.min...UInt16.max).map { $0 }
      let bytes = [UInt8(0)] + patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      func widened(_ convert: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void) -> [Float] {
        var output = GuardedBuffer(count: patterns.count)
        bytes.withUnsafeBytes { bytes in
          if let base = bytes.baseAddress { output.withPointer { convert(base + 1, $0) } }
        }
        #expect(output.isIntact)
        return output.values
      }
      withEveryInstructionSet { isa in
        let brain = widened { tk_convert_bf16_f32(patterns.count, $0, $1) }
        expectSameBits(brain, patterns.map { Float(bitPattern: UInt32($0) << 16) }, "\(isa)")
        let half = widened { tk_convert_f16_f32(patterns.count, $0, $1) }
        for (pattern, value) in zip(patterns, half) where !Self.isHalf(pattern, value) {
          Issue.record("\(isa) \(pattern): \(value)")
        }
      }
    }

    /// Whether `value` is what the pattern of an IEEE half stands for.
    private static func isHalf(_ pattern: UInt16, _ value: Float) -> Bool {
      let exponent = Int(pattern >> 10 & 31)
      let fraction = Double(pattern & 1023)
      if exponent == 31 && fraction != 0 { return value.isNaN }
      let magnitude =
        exponent == 31
        ? .infinity : exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * pow(2, Double(exponent - 25))
      return Double(value.magnitude) == magnitude && (value.sign == .minus) == (pattern >> 15 == 1)
    }

    /// Every half, the middles between neighbours (ties to even) and their own neighbours.
    @Test func narrowingRoundsToNearestEven() {
      for isBrain in [false, true] {
        // Magnitudes in order: the pattern itself is monotonic, so neighbours are one apart.
        let infinity: UInt16 = isBrain ? 0x7f80 : 0x7c00
        var inputs: [Float] = []
        var expected: [UInt16] = []
        var widened = [Float](repeating: 0, count: Int(infinity))
        let patterns = Array(0..<infinity)
        patterns.withUnsafeBytes {
          if let base = $0.baseAddress {
            isBrain
              ? tk_convert_bf16_f32(patterns.count, base, &widened) : tk_convert_f16_f32(patterns.count, base, &widened)
          }
        }
        for (pattern, value) in zip(patterns, widened) {
          // Beyond the greatest number comes the one that would follow it.
          let next = Int(pattern) + 1 < widened.count ? Double(widened[Int(pattern) + 1]) : isBrain ? 0x1p128 : 65536
          let middle = Float((Double(value) + next) / 2)
          inputs += [value, middle.nextDown, middle, middle.nextUp]
          let tie = pattern % 2 == 0 ? pattern : pattern + 1
          expected += [pattern, pattern, tie, pattern + 1]
        }
        inputs += inputs.map { -$0 } + [.infinity, -.infinity]
        expected += expected.map { $0 | 0x8000 } + [infinity, infinity | 0x8000]
        withEveryInstructionSet { isa in
          for count in [inputs.count, 37] {
            var output = [UInt16](repeating: 0x1234, count: count + 1)
            isBrain ? tk_convert_f32_bf16(count, inputs, &output) : tk_convert_f32_f16(count, inputs, &output)
            #expect(output.last == 0x1234)
            for i in 0..<count where output[i] != expected[i] {
              Issue.record("\(isa) \(inputs[i]): \(output[i]), not \(expected[i])")
              return
            }
          }
        }
      }
    }

    @Test func notANumberStaysNotANumber() {
      let inputs = [0x7f80_0001, 0xff80_0001, 0x7fc0_0000, 0x7fff_ffff].map { Float(bitPattern: $0) }
      withEveryInstructionSet { isa in
        var half = [UInt16](repeating: 0, count: 4)
        var brain = half
        tk_convert_f32_f16(4, inputs, &half)
        tk_convert_f32_bf16(4, inputs, &brain)
        for (h, b) in zip(half, brain) {
          #expect(h & 0x7c00 == 0x7c00 && h & 0x3ff != 0, "\(isa)")
          #expect(b & 0x7f80 == 0x7f80 && b & 0x7f != 0, "\(isa)")
        }
      }
    }

    @Test func doublesAreRounded() {
      let inputs: [Double] = [0, -1.5, .pi, 1e300, -.infinity, 1e-46, 1 + 0x1p-24, 1 + 0x1.8p-24]
      var bytes = [UInt8(0)]
      for input in inputs { withUnsafeBytes(of: input.bitPattern.littleEndian) { bytes += $0 } }
      var output = [Float](repeating: 7, count: inputs.count)
      bytes.withUnsafeBytes { if let base = $0.baseAddress { tk_convert_f64_f32(inputs.count, base + 1, &output) } }
      #expect(output == inputs.map { Float($0) })
    }
  }
}
