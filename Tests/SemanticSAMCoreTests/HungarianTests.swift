import SemanticSAMCore
import Testing

struct HungarianTests {
  @Test func sumsEqualThoseOfAllAssignments() throws {
    var generator = SeededGenerator(seed: 51)
    for round in 0..<4_000 {
      let rows = Int.random(in: 0...6, using: &generator)
      let columns = Int.random(in: 0...6, using: &generator)
      let costs = (0..<rows * columns).map { _ in
        // Few different costs make many ties.
        round.isMultiple(of: 2)
          ? Double(Int.random(in: -2...2, using: &generator)) : Double.random(in: -1...1, using: &generator)
      }
      let pairs = try Hungarian.assignment(minimizing: costs, rows: rows, columns: columns)
      #expect(pairs.count == min(rows, columns))
      #expect(Set(pairs.map(\.row)).count == pairs.count && Set(pairs.map(\.column)).count == pairs.count)
      #expect(pairs.map(\.row) == pairs.map(\.row).sorted())
      let sum = pairs.reduce(0) { $0 + costs[$1.row * columns + $1.column] }
      #expect(abs(sum - smallestSum(costs, rows: rows, columns: columns)) < 1e-12)

      let largest = try Hungarian.assignment(maximizing: costs.map { -$0 }, rows: rows, columns: columns)
      #expect(largest == pairs)
    }
  }

  /// A table whose best assignment is known: potentials of rows and columns, plus what is not negative, plus 0 on a hidden
  /// assignment.
  @Test(arguments: [(40, 40), (30, 90), (90, 30), (1, 200), (200, 1)])
  func largeTablesAreExact(rows: Int, columns: Int) throws {
    var generator = SeededGenerator(seed: 52)
    let rowPrices = (0..<rows).map { _ in Double(Int.random(in: -50...50, using: &generator)) }
    // A column that is left over may not be cheap.
    let columnPrices = (0..<columns).map { _ in
      Double(rows == columns ? Int.random(in: -50...50, using: &generator) : 0)
    }
    let isTall = rows > columns
    let hidden = Array(0..<max(rows, columns)).shuffled(using: &generator)
    var costs: [Double] = []
    for row in 0..<rows {
      for column in 0..<columns {
        let isHidden = isTall ? hidden[column] == row : hidden[row] == column
        let price = (isTall ? 0 : rowPrices[row]) + columnPrices[column]
        costs.append(price + (isHidden ? 0 : Double(Int.random(in: 0...20, using: &generator))))
      }
    }
    let pairs = try Hungarian.assignment(minimizing: costs, rows: rows, columns: columns)
    let sum = pairs.reduce(0) { $0 + costs[$1.row * columns + $1.column] }
    #expect(sum == (isTall ? 0 : rowPrices.reduce(0, +)) + columnPrices.reduce(0, +))
  }

  /// Costs of 20 random bits; the optimum is that of another program (SciPy's `linear_sum_assignment`).
  @Test func twoThousandRowsHaveTheKnownOptimum() throws {
    var generator = SampleGenerator(seed: 1900)
    let costs = (0..<4_000_000).map { _ in Double(generator.next() >> 44) }
    #expect(costs.prefix(3) == [344_152, 354_048, 382_475])
    let pairs = try Hungarian.assignment(minimizing: costs, rows: 2000, columns: 2000)
    #expect(Set(pairs.map(\.column)).count == 2000)
    #expect(pairs.reduce(0) { $0 + costs[$1.row * 2000 + $1.column] } == 1_685_397)
  }

  @Test func badCostsAreRefused() {
    for cost in [Double.nan, .infinity, -.infinity] {
      #expect(throws: ModelError.self) { try Hungarian.assignment(minimizing: [1, cost], rows: 1, columns: 2) }
    }
    #expect(throws: ModelError.self) { try Hungarian.assignment(minimizing: [1, 2, 3], rows: 2, columns: 2) }
    #expect(throws: ModelError.self) { try Hungarian.assignment(minimizing: [], rows: -1, columns: 0) }
    #expect(throws: ModelError.self) { try Hungarian.assignment(minimizing: [1], rows: .max, columns: 2) }
  }

  /// Over all ways to give each of the fewer side one of the other.
  private func smallestSum(_ costs: [Double], rows: Int, columns: Int) -> Double {
    guard rows <= columns else {
      let transposed = (0..<rows * columns).map { costs[$0 % rows * columns + $0 / rows] }
      return smallestSum(transposed, rows: columns, columns: rows)
    }
    func rest(from row: Int, without taken: Int) -> Double {
      guard row < rows else { return 0 }
      return (0..<columns).filter { taken >> $0 & 1 == 0 }
        .map { costs[row * columns + $0] + rest(from: row + 1, without: taken | 1 << $0) }.min() ?? .infinity
    }
    return rest(from: 0, without: 0)
  }
}
