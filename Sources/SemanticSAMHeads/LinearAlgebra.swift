import CLAPACKE
import SemanticSAMCore

/// The three problems that LAPACK solves here. Each result is checked before it is used (`SolutionCheck`).
enum LinearAlgebra {
  /// X of `A X = B`, A symmetric and positive definite (`dposv`).
  /// - Throws: `invalidArgument` where A is not positive definite, `unsupported` where LAPACK computes wrongly.
  static func solved(positiveDefinite a: Matrix, _ b: Matrix) throws(ModelError) -> Matrix {
    var factors = a
    var solution = b
    guard a.rows > 0, b.columns > 0 else { return b }
    let size = try Self.size(a.rows)
    let status = LAPACKE_dposv(
      LAPACK_COL_MAJOR, upper, size, try Self.size(b.columns), &factors.values, size, &solution.values, size)
    guard status == 0 else {
      throw ModelError(
        .invalidArgument,
        "The fit has no unique solution: the features depend on each other; use a penalty above 0 or more regions.")
    }
    try SolutionCheck.check(solution: solution, of: a, b)
    return solution
  }

  /// The least-squares solution of `A X = B` or, where A has fewer rows than columns, the shortest one (`dgels`).
  /// - Throws: `invalidArgument` where A has not full rank, `unsupported` where LAPACK computes wrongly.
  static func leastSquares(_ a: Matrix, _ b: Matrix) throws(ModelError) -> Matrix {
    var factors = a
    // The right-hand sides and the solutions share one array.
    var sides = Matrix(rows: max(a.rows, a.columns), columns: b.columns)
    for column in 0..<b.columns {
      for row in 0..<a.rows { sides[row, column] = b[row, column] }
    }
    var result = Matrix(rows: a.columns, columns: b.columns)
    guard a.rows > 0, a.columns > 0, b.columns > 0 else { return result }
    let status = LAPACKE_dgels(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), try size(a.rows), try size(a.columns), try size(b.columns),
      &factors.values, try size(a.rows), &sides.values, try size(sides.rows))
    guard status == 0 else {
      throw ModelError(
        .invalidArgument,
        "The fit has no unique solution: the features depend on each other; use a penalty above 0 or more regions.")
    }
    for column in 0..<b.columns {
      for row in 0..<a.columns { result[row, column] = sides[row, column] }
    }
    try SolutionCheck.check(leastSquares: result, of: a, b)
    return result
  }

  /// Eigenvalues, ascending, and eigenvectors, in columns, of a symmetric matrix (`dsyevd`).
  /// - Throws: `invalidArgument` where a number is not finite, `unsupported` where LAPACK computes wrongly.
  static func eigen(symmetric a: Matrix) throws(ModelError) -> (values: [Double], vectors: Matrix) {
    var vectors = a
    var values = [Double](repeating: 0, count: a.rows)
    guard a.rows > 0 else { return (values, vectors) }
    let size = try Self.size(a.rows)
    let status = LAPACKE_dsyevd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), upper, size, &vectors.values, size, &values)
    guard status == 0 else {
      throw ModelError(
        .invalidArgument, "The features have no principal components: a number is not finite; check what made them.")
    }
    try SolutionCheck.check(eigenvalues: values, vectors: vectors, of: a)
    return (values, vectors)
  }

  private static let upper = CChar(UInt8(ascii: "U"))

  private static func size(_ count: Int) throws(ModelError) -> Int32 {
    guard let size = Int32(exactly: count) else {
      throw ModelError(.limitExceeded, "A fit of \(count) rows is too large for this system's LAPACK; use fewer.")
    }
    return size
  }
}
