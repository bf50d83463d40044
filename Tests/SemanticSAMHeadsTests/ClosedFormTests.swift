import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMHeads

/// Fits against numpy (Tests/Fixtures/make_ridge_fixtures.py).
@Suite struct ClosedFormTests {
  private struct Reference: Decodable {
    struct Problem: Decodable {
      struct Fit: Decodable {
        var penalty: Double
        var weights: [[Double]]
        var intercept: [Double]
        var leftOut: [[Double]]
        var error: Double
      }
      var x: [[Double]]
      var y: [[Double]]
      var w: [Double]
      var fits: [Fit]
    }
    struct Components: Decodable {
      var x: [[Double]]
      var components: [[Double]]
      var variances: [Double]
    }
    var ridge: [Problem]
    var pca: Components
  }

  private static func reference() throws -> Reference {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/ridge.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Reference.self, from: Data(contentsOf: file))
  }

  private static func matrix(_ rows: [[Double]]) -> Matrix {
    var matrix = Matrix(rows: rows.count, columns: rows[0].count)
    for (row, values) in rows.enumerated() {
      for (column, value) in values.enumerated() { matrix[row, column] = value }
    }
    return matrix
  }

  private static func tensor(_ rows: [[Double]]) -> Tensor {
    Tensor(rows.flatMap { $0.map(Float.init) }, shape: [rows.count, rows[0].count])
  }

  private static func difference(_ matrix: Matrix, _ rows: [[Double]]) -> Double {
    zip(matrix.transposed.values, rows.flatMap(\.self)).map { abs($0 - $1) }.max() ?? 0
  }

  /// More regions than features, fewer, and as many; each penalty by itself, and the choice among all.
  @Test func ridgeIsTheReferences() throws {
    for problem in try Self.reference().ridge {
      let (x, y) = (Self.matrix(problem.x), Self.matrix(problem.y))
      for fit in problem.fits {
        let own = try RidgeRegression(x, y, importance: problem.w, penalties: [fit.penalty])
        #expect(Self.difference(own.weights, fit.weights) < 1e-6)
        #expect(zip(own.intercept, fit.intercept).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(Self.difference(own.leftOut, fit.leftOut) < 1e-6)
      }
      let chosen = try RidgeRegression(x, y, importance: problem.w, penalties: problem.fits.map(\.penalty))
      #expect(chosen.penalty == problem.fits.min { $0.error < $1.error }?.penalty)
    }
  }

  /// The public form: numbers of 32 bits, penalties relative to the features.
  @Test func linearFitIsTheReferences() throws {
    for problem in try Self.reference().ridge {
      let features = Self.tensor(problem.x)
      let width = problem.x[0].count
      let total = problem.w.reduce(0, +)
      let square =
        (0..<width).reduce(0.0) { sum, column in
          let mean = zip(problem.x, problem.w).reduce(0) { $0 + $1.0[column] * $1.1 } / total
          return sum + zip(problem.x, problem.w).reduce(0) { $0 + $1.1 * ($1.0[column] - mean) * ($1.0[column] - mean) }
        } / Double(width)
      for fit in problem.fits {
        let own = try LinearFit(
          features, targets: Self.tensor(problem.y), importance: problem.w.map(Float.init),
          penalties: [Float(fit.penalty / square)])
        // [outputs, features] here, [features, outputs] there.
        let weights = own.weights.values
        for (row, values) in fit.weights.enumerated() {
          for (output, value) in values.enumerated() {
            #expect(abs(Double(weights[output * width + row]) - value) < 2e-6)
          }
        }
        #expect(own.leaveOneOut.shape == [problem.y.count, problem.y[0].count])
      }
    }
  }

  @Test func dependentFeaturesNeedAPenalty() throws {
    let x = Tensor([1, 1, 2, 2, 3, 3, 5, 5], shape: [4, 2])
    let y = Tensor([1, 2, 3, 5], shape: [4, 1])
    expectRefusal { try LinearFit(x, targets: y, penalties: [0]) }
    // The smallest penalty divides the one weight evenly.
    let fit = try LinearFit(x, targets: y, penalties: [1e-6])
    #expect(fit.weights.values.allSatisfy { abs($0 - 0.5) < 1e-4 })
    // Features that do not differ say nothing, and the mean is left.
    let flat = try LinearFit(Tensor(repeating: 2, shape: [4, 3]), targets: y, penalties: [1])
    #expect(flat.weights.values == [0, 0, 0] && flat.bias.values == [2.75])
  }

  @Test func whatCannotBeFittedIsRefused() {
    let x = Tensor([1, 2, 3], shape: [3, 1])
    for (features, targets) in [
      (x, Tensor([1, 2], shape: [2, 1])), (Tensor([1], shape: [1, 1]), Tensor([1], shape: [1, 1])),
      (Tensor([1, .nan, 3], shape: [3, 1]), x), (x, Tensor([1, 2, 3], shape: [3])),
      (Tensor([], shape: [3, 0]), x), (Tensor([], shape: [0, 1]), Tensor([], shape: [0, 1])),
    ] { expectRefusal { try LinearFit(features, targets: targets) } }
    expectRefusal { try LinearFit(x, targets: x, importance: [1, 0, 1]) }
    expectRefusal { try LinearFit(x, targets: x, penalties: []) }
    expectRefusal { try LinearFit(x, targets: x, penalties: [-1]) }
    expectRefusal { try ClosedFormHead.fit(x, classes: [0, 1, 2], names: ["a", "b"]) }
    expectRefusal { try ClosedFormHead.fit(x, classes: [], names: []) }
  }

  /// Three groups of points far apart.
  @Test func aHandfulOfRegionsMakesAClassifier() throws {
    let centres: [[Float]] = [[0, 0, 5], [4, 0, 0], [0, 6, 1]]
    var values: [Float] = []
    var classes: [Int] = []
    for index in 0..<12 {
      values += centres[index % 3].map { $0 + Float(index) * 0.05 }
      classes.append(index % 3)
    }
    let head = try ClosedFormHead.fit(
      Tensor(values, shape: [12, 3]), classes: classes, names: ["red", "green", "blue"])
    #expect(head.fit?.accuracy == 1 && head.fit?.accuracyOfFive == 1 && head.fit?.regions == 12)
    let labels = head.labels(of: Tensor(centres.flatMap(\.self), shape: [3, 3]))
    #expect(labels.map { $0.objects.first?.name } == ["red", "green", "blue"])
    #expect(labels.allSatisfy { abs($0.objects.reduce(0) { $0 + $1.probability } - 1) < 1e-5 && $0.parts.isEmpty })
    #expect(labels[0].objects[0].probability > 0.9)
    #expect(head.labels(of: Tensor(centres[0], shape: [1, 3]), areParts: true)[0].parts.first?.name == "red")
  }

  /// The head's own loss, whose gradient is that of differences.
  @Test func lossHasAGradient() throws {
    let head = try ClosedFormHead.fit(
      Tensor([1, 0, 0, 1, 1, 1, 0, 0], shape: [4, 2]), classes: [0, 1, 0, 1], names: ["a", "b"])
    let tape = Tape()
    let scores = tape.watching(Tensor([0.2, 0.9, 1.5, -0.5], shape: [2, 2]))
    let loss = try head.loss(scores, [1, 0])
    #expect(abs(loss.values[0] - (0.04 + 0.01 + 0.25 + 0.25) / 4) < 1e-6)
    let gradient = try #require(tape.gradients(of: loss)[scores])
    for (value, expected) in zip(gradient.values, [0.1, -0.05, 0.25, -0.25]) {
      #expect(abs(Double(value) - expected) < 1e-6)
    }
    expectRefusal { try head.loss(scores.detached, [0]) }
  }

  @Test func componentsAreTheReferences() throws {
    let reference = try Self.reference().pca
    let features = Self.tensor(reference.x)
    let pca = try FeaturePCA(features, count: 5)
    for (row, component) in reference.components.enumerated() {
      for (value, expected) in zip(pca.components.rows(row..<row + 1).values, component) {
        #expect(abs(Double(value) - expected) < 1e-6)
      }
    }
    for (value, expected) in zip(pca.variances, reference.variances) {
      #expect(abs(Double(value) - expected) < 1e-5 * max(expected, 1))
    }
    // Coordinates have mean 0 and the components' variances.
    let coordinates = pca(features)
    for component in 0..<5 {
      let column = (0..<20).map { Double(coordinates.values[$0 * 5 + component]) }
      #expect(abs(column.reduce(0, +)) < 1e-4)
      let variance = column.reduce(0) { $0 + $1 * $1 } / 19
      #expect(abs(variance - reference.variances[component]) < 1e-4 * max(reference.variances[component], 1))
    }
    expectRefusal { try FeaturePCA(features, count: 6) }
    expectRefusal { try FeaturePCA(features, count: 0) }
    expectRefusal { try FeaturePCA(Tensor([1, .infinity, 2, 3], shape: [2, 2]), count: 1) }
    expectRefusal { try FeaturePCA(Tensor([1, 2], shape: [1, 2]), count: 1) }
  }
}

/// Expects an `invalidArgument` of one sentence.
func expectRefusal<Result>(_ body: () throws -> Result) {
  #expect {
    _ = try body()
  } throws: { error in
    guard let error = error as? ModelError else { return false }
    return error.code == .invalidArgument && error.message.hasSuffix(".") && !error.message.contains("\n")
  }
}
