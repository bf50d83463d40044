extension COCOAveragePrecision {
  /// The twelve lines of the official tool, and a line for each category.
  public var table: String {
    let rows: [(title: String, overlap: String, area: String, limit: Int)] = [
      ("Precision", "0.50:0.95", "all", 100), ("Precision", "0.50", "all", 100), ("Precision", "0.75", "all", 100),
      ("Precision", "0.50:0.95", "small", 100), ("Precision", "0.50:0.95", "medium", 100),
      ("Precision", "0.50:0.95", "large", 100), ("Recall", "0.50:0.95", "all", 1),
      ("Recall", "0.50:0.95", "all", 10), ("Recall", "0.50:0.95", "all", 100),
      ("Recall", "0.50:0.95", "small", 100), ("Recall", "0.50:0.95", "medium", 100),
      ("Recall", "0.50:0.95", "large", 100),
    ]
    var lines: [String] = []
    for (row, value) in zip(rows, statistics) {
      let title = "Average \(row.title)".padded(to: 17)
      let sign = row.title == "Precision" ? "(AP)" : "(AR)"
      lines.append(
        " \(title) \(sign) @[ IoU=\(row.overlap.padded(to: 9)) | area=\(row.area.padded(to: 6, isRight: true)) "
          + "| maxDets=\("\(row.limit)".padded(to: 3, isRight: true)) ] = \(Self.fixed(value))")
    }
    let width = max(categories.map(\.name.count).max() ?? 0, 8)
    lines.append("")
    lines.append("  \("category".padded(to: width))  truth     AP   AP50  AR100")
    for category in categories {
      let numbers = [category.averagePrecision, category.averagePrecision50, category.averageRecall].map {
        $0.map(Self.fixed) ?? "    -"
      }
      lines.append(
        "  \(category.name.padded(to: width)) \("\(category.truthCount)".padded(to: 6, isRight: true))  "
          + numbers.joined(separator: "  "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Three decimals.
  private static func fixed(_ value: Double) -> String {
    let scaled = Int((abs(value) * 1000).rounded())
    let decimals = "\(scaled % 1000 + 1000)".dropFirst()
    return (value < 0 ? "-" : "") + "\(scaled / 1000).\(decimals)"
  }
}

extension String {
  fileprivate func padded(to width: Int, isRight: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - count, 0))
    return isRight ? space + self : self + space
  }
}
