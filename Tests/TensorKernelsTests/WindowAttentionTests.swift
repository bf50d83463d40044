import Foundation
import TensorKernels
import Testing

extension KernelTests {
  @Suite(.serialized) struct WindowAttentionTests {
    /// The definition in double precision, on the rolled and padded map itself.
    private static func attention(
      height: Int, width: Int, heads: Int, size: Int, window: Int, shift: Int, qkv: [Float], padding: [Float],
      table: [Float]
    ) -> [Double] {
      let channels = heads * size
      let paddedHeight = (height + window - 1) / window * window
      let paddedWidth = (width + window - 1) / window * window
      func region(_ position: Int, _ length: Int) -> Int {
        position < length - window ? 0 : position < length - shift ? 1 : 2
      }
      func number(_ y: Int, _ x: Int, _ channel: Int) -> Double {
        let (row, column) = ((y + shift) % paddedHeight, (x + shift) % paddedWidth)
        return Double(
          row < height && column < width ? qkv[(row * width + column) * 3 * channels + channel] : padding[channel])
      }
      var result = [Double](repeating: 0, count: height * width * channels)
      for y in 0..<paddedHeight {
        for x in 0..<paddedWidth {
          let (row, column) = ((y + shift) % paddedHeight, (x + shift) % paddedWidth)
          guard row < height, column < width else { continue }
          let keys = (0..<window * window).map {
            (y / window * window + $0 / window, x / window * window + $0 % window)
          }
          for head in 0..<heads {
            let scores = keys.map { key -> Double in
              var score = (0..<size).reduce(0.0) {
                $0 + number(y, x, head * size + $1) * number(key.0, key.1, channels + head * size + $1)
              }
              score /= Double(size).squareRoot()
              score += Double(
                table[((y - key.0 + window - 1) * (2 * window - 1) + x - key.1 + window - 1) * heads + head])
              let isOther =
                region(y, paddedHeight) != region(key.0, paddedHeight)
                || region(x, paddedWidth) != region(key.1, paddedWidth)
              return shift > 0 && isOther ? score - 100 : score
            }
            let greatest = scores.max() ?? 0
            let weights = scores.map { exp($0 - greatest) }
            let total = weights.reduce(0, +)
            for c in 0..<size {
              let sum = zip(weights, keys).reduce(0) {
                $0 + $1.0 * number($1.1.0, $1.1.1, 2 * channels + head * size + c)
              }
              result[(row * width + column) * channels + head * size + c] = sum / total
            }
          }
        }
      }
      return result
    }

    /// Maps of whole windows, with padding, and smaller than one window; odd head sizes and windows.
    @Test(arguments: [
      (8, 8, 1, 8, 4, 0), (8, 8, 2, 8, 4, 2), (7, 10, 3, 5, 4, 2), (3, 2, 2, 16, 4, 2), (9, 13, 1, 32, 7, 3),
      (14, 7, 2, 17, 7, 3), (12, 13, 1, 33, 12, 6), (1, 1, 1, 1, 2, 1), (5, 5, 2, 12, 3, 1),
    ])
    func windowAttentionMatchesItsDefinition(
      height: Int, width: Int, heads: Int, size: Int, window: Int, shift: Int
    ) {
      var random = SeededGenerator(seed: 29)
      let channels = heads * size
      let qkv = random.floats(height * width * 3 * channels, in: -2...2)
      let padding = random.floats(3 * channels)
      let table = random.floats((2 * window - 1) * (2 * window - 1) * heads)
      let expected = Self.attention(
        height: height, width: width, heads: heads, size: size, window: window, shift: shift, qkv: qkv,
        padding: padding, table: table)
      // A score reaches 4 sqrt(size) and -100; its rounding passes through the exponential, times values up to 2.
      let bound = unitRoundoff * (40 + 40 * Double(size).squareRoot())
      checkKernel("\(height) x \(width), window \(window), shift \(shift)", expected: expected, bound: bound) {
        _ = tk_window_attention_f32(height, width, heads, size, window, shift, qkv, padding, table, $0)
      }
    }
  }
}
