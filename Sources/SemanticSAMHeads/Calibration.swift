import Foundation

/// What leave-one-out scores say of a classifier: how often it is right, and how sharp its probabilities shall be.
struct Calibration {
  let accuracy: Float
  let accuracyOfFive: Float
  /// The one of the least cross-entropy among 0.01 ... 1.
  let temperature: Float

  init(_ scores: Matrix, classes: [Int]) {
    var right = 0
    var amongFive = 0
    for (region, name) in classes.enumerated() {
      let better = (0..<scores.columns).filter { scores[region, $0] > scores[region, name] }.count
      if better == 0 { right += 1 }
      if better < 5 { amongFive += 1 }
    }
    accuracy = Float(right) / Float(max(classes.count, 1))
    accuracyOfFive = Float(amongFive) / Float(max(classes.count, 1))
    let temperatures = (0..<21).map { pow(10, Double($0) / 10 - 2) }
    let losses = temperatures.map { Self.crossEntropy(scores, classes, temperature: $0) }
    temperature = Float(zip(temperatures, losses).min { $0.1 < $1.1 }?.0 ?? 1)
  }

  private static func crossEntropy(_ scores: Matrix, _ classes: [Int], temperature: Double) -> Double {
    classes.enumerated().reduce(0) { sum, item in
      let logits = (0..<scores.columns).map { scores[item.offset, $0] / temperature }
      let largest = logits.max() ?? 0
      return sum + largest + log(logits.reduce(0) { $0 + exp($1 - largest) }) - logits[item.element]
    }
  }
}
