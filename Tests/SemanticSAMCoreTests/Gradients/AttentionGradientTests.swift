import Foundation
import TensorKernels
import Testing

@testable import SemanticSAMCore

/// The gradients of the three kinds of attention against their definitions in f64.
@Suite struct AttentionGradientTests {
  /// Groups of a few tokens, as prompts have them, one token, and more tokens than are held at a time; head sizes around
  /// those of vectors.
  @Test(arguments: [(3, 6, 2, 12), (5, 1, 1, 3), (1, 17, 3, 5), (2, 4, 1, 17), (1, 70, 1, 2), (1, 131, 1, 1)])
  func attention(groups: Int, tokens: Int, heads: Int, size: Int) {
    let channels = heads * size
    var random = DoubleGenerator(seed: 3)
    let inputs = [
      random.input([groups * tokens, 2 * channels], in: -2...2), random.input([groups * tokens, channels]),
    ]
    checkGradient("\(groups) x \(tokens)", inputs: inputs) { numbers in
      let (mixed, values) = (numbers[0], numbers[1])
      var result = [Double](repeating: 0, count: values.count)
      for row in 0..<groups * tokens {
        for head in 0..<heads {
          let keys = row / tokens * tokens..<(row / tokens + 1) * tokens
          let scores = keys.map { key in
            (0..<size).reduce(0.0) {
              $0 + mixed[row * 2 * channels + head * size + $1]
                * mixed[key * 2 * channels + channels + head * size + $1]
            } / Double(size).squareRoot()
          }
          for (weight, key) in zip(softmax(scores), keys) {
            for c in head * size..<(head + 1) * size {
              result[row * channels + c] += weight * values[key * channels + c]
            }
          }
        }
      }
      return result
    } operation: {
      $0[0].attention(values: $0[1], tokens: tokens, heads: heads)
    }
  }

  /// Queries, keys and values of their own; all tokens seen, or only those up to a query's own.
  @Test(
    arguments: [(3, 6, 2, 12), (5, 1, 1, 3), (1, 17, 3, 5), (2, 4, 1, 17), (1, 70, 1, 2)], [false, true])
  func attentionOfThree(sizes: (groups: Int, tokens: Int, heads: Int, size: Int), isCausal: Bool) {
    let (groups, tokens, heads, size) = sizes
    let channels = heads * size
    var random = DoubleGenerator(seed: 3)
    let inputs = (0..<3).map { _ in random.input([groups * tokens, channels], in: -1.5...1.5) }
    checkGradient("\(groups) x \(tokens), causal: \(isCausal)", inputs: inputs) { numbers in
      var result = [Double](repeating: 0, count: groups * tokens * channels)
      for row in 0..<groups * tokens {
        let first = row / tokens * tokens
        let keys = first..<(isCausal ? row + 1 : first + tokens)
        for head in 0..<heads {
          let columns = head * size..<(head + 1) * size
          let scores = keys.map { key in
            columns.reduce(0.0) { $0 + numbers[0][row * channels + $1] * numbers[1][key * channels + $1] }
              / Double(size).squareRoot()
          }
          for (weight, key) in zip(softmax(scores), keys) {
            for c in columns { result[row * channels + c] += weight * numbers[2][key * channels + c] }
          }
        }
      }
      return result
    } operation: {
      $0[0].attention(keys: $0[1], values: $0[2], tokens: tokens, heads: heads, isCausal: isCausal)
    }
  }

  /// Maps of whole windows, with padding on one and on two sides, smaller than a window; shifted and not; more tokens in a
  /// window than are held at a time.
  @Test(arguments: [
    (4, 4, 1, 4, 2, 0), (4, 6, 2, 3, 2, 1), (5, 7, 2, 3, 3, 1), (2, 3, 1, 5, 4, 2), (9, 8, 1, 1, 9, 4),
    (7, 3, 1, 17, 3, 0),
  ])
  func windowAttention(height: Int, width: Int, heads: Int, size: Int, window: Int, shift: Int) {
    let channels = heads * size
    let side = 2 * window - 1
    var random = DoubleGenerator(seed: 5)
    let inputs = [
      random.input([height, width, 3 * channels], in: -2...2), random.input([3 * channels]),
      random.input([side * side, heads]),
    ]
    let paddedHeight = (height + window - 1) / window * window
    let paddedWidth = (width + window - 1) / window * window
    func region(_ position: Int, _ length: Int) -> Int {
      position < length - window ? 0 : position < length - shift ? 1 : 2
    }
    checkGradient("\(height) x \(width), window \(window), shift \(shift)", inputs: inputs) { numbers in
      func row(_ y: Int, _ x: Int) -> ArraySlice<Double> {
        let (row, column) = ((y + shift) % paddedHeight, (x + shift) % paddedWidth)
        guard row < height, column < width else { return numbers[1][...] }
        return numbers[0][((row * width + column) * 3 * channels)...].prefix(3 * channels)
      }
      var result = [Double](repeating: 0, count: height * width * channels)
      for y in 0..<paddedHeight {
        for x in 0..<paddedWidth {
          let (mapRow, mapColumn) = ((y + shift) % paddedHeight, (x + shift) % paddedWidth)
          guard mapRow < height, mapColumn < width else { continue }
          let query = Array(row(y, x))
          let places = (0..<window * window).map {
            (y: y / window * window + $0 / window, x: x / window * window + $0 % window)
          }
          let tokens = places.map { Array(row($0.y, $0.x)) }
          for head in 0..<heads {
            let scores = zip(places, tokens).map { place, key -> Double in
              let product = (0..<size).reduce(0.0) {
                $0 + query[head * size + $1] * key[channels + head * size + $1]
              }
              let bias = numbers[2][((y - place.y + window - 1) * side + x - place.x + window - 1) * heads + head]
              let isOther =
                region(y, paddedHeight) != region(place.y, paddedHeight)
                || region(x, paddedWidth) != region(place.x, paddedWidth)
              return product / Double(size).squareRoot() + bias - (shift > 0 && isOther ? 100 : 0)
            }
            for (weight, key) in zip(softmax(scores), tokens) {
              for c in head * size..<(head + 1) * size {
                result[(mapRow * width + mapColumn) * channels + c] += weight * key[2 * channels + c]
              }
            }
          }
        }
      }
      return result
    } operation: {
      $0[0].windowAttention(padding: $0[1], biasTable: $0[2], heads: heads, window: window, shift: shift)
    }
  }

  /// Centres and boxes as references; samples inside, at the border and outside; more samples than are held at a time.
  @Test(arguments: [
    (5, 2, 12, 4, 2, 3.0), (5, 2, 12, 4, 4, 6.0), (3, 3, 5, 3, 2, 9.0), (4, 1, 17, 1, 4, 2.0), (2, 1, 2, 70, 4, 40.0),
  ])
  func deformableAttention(queries: Int, heads: Int, size: Int, points: Int, referenceSize: Int, reach: Double) {
    let levels = [LevelShape(height: 5, width: 4), LevelShape(height: 3, width: 1)]
    let tokens = levels.reduce(0) { $0 + $1.height * $1.width }
    let samples = levels.count * points
    let channels = heads * size
    var random = DoubleGenerator(seed: 7)
    let reference = random.doubles(queries * referenceSize, in: 0.1...0.9).map { Double(Float($0)) }
    let inputs = [
      random.input([tokens, channels]), random.input([queries, heads * samples * 2], in: -reach...reach),
      random.input([queries, heads * samples], in: -2...2),
    ]
    checkGradient("\(points) points, reference \(referenceSize)", inputs: inputs) { numbers in
      var result = [Double](repeating: 0, count: queries * channels)
      for query in 0..<queries {
        for head in 0..<heads {
          let first = (query * heads + head) * samples
          let weights = softmax(Array(numbers[2][first..<first + samples]))
          for sample in 0..<samples {
            let level = levels[sample / points]
            let start = levels.prefix(sample / points).reduce(0) { $0 + $1.height * $1.width }
            let at = [level.width, level.height].enumerated().map { axis, length -> Double in
              let offset = numbers[1][(first + sample) * 2 + axis]
              let centre = reference[query * referenceSize + axis] * Double(length) - 0.5
              guard referenceSize == 4 else { return centre + offset }
              return centre + offset / Double(points) * reference[query * 4 + 2 + axis] * 0.5 * Double(length)
            }
            for corner in 0..<4 {
              let x = floor(at[0]) + Double(corner % 2)
              let y = floor(at[1]) + Double(corner / 2)
              guard x >= 0, y >= 0, x < Double(level.width), y < Double(level.height) else { continue }
              let share = weights[sample] * (1 - abs(at[0] - x)) * (1 - abs(at[1] - y))
              let cell = (start + Int(y) * level.width + Int(x)) * channels
              for c in head * size..<(head + 1) * size {
                result[query * channels + c] += share * numbers[0][cell + c]
              }
            }
          }
        }
      }
      return result
    } operation: {
      $0[0].deformableAttention(
        levels: levels, heads: heads, points: points, offsets: $0[1], logits: $0[2],
        reference: Tensor(reference.map(Float.init), shape: [queries, referenceSize]))
    }
  }

  /// The squares of a map of even and of odd sides.
  @Test(arguments: [(4, 6, 3), (5, 3, 2), (1, 1, 1), (2, 5, 4)])
  func squaresMerged(height: Int, width: Int, channels: Int) {
    var random = DoubleGenerator(seed: 9)
    checkGradient("\(height) x \(width)", inputs: [random.input([height, width, channels])]) { numbers in
      var result: [Double] = []
      for y in stride(from: 0, to: height, by: 2) {
        for x in stride(from: 0, to: width, by: 2) {
          for (row, column) in [(y, x), (y + 1, x), (y, x + 1), (y + 1, x + 1)] {
            for c in 0..<channels {
              result.append(row < height && column < width ? numbers[0][(row * width + column) * channels + c] : 0)
            }
          }
        }
      }
      return result
    } operation: {
      $0[0].squaresMerged()
    }
  }
}

private func softmax(_ scores: [Double]) -> [Double] {
  let greatest = scores.max() ?? 0
  let exponentials = scores.map { exp($0 - greatest) }
  let total = exponentials.reduce(0, +)
  return exponentials.map { $0 / total }
}
