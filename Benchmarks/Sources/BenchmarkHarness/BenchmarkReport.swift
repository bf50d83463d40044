import Foundation

/// The results of a benchmark: printed as tables while it runs, written as JSON at its end.
public struct BenchmarkReport: Codable, Sendable {
  /// One measured thing.
  public struct Result: Codable, Sendable {
    public let group: String
    public let name: String
    /// The numbers by the titles of the group's columns; what was not measured is left out.
    public let values: [String: Double]
  }

  /// A column of a table.
  public struct Column: Sendable {
    public let title: String
    public let decimals: Int

    public init(_ title: String, decimals: Int = 1) {
      self.title = title
      self.decimals = decimals
    }

    fileprivate var width: Int { max(title.count, 9) + 2 }
  }

  public let machine: Machine
  /// Facts that are not of the machine, such as the versions of what is compared with.
  public var notes: [String: String] = [:]
  public private(set) var results: [Result] = []
  private var columns: [Column] = []

  private enum CodingKeys: CodingKey { case machine, notes, results }

  public init(machine: Machine) {
    self.machine = machine
  }

  public func printHeader() {
    for line in machine.lines { print(line) }
    for (name, value) in notes.sorted(by: { $0.key < $1.key }) { print("\(name): \(value)") }
  }

  /// Begins a table.
  public mutating func begin(_ title: String, columns: [Column]) {
    self.columns = columns
    print("\n" + pad(title, 34) + columns.map { padLeft($0.title, $0.width) }.joined())
  }

  /// Adds a row to the table begun last; `values` in the order of its columns, nil for what was not measured.
  public mutating func add(group: String, name: String, values: [Double?]) {
    let cells = zip(columns, values).map { column, value in
      padLeft(value.map { String(format: "%.\(column.decimals)f", $0) } ?? "-", column.width)
    }
    print(pad(name, 34) + cells.joined())
    let named = zip(columns, values).compactMap { column, value in value.map { (column.title, $0) } }
    results.append(Result(group: group, name: name, values: Dictionary(named) { first, _ in first }))
  }

  /// Writes the report as JSON.
  public func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }

  private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 1)) + text
  }
}
