import SemanticSAMCore

/// Whether a result of LAPACK solves its problem.
///
/// LAPACK computes with the BLAS of the system. OpenBLAS as Debian 12 ships it (0.3.21) takes kernels that compute wrongly
/// on some processors that are newer than it, so nothing that comes from it is used unseen. A result is multiplied with one
/// vector and compared, in plain loops; that costs as much as reading the matrices a few times.
enum SolutionCheck {
  /// Of `A X = B`, A symmetric.
  static func check(solution x: Matrix, of a: Matrix, _ b: Matrix) throws(ModelError) {
    let probe = vector(x.columns)
    let (xp, bp) = (x.times(probe), b.times(probe))
    try check(
      zip(a.times(xp), bp).map { $0 - $1 }, against: (a.magnitude * x.magnitude + b.magnitude) * magnitude(probe),
      size: a.rows)
  }

  /// Of the least squares of `A X - B`: what is left over is at right angles to the columns of A.
  static func check(leastSquares x: Matrix, of a: Matrix, _ b: Matrix) throws(ModelError) {
    let probe = vector(x.columns)
    let (xp, bp) = (x.times(probe), b.times(probe))
    let rest = zip(a.times(xp), bp).map { $0 - $1 }
    let scale = a.magnitude * (a.magnitude * x.magnitude + b.magnitude) * magnitude(probe)
    try check(a.transposedTimes(rest), against: scale, size: a.rows + a.columns)
  }

  /// Of `A V = V diag(values)`, A symmetric.
  static func check(eigenvalues values: [Double], vectors: Matrix, of a: Matrix) throws(ModelError) {
    let probe = vector(vectors.columns)
    let left = a.times(vectors.times(probe))
    let right = vectors.times(zip(values, probe).map { $0 * $1 })
    try check(
      zip(left, right).map { $0 - $1 }, against: a.magnitude * vectors.magnitude * magnitude(probe), size: a.rows)
  }

  /// - Parameter size: the length of sums in the problem. The bound has a thousandfold room above the rounding that backward
  ///   stable methods leave (Higham, "Accuracy and Stability of Numerical Algorithms", theorems 10.4 and 20.3), and what
  ///   wrong kernels give is wrong in its first digits.
  private static func check(_ rest: [Double], against scale: Double, size: Int) throws(ModelError) {
    // What is no number is the caller's to judge: features may be so.
    guard scale.isFinite else { return }
    let bound = 1000 * Double(size) * Double.ulpOfOne * scale
    guard magnitude(rest) <= bound || scale == 0 else {
      throw ModelError(
        .unsupported,
        "This system's LAPACK computes wrongly on this processor; set OPENBLAS_CORETYPE=Haswell (or another type that the "
          + "processor can run) in the environment, or install a newer OpenBLAS.")
    }
  }

  /// Numbers in -1...1 without a pattern, the same in each run.
  private static func vector(_ count: Int) -> [Double] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-52 - 1
    }
  }

  private static func magnitude(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension Matrix {
  /// The Euclidean length of all numbers.
  fileprivate var magnitude: Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// `A v`.
  fileprivate func times(_ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: rows)
    for column in 0..<columns {
      let factor = vector[column]
      for row in 0..<rows { result[row] += factor * values[column * rows + row] }
    }
    return result
  }

  /// `A^T v`.
  fileprivate func transposedTimes(_ vector: [Double]) -> [Double] {
    (0..<columns).map { column in
      var sum = 0.0
      for row in 0..<rows { sum += values[column * rows + row] * vector[row] }
      return sum
    }
  }
}
