/// The focal loss of classifiers that see every class on its own (Lin et al. 2017; alpha 0.25, gamma 2).
public enum FocalLoss {
  /// How a loss is put together of the numbers of queries and classes.
  public enum Form: Hashable, Sendable, Codable {
    /// The sum over all queries and classes; a query without a class is a negative example of all of them.
    case allQueries
    /// Denoising: only queries with a class count, the mean over the classes times the number of all queries (reference:
    /// `loss_labels_masked`).
    case matchedQueries
  }

  /// - Parameters:
  ///   - logits: `[Q, C]`.
  ///   - classes: of each query; nil where it matches nothing.
  ///   - exceptions: queries and classes that nothing is known of.
  ///   - normalizer: what the sum is divided by.
  /// - Returns: `[1]`.
  public static func loss(
    logits: Tensor, classes: [Int?], form: Form = .allQueries, exceptions: Exceptions = Exceptions(),
    normalizer: Double
  ) -> Tensor {
    let width = logits.channels
    precondition(logits.rowCount == classes.count, "\(logits.rowCount) queries have \(classes.count) classes.")
    let scale: Double
    let rows: [Int]
    switch form {
    case .allQueries:
      rows = classes.indices.filter { !exceptions.queries.contains($0) }
      scale = 1 / normalizer
    case .matchedQueries:
      rows = classes.indices.filter { classes[$0] != nil }
      scale = Double(classes.count) / Double(max(width, 1)) / normalizer
    }
    /// Without those that a query which matches nothing may well be.
    @Sendable func columns(_ row: Int) -> [Int] {
      classes[row] != nil || exceptions.classes.isEmpty
        ? Array(0..<width) : (0..<width).filter { !exceptions.classes.contains($0) }
    }
    let numbers = logits.detached
    var sum = 0.0
    numbers.withUnsafeBufferPointer { numbers in
      for row in rows {
        for column in columns(row) {
          sum += Self.term(Double(numbers[row * width + column]), isTrue: classes[row] == column).value
        }
      }
    }
    return Tensor([Float(sum * scale)], shape: [1]).recorded(from: [logits]) { gradient in
      let factor = Double(gradient.values[0]) * scale
      var input = Tensor(repeating: 0, shape: numbers.shape)
      let target = input.mutableAddress
      numbers.withUnsafeBufferPointer { numbers in
        for row in rows {
          for column in columns(row) {
            let index = row * width + column
            let isTrue = classes[row] == column
            target[index] = Float(factor * Self.term(Double(numbers[index]), isTrue: isTrue).slope)
          }
        }
      }
      return [input]
    }
  }

  /// What is left out of `.allQueries`.
  public struct Exceptions: Hashable, Sendable {
    /// Queries that match a thing whose class is not known.
    public var queries: Set<Int>
    /// Classes of which a photograph may have more than is annotated: a query that matches nothing is no negative example.
    public var classes: Set<Int>

    public init(queries: Set<Int> = [], classes: Set<Int> = []) {
      self.queries = queries
      self.classes = classes
    }
  }

  /// The loss of one logit and its derivative.
  static func term(_ logit: Double, isTrue: Bool) -> (value: Double, slope: Double) {
    // By the logit of being right, z, the loss is alpha q^2 softplus(-z) with q = 1 - sigmoid(z).
    let z = isTrue ? logit : -logit
    let alpha = isTrue ? 0.25 : 0.75
    let q = SafeMath.sigmoid(-z)
    let entropy = SafeMath.softplus(-z)
    let slope = -alpha * q * q * (2 * (1 - q) * entropy + q)
    return (alpha * q * q * entropy, isTrue ? slope : -slope)
  }
}
