import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct AttentionTests {
    private static func attention(
      batch: Int, tokens: Int, heads: Int, headSize: Int, q: [Float], k: [Float], v: [Float], strides: (Int, Int, Int),
      scale: Double
    ) -> [Double] {
      var result = [Double](repeating: 0, count: batch * tokens * heads * headSize)
      for group in 0..<batch {
        for head in 0..<heads {
          for i in 0..<tokens {
            let query = (group * tokens + i) * strides.0 + head * headSize
            let scores = (0..<tokens).map { j -> Double in
              let key = (group * tokens + j) * strides.1 + head * headSize
              return scale * (0..<headSize).reduce(0) { $0 + Double(q[query + $1]) * Double(k[key + $1]) }
            }
            let greatest = scores.max() ?? 0
            let weights = scores.map { exp($0 - greatest) }
            let total = weights.reduce(0, +)
            for c in 0..<headSize {
              let sum = (0..<tokens).reduce(0) {
                $0 + weights[$1] * Double(v[(group * tokens + $1) * strides.2 + head * headSize + c])
              }
              result[((group * tokens + i) * heads + head) * headSize + c] = sum / total
            }
          }
        }
      }
      return result
    }

    /// Groups of one token, of a mask decoder, and longer than the piece of a row of scores that is held at a time.
    @Test(arguments: [
      (3, 1, 2, 5), (4, 6, 8, 12), (2, 6, 3, 32), (1, 64, 1, 16), (2, 65, 2, 7), (1, 200, 2, 33), (1, 17, 1, 1),
    ])
    func attentionMatchesItsDefinition(batch: Int, tokens: Int, heads: Int, headSize: Int) {
      var random = SeededGenerator(seed: 11)
      let width = heads * headSize
      let rows = batch * tokens
      for padding in [0, 3] {
        let strides = (width + padding, width + 2 * padding, 3 * width)
        let q = random.floats(rows * strides.0, in: -3...3)
        let k = random.floats(rows * strides.1, in: -3...3)
        let v = random.floats(rows * strides.2)
        let scale = Float(1 / Double(headSize).squareRoot())
        let expected = Self.attention(
          batch: batch, tokens: tokens, heads: heads, headSize: headSize, q: q, k: k, v: v, strides: strides,
          scale: Double(scale))
        // A score reaches 9 sqrt(headSize); its rounding passes through the exponential.
        let bound = unitRoundoff * (10 + 18 * Double(headSize).squareRoot())
        checkKernel("\(batch) x \(tokens), \(heads) x \(headSize)", expected: expected, bound: bound) {
          tk_attention_f32(
            batch, tokens, heads, headSize, q, strides.0, k, strides.1, v, strides.2, scale, $0, width)
        }
      }
    }

    @Test func strideOfTheOutputIsRespected() {
      var random = SeededGenerator(seed: 12)
      let x = random.floats(6 * 10)
      withEveryInstructionSet { isa in
        var buffer = GuardedBuffer(count: 6 * 13)
        buffer.withPointer { tk_attention_f32(1, 6, 2, 5, x, 10, x, 10, x, 10, 0.5, $0, 13) }
        for i in 0..<6 * 13 { #expect(buffer.isUntouched(i) == (i % 13 >= 10), "\(isa) \(i)") }
      }
    }

    /// Scores of hundreds: an exponential without the greatest score subtracted would overflow.
    @Test func largeScoresDoNotOverflow() {
      let q: [Float] = [100, 100, 100]
      let k: [Float] = [1, 5, 4]
      let v: [Float] = [1, 2, 3]
      checkKernel("one channel", expected: [2, 2, 2], bound: 1e-6) {
        tk_attention_f32(1, 3, 1, 1, q, 1, k, 1, v, 1, 1, $0, 1)
      }
    }

    @Test func emptyGroupsWriteNothing() {
      checkKernel("no groups", expected: []) { tk_attention_f32(0, 6, 1, 4, [], 4, [], 4, [], 4, 1, $0, 4) }
      checkKernel("no tokens", expected: []) { tk_attention_f32(3, 0, 1, 4, [], 4, [], 4, [], 4, 1, $0, 4) }
    }
  }
}
