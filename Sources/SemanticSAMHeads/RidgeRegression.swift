import SemanticSAMCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A linear map fitted in closed form: the minimum over W and b of
/// `sum of w_i ||W x_i + b - y_i||^2 + penalty ||W||^2` (Hoerl and Kennard, "Ridge Regression", 1970).
///
/// The penalty is the one of the least leave-one-out error, which the eigenvectors of the smaller Gram matrix give for every
/// penalty without fitting again: the residual of a region that is left out is `r_i / (1 - h_i)`, h being the diagonal of
/// the hat matrix (Golub, Heath and Wahba, 1979, section 1).
struct RidgeRegression: Sendable {
  /// `[features, outputs]`.
  let weights: Matrix
  let intercept: [Double]
  let penalty: Double
  /// What each region gets from a fit without it, `[regions, outputs]`.
  let leftOut: Matrix

  /// - Parameters:
  ///   - x: `[regions, features]`, at least one of each.
  ///   - y: `[regions, outputs]`.
  ///   - importance: the weight of each region, above 0.
  ///   - penalties: to choose from, 0 or more, at least one.
  /// - Throws: `invalidArgument` for a penalty of 0 where the features depend on each other.
  init(_ x: Matrix, _ y: Matrix, importance: [Double], penalties: [Double]) throws(ModelError) {
    let total = importance.reduce(0, +)
    let roots = importance.map { $0.squareRoot() }
    let xMean = Self.mean(x, importance, total)
    let yMean = Self.mean(y, importance, total)
    // Weighted and centred, so that the intercept is not penalised.
    let a = Self.centred(x, xMean, roots)
    let b = Self.centred(y, yMean, roots)
    let isTall = x.rows >= x.columns
    let gram = a.product(a, isOuter: !isTall)
    let (values, vectors) = try LinearAlgebra.eigen(symmetric: gram)

    // Left singular vectors of A, scaled by nothing: U = A V / s, or the eigenvectors themselves.
    let basis = isTall ? Self.product(a, vectors) : vectors
    let projected = basis.product(b)
    var best: (error: Double, penalty: Double, leftOut: Matrix)?
    for penalty in penalties {
      guard
        let fit = Self.leftOut(
          x.rows, y, b, yMean, basis, projected, values, isTall: isTall, penalty: penalty, roots: roots, total: total,
          importance: importance)
      else { continue }
      if best.map({ fit.error < $0.error }) ?? true { best = (fit.error, penalty, fit.predictions) }
    }
    guard let best else {
      throw ModelError(
        .invalidArgument,
        "The fit has no unique solution: the features of the \(x.rows) regions depend on each other; use a penalty above 0 or "
          + "more regions.")
    }
    penalty = best.penalty
    leftOut = best.leftOut

    if best.penalty == 0 {
      weights = try LinearAlgebra.leastSquares(a, b)
    } else {
      var system = gram
      for index in 0..<system.rows { system[index, index] += best.penalty }
      if isTall {
        weights = try LinearAlgebra.solved(positiveDefinite: system, a.product(b))
      } else {
        weights = a.product(try LinearAlgebra.solved(positiveDefinite: system, b))
      }
    }
    var intercept = yMean
    for output in 0..<y.columns {
      for feature in 0..<x.columns { intercept[output] -= weights[feature, output] * xMean[feature] }
    }
    self.intercept = intercept
  }

  /// Predictions of fits without each region, and their weighted mean square error; nil where a region cannot be left out.
  private static func leftOut(
    _ rows: Int, _ y: Matrix, _ b: Matrix, _ yMean: [Double], _ basis: Matrix, _ projected: Matrix, _ values: [Double],
    isTall: Bool, penalty: Double, roots: [Double], total: Double, importance: [Double]
  ) -> (error: Double, predictions: Matrix)? {
    // In the tall case the basis is U s, so each direction counts 1 / (s^2 + penalty), else s^2 / (s^2 + penalty).
    let largest = values.last ?? 0
    // Without a penalty, features that depend on each other have no unique map.
    guard penalty > 0 || values.first ?? 0 > largest * 1e-12 else { return nil }
    let shrink = values.map { value -> Double in
      guard value > largest * 1e-12 else { return 0 }
      return isTall ? 1 / (value + penalty) : value / (value + penalty)
    }
    var hat = [Double](repeating: 0, count: rows)
    for direction in values.indices {
      for row in 0..<rows {
        let entry = basis[row, direction]
        hat[row] += shrink[direction] * entry * entry
      }
    }
    // The mean is fitted too.
    for row in 0..<rows { hat[row] += importance[row] / total }
    guard hat.allSatisfy({ $0 < 1 - 1e-9 }) else { return nil }
    var scaled = projected
    for column in 0..<scaled.columns {
      for direction in values.indices { scaled[direction, column] *= shrink[direction] }
    }
    let fitted = product(basis, scaled)
    var predictions = Matrix(rows: rows, columns: y.columns)
    var error = 0.0
    for column in 0..<y.columns {
      for row in 0..<rows {
        let residual = (b[row, column] - fitted[row, column]) / (1 - hat[row])
        error += residual * residual
        predictions[row, column] = y[row, column] - residual / roots[row]
      }
    }
    return (error / total, predictions)
  }

  private static func product(_ a: Matrix, _ b: Matrix) -> Matrix {
    a.transposed.product(b)
  }

  private static func mean(_ x: Matrix, _ importance: [Double], _ total: Double) -> [Double] {
    (0..<x.columns).map { column in
      (0..<x.rows).reduce(0) { $0 + importance[$1] * x[$1, column] } / total
    }
  }

  private static func centred(_ x: Matrix, _ mean: [Double], _ roots: [Double]) -> Matrix {
    var result = x
    for column in 0..<x.columns {
      for row in 0..<x.rows { result[row, column] = (x[row, column] - mean[column]) * roots[row] }
    }
    return result
  }
}
