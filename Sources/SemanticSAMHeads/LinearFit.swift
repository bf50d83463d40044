import SemanticSAMCore

/// A linear map of features to any targets, fitted in closed form: what `ClosedFormHead` fits to classes, and what the
/// built-in maps into a text encoder's space are.
public struct LinearFit: Sendable {
  /// `[outputs, features]`.
  public let weights: Tensor
  /// `[outputs]`.
  public let bias: Tensor
  /// The chosen one, relative to the mean square of the centred features.
  public let penalty: Float
  /// What each region gets from a fit without it, `[regions, outputs]`.
  let leftOut: Matrix

  /// What each region gets from a fit without it, `[regions, outputs]`.
  public var leaveOneOut: Tensor {
    let rows = leftOut.transposed
    return Tensor(rows.values.map(Float.init), shape: [leftOut.rows, leftOut.columns])
  }

  /// - Parameters:
  ///   - features: `[regions, F]`.
  ///   - targets: `[regions, outputs]`.
  ///   - importance: how much each region counts, above 0; `nil`: all alike.
  ///   - penalties: relative to the mean square of the centred features, 0 or more; the one of the least leave-one-out error
  ///     is taken.
  /// - Throws: `invalidArgument` for shapes that do not fit, numbers that are not finite, too few regions.
  public init(
    _ features: Tensor, targets: Tensor, importance: [Float]? = nil, penalties: [Float] = ClosedFormHead.penalties
  ) throws(ModelError) {
    let importance = importance ?? Array(repeating: 1, count: features.shape.first ?? 0)
    guard features.shape.count == 2, targets.shape.count == 2, features.shape[0] == targets.shape[0],
      importance.count == features.shape[0], features.shape[0] >= 2, features.shape[1] >= 1
    else {
      throw ModelError(
        .invalidArgument,
        "Features of shape \(features.shape) cannot be fitted to targets of shape \(targets.shape) with \(importance.count) "
          + "weights; give at least two regions, a row of each for every one.")
    }
    guard importance.allSatisfy({ $0 > 0 && $0.isFinite }), penalties.allSatisfy({ $0 >= 0 && $0.isFinite }),
      !penalties.isEmpty
    else {
      throw ModelError(
        .invalidArgument, "A weight of a region is not above 0, or a penalty is below 0; give finite numbers.")
    }
    let areFinite = [features, targets].allSatisfy { $0.withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) } }
    guard areFinite else {
      throw ModelError(.invalidArgument, "A feature or target is not finite; check what made it.")
    }
    let x = Matrix(features)
    let scale = Self.meanSquare(x, importance.map(Double.init))
    let fit = try RidgeRegression(
      x, Matrix(targets), importance: importance.map(Double.init), penalties: penalties.map { Double($0) * scale })
    weights = Tensor(fit.weights.values.map(Float.init), shape: [targets.shape[1], features.shape[1]])
    bias = Tensor(fit.intercept.map(Float.init), shape: [targets.shape[1]])
    penalty = Float(scale > 0 ? fit.penalty / scale : fit.penalty)
    leftOut = fit.leftOut
  }

  /// The weighted sum of squares of the centred features, over the number of features: what a penalty of 1 stands for.
  private static func meanSquare(_ x: Matrix, _ importance: [Double]) -> Double {
    let total = importance.reduce(0, +)
    var sum = 0.0
    for column in 0..<x.columns {
      let mean = (0..<x.rows).reduce(0) { $0 + importance[$1] * x[$1, column] } / total
      sum += (0..<x.rows).reduce(0) { $0 + importance[$1] * (x[$1, column] - mean) * (x[$1, column] - mean) }
    }
    let square = sum / Double(x.columns)
    return square > 0 ? square : 1
  }
}
