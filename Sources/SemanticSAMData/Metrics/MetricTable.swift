/// Numbers in columns, for people: the first column flush left, the others flush right.
struct MetricTable {
  let text: String

  /// - Parameter rows: all with the same number of cells; the first one is the heading.
  init(rows: [[String]]) {
    let columnCount = rows.first?.count ?? 0
    let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
    text = rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// A share with four decimals; "-" where it is undefined.
  static func decimals(_ value: Double?) -> String {
    guard let value, value.isFinite, abs(value) < 1e9 else { return "-" }
    let digits = "\(Int((abs(value) * 10_000).rounded()))"
    let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    return (value < 0 ? "-" : "") + padded.dropLast(4) + "." + padded.suffix(4)
  }
}
