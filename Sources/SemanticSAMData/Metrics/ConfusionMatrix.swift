import SemanticSAMCore

/// How often pixels of one class were given another.
public struct ConfusionMatrix: Hashable, Sendable {
  /// K: the classes are 0..<K.
  public let classCount: Int
  /// `[K + 1, K + 1]`, row by row: pixels by prediction (row) and truth (column). Index K is "no class".
  public private(set) var counts: [Int]

  /// More classes than any data set has; the matrix has the square of them as entries.
  static let classLimit = 4096

  /// A matrix of zeros of K <= `classLimit` classes.
  init(classCount: Int) {
    self.classCount = classCount
    counts = [Int](repeating: 0, count: (classCount + 1) * (classCount + 1))
  }

  /// A matrix that was counted before.
  /// - Parameter rows: `[K + 1, K + 1]`, rows by prediction.
  /// - Throws: `invalidArgument` where it is not square, is empty or has a negative entry.
  public init(rows: [[Int]]) throws(ModelError) {
    guard !rows.isEmpty, rows.allSatisfy({ $0.count == rows.count && $0.allSatisfy { $0 >= 0 } }) else {
      throw ModelError(
        .invalidArgument,
        "A confusion matrix must be square, of numbers from 0; give one row and column for each class "
          + "and one for none.")
    }
    self.init(classCount: rows.count - 1)
    counts = rows.flatMap { $0 }
  }

  /// Pixels that were predicted as a class (K: none) and are another in truth.
  public subscript(prediction prediction: Int, truth truth: Int) -> Int {
    counts[prediction * (classCount + 1) + truth]
  }

  /// Rows by prediction.
  public var rows: [[Int]] {
    stride(from: 0, to: counts.count, by: classCount + 1).map { Array(counts[$0..<($0 + classCount + 1)]) }
  }

  /// Pixels with a class in truth.
  public var labelledPixelCount: Int {
    (0...classCount).reduce(0) { sum, row in
      sum + (0..<classCount).reduce(0) { $0 + self[prediction: row, truth: $1] }
    }
  }

  mutating func add(_ count: Int, prediction: Int, truth: Int) {
    counts[prediction * (classCount + 1) + truth] += count
  }
}
