import TensorKernels
import Testing

extension KernelTests {
  /// The ways back of attention with every instruction set against their scalar versions. Those are checked against
  /// definitions in f64 by the tests of SemanticSAMCore.
  @Suite(.serialized) struct AttentionGradientKernelTests {
    /// Head sizes that leave every tail; one token; more queries than are held at a time; rows farther apart than needed.
    @Test(arguments: [
      (1, 1, 1, 1), (3, 6, 2, 12), (2, 5, 3, 17), (1, 33, 1, 32), (2, 64, 1, 8), (1, 65, 2, 31), (1, 200, 1, 5),
    ])
    func attention(batch: Int, tokens: Int, heads: Int, size: Int) {
      var random = SeededGenerator(seed: 41)
      let channels = heads * size
      let stride = channels + 3
      let rows = batch * tokens
      let inputs = (0..<4).map { _ in random.floats(rows * stride) }
      checkAgainstScalar("\(batch) x \(tokens) x \(heads) x \(size)", count: 3 * rows * stride) { output in
        for index in 0..<3 * rows * stride { output[index] = 0 }
        #expect(
          tk_attention_gradient_f32(
            batch, tokens, heads, size, inputs[0], stride, inputs[1], stride, inputs[2], stride, 0.4, inputs[3],
            stride, output, output + rows * stride, output + 2 * rows * stride))
      }
      checkAgainstScalar("causal, \(batch) x \(tokens) x \(heads) x \(size)", count: 3 * rows * stride) { output in
        for index in 0..<3 * rows * stride { output[index] = 0 }
        #expect(
          tk_causal_attention_gradient_f32(
            batch, tokens, heads, size, inputs[0], stride, inputs[1], stride, inputs[2], stride, 0.4, inputs[3],
            stride, output, output + rows * stride, output + 2 * rows * stride))
      }
    }

    @Test(arguments: [
      (8, 8, 1, 8, 4, 0), (7, 10, 3, 5, 4, 2), (3, 2, 2, 16, 4, 2), (23, 13, 2, 32, 7, 3), (14, 7, 2, 17, 7, 3),
      (12, 13, 1, 33, 12, 6), (1, 1, 1, 1, 2, 1), (50, 5, 2, 12, 3, 1),
    ])
    func windowAttention(height: Int, width: Int, heads: Int, size: Int, window: Int, shift: Int) {
      var random = SeededGenerator(seed: 43)
      let channels = heads * size
      let table = (2 * window - 1) * (2 * window - 1) * heads
      let qkv = random.floats(height * width * 3 * channels, in: -2...2)
      let padding = random.floats(3 * channels)
      let bias = random.floats(table)
      let gradient = random.floats(height * width * channels)
      checkAgainstScalar(
        "\(height) x \(width), window \(window), shift \(shift)", count: qkv.count + padding.count + table,
        relative: 5e-6
      ) { output in
        #expect(
          tk_window_attention_gradient_f32(
            height, width, heads, size, window, shift, qkv, padding, bias, gradient, output, output + qkv.count,
            output + qkv.count + padding.count))
      }
    }

    /// Head sizes and numbers of samples that leave every tail, more samples than are held at a time, maps without cells.
    @Test(arguments: [2, 4]) func deformableAttention(referenceSize: Int) {
      let pyramid = [(13, 17), (7, 9), (4, 5), (2, 3)].map { LevelShape(height: $0.0, width: $0.1) }
      let odd = [LevelShape(height: 1, width: 9), LevelShape(height: 0, width: 4), LevelShape(height: 2, width: 1)]
      for (queries, heads, size, points, levels) in [
        (9, 8, 12, 4, pyramid), (5, 2, 1, 3, pyramid), (4, 3, 17, 5, odd), (3, 1, 32, 43, pyramid), (7, 2, 35, 1, odd),
        (1, 1, 5, 40, Array(pyramid.prefix(1))), (2, 1, 3, 2, [LevelShape(height: 0, width: 3)]),
      ] {
        var random = SeededGenerator(seed: 47)
        let tokens = levels.reduce(0) { $0 + $1.height * $1.width }
        let samples = heads * levels.count * points
        let channels = heads * size
        let value = random.floats(tokens * channels)
        let offsets = random.floats(queries * (2 * samples + 5), in: -6...6)
        let logits = random.floats(queries * (samples + 3), in: -3...3)
        let reference = random.floats(queries * referenceSize, in: 0...1)
        let gradient = random.floats(queries * channels)
        // Every value is a part of a bilinear sample's slope, in cells, of places rounded to a unit of the map's size.
        checkAgainstScalar("\(points) points, head size \(size)", count: value.count + 3 * queries * samples) {
          output in
          _ = tk_deformable_attention_gradient_f32(
            queries, heads, size, levels.count, levels, points, value, offsets, 2 * samples + 5, logits, samples + 3,
            reference, referenceSize, gradient, output, output + value.count,
            output + value.count + 2 * queries * samples)
        }
        checkAgainstScalar("values alone", count: value.count) { output in
          _ = tk_deformable_attention_gradient_f32(
            queries, heads, size, levels.count, levels, points, value, offsets, 2 * samples + 5, logits, samples + 3,
            reference, referenceSize, gradient, output, nil, nil)
        }
        checkAgainstScalar("places alone", count: 3 * queries * samples) { output in
          _ = tk_deformable_attention_gradient_f32(
            queries, heads, size, levels.count, levels, points, value, offsets, 2 * samples + 5, logits, samples + 3,
            reference, referenceSize, gradient, nil, output, output + 2 * queries * samples)
        }
      }
    }

    /// A place that is not a number is nowhere, and gives nothing back.
    @Test func placesThatAreNotNumbersGiveNothing() {
      withEveryInstructionSet { isa in
        for place: Float in [.nan, .infinity, -.infinity] {
          var value = [Float](repeating: 7, count: 6)
          var offsets = [Float](repeating: 7, count: 4)
          var logits = [Float](repeating: 7, count: 2)
          _ = tk_deformable_attention_gradient_f32(
            1, 1, 3, 1, [LevelShape(height: 1, width: 2)], 2, [1, 2, 3, 4, 5, 6], [place, 0, 0, 0], 4, [0, 0], 2,
            [0.25, 0.5], 2, [1, 1, 2], &value, &offsets, &logits)
          #expect(value == [0.5, 0.5, 1, 0, 0, 0], "\(isa) \(place)")
          #expect(offsets == [0, 0, 6, 0] || offsets == [0, 0, 6, -4.5], "\(isa) \(place) \(offsets)")
          #expect(logits == [-2.25, 2.25], "\(isa) \(place)")
        }
      }
    }
  }
}

/// Runs a kernel with every instruction set and compares with its scalar version (see `checkKernel`); the bound is
/// `relative` times the largest number, for sums of many terms of either sign.
func checkAgainstScalar(
  _ label: String, count: Int, relative: Double = 2e-6, sourceLocation: SourceLocation = #_sourceLocation,
  _ run: (UnsafeMutablePointer<Float>) -> Void
) {
  var buffer = GuardedBuffer(count: count)
  withInstructionSet(.scalar) { buffer.withPointer(run) }
  let expected = buffer.values.map(Double.init)
  let greatest = expected.reduce(0) { max($0, abs($1)) }
  checkKernel(label, expected: expected, bound: relative * greatest, sourceLocation: sourceLocation, run)
}
