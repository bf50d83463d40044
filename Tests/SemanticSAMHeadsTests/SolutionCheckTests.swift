import SemanticSAMCore
import Testing

@testable import SemanticSAMHeads

/// LAPACK's results pass, and wrong ones do not.
@Suite struct SolutionCheckTests {
  /// Numbers in -1...1, and a symmetric, positive definite matrix of them.
  private static func problem(_ size: Int, rows: Int) -> (tall: Matrix, symmetric: Matrix, sides: Matrix) {
    var state: UInt64 = 7
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      var result = Matrix(rows: rows, columns: columns)
      for index in result.values.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        result.values[index] = Double(state >> 11) * 0x1p-52 - 1
      }
      return result
    }
    let tall = matrix(rows, size)
    return (tall, tall.product(tall), matrix(rows, 3))
  }

  @Test(arguments: [1, 5, 64, 200]) func resultsOfThisSystemPass(size: Int) throws {
    let (tall, symmetric, sides) = Self.problem(size, rows: size + 20)
    let projected = tall.product(sides)
    _ = try LinearAlgebra.solved(positiveDefinite: symmetric, projected)
    _ = try LinearAlgebra.leastSquares(tall, sides)
    _ = try LinearAlgebra.eigen(symmetric: symmetric)
  }

  @Test func wrongResultsAreRefused() throws {
    let (tall, symmetric, sides) = Self.problem(40, rows: 60)
    let projected = tall.product(sides)
    var solution = try LinearAlgebra.solved(positiveDefinite: symmetric, projected)
    solution.values[17] *= 1.001
    #expect(throws: ModelError.self) { try SolutionCheck.check(solution: solution, of: symmetric, projected) }
    var fit = try LinearAlgebra.leastSquares(tall, sides)
    fit.values[50] += 1e-4
    #expect(throws: ModelError.self) { try SolutionCheck.check(leastSquares: fit, of: tall, sides) }
    var (values, vectors) = try LinearAlgebra.eigen(symmetric: symmetric)
    try SolutionCheck.check(eigenvalues: values, vectors: vectors, of: symmetric)
    values[20] *= 1.001
    #expect(throws: ModelError.self) {
      try SolutionCheck.check(eigenvalues: values, vectors: vectors, of: symmetric)
    }
    values[20] /= 1.001
    vectors.values[3] += 1e-4
    #expect(throws: ModelError.self) {
      try SolutionCheck.check(eigenvalues: values, vectors: vectors, of: symmetric)
    }
  }
}
