/// The one-to-one assignment of rows to columns with the smallest or largest sum, exact.
///
/// Shortest augmenting paths with potentials (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
/// sparse linear assignment problems", 1987): n^2 m steps for n <= m, no memory but the lists of one row.
public enum Hungarian {
  /// A row and the column that it got.
  public struct Pair: Hashable, Sendable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// The assignment with the smallest sum of costs: `min(rows, columns)` pairs, rising by row. Of several such
  /// assignments always the same one.
  /// - Parameter costs: `[rows, columns]`.
  /// - Throws: `invalidArgument` where a cost is not finite, or the costs are not `rows * columns`.
  public static func assignment(
    minimizing costs: [Double], rows: Int, columns: Int
  ) throws(ModelError) -> [Pair] {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflow, costs.count == count else {
      throw ModelError(
        .invalidArgument,
        "\(costs.count) costs do not make a table of \(rows) rows and \(columns) columns; give one for each pair.")
    }
    if let place = costs.firstIndex(where: { !$0.isFinite }) {
      throw ModelError(
        .invalidArgument,
        "The cost of row \(place / columns) and column \(place % columns) is \(costs[place]); give finite costs.")
    }
    guard count > 0 else { return [] }
    if rows <= columns {
      return columnOfEachRow(costs, rows: rows, columns: columns).enumerated().map { Pair(row: $0, column: $1) }
    }
    let transposed = (0..<count).map { costs[$0 % rows * columns + $0 / rows] }
    return columnOfEachRow(transposed, rows: columns, columns: rows).enumerated()
      .map { Pair(row: $1, column: $0) }.sorted { $0.row < $1.row }
  }

  /// The assignment with the largest sum of values; otherwise as ``assignment(minimizing:rows:columns:)``.
  public static func assignment(
    maximizing values: [Double], rows: Int, columns: Int
  ) throws(ModelError) -> [Pair] {
    try assignment(minimizing: values.map { -$0 }, rows: rows, columns: columns)
  }

  /// For `rows <= columns`, at least one row.
  private static func columnOfEachRow(_ costs: [Double], rows: Int, columns: Int) -> [Int] {
    // The last place of the columns' lists stands for the row that is being added.
    let source = columns
    var rowPotential = [Double](repeating: 0, count: rows)
    var columnPotential = [Double](repeating: 0, count: columns)
    var rowOfColumn = [Int?](repeating: nil, count: columns + 1)
    for row in 0..<rows {
      rowOfColumn[source] = row
      var distance = [Double](repeating: .infinity, count: columns)
      var previous = [Int](repeating: source, count: columns)
      var isSettled = [Bool](repeating: false, count: columns + 1)
      var column = source
      while let current = rowOfColumn[column] {
        isSettled[column] = true
        var step = Double.infinity
        var nearest = source
        for next in 0..<columns where !isSettled[next] {
          let reduced = costs[current * columns + next] - rowPotential[current] - columnPotential[next]
          if reduced < distance[next] {
            distance[next] = reduced
            previous[next] = column
          }
          if distance[next] < step {
            step = distance[next]
            nearest = next
          }
        }
        for settled in 0...columns {
          if isSettled[settled] {
            if let matched = rowOfColumn[settled] { rowPotential[matched] += step }
            if settled < columns { columnPotential[settled] -= step }
          } else {
            distance[settled] -= step
          }
        }
        column = nearest
      }
      // Turn the path around: each column on it takes the row of the column before.
      while column != source {
        let before = previous[column]
        rowOfColumn[column] = rowOfColumn[before]
        column = before
      }
    }
    var columnOfRow = [Int](repeating: 0, count: rows)
    for column in 0..<columns {
      if let row = rowOfColumn[column] { columnOfRow[row] = column }
    }
    return columnOfRow
  }
}
