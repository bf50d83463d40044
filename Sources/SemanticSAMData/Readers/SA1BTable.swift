import SemanticSAMCore

/// SA-1B as tables, the form that Semantic-SAM trains on: each line of `X.tsv` is a photograph's name, the JSON of its
/// annotations and the JPEG in base64, and `X.lineidx` says at which byte each line begins.
///
/// Files have several GB; only the line of a sample is read. An index that is missing is made in memory. `X.label` with
/// `X.label.lineidx`, where it exists, replaces the JSON: its lines are the photograph's name and other annotations.
public struct SA1BTable: Dataset {
  public let name = "sa1b_tsv"
  public let categories = CategoryTables()
  private let tables: [Table]
  /// The number of photographs before each table.
  private let starts: [Int]

  public let count: Int

  /// - Parameters:
  ///   - path: a `.tsv` file or a folder of them, which are read in the order of their numbers.
  ///   - numbers: the tables of a folder to read, by the number in their names (`sa-12.tsv`); without it all.
  /// - Throws: `unreadableFile`, or `malformedFile` for an index that does not fit its table.
  public init(at path: String, numbers: Range<Int>? = nil) throws(ModelError) {
    var paths = [path]
    if Folder.isFolder(path) {
      let names = try Folder.names(in: path).filter { $0.hasSuffix(".tsv") }
      let numbered = names.map { (number: Self.number(of: $0), name: $0) }
      let wanted = numbered.filter { entry in
        numbers.map { range in entry.number.map(range.contains) ?? false } ?? true
      }
      paths = wanted.sorted { ($0.number ?? .max, $0.name) < ($1.number ?? .max, $1.name) }.map { "\(path)/\($0.name)" }
    }
    var tables: [Table] = []
    var starts: [Int] = []
    var count = 0
    for path in paths {
      let table = try Table(path)
      tables.append(table)
      starts.append(count)
      count += table.lines.count
    }
    self.tables = tables
    self.starts = starts
    self.count = count
  }

  /// The number in a table's name: behind the last `-` before the first dot (`sa-12.tsv`), or, in names that contain
  /// "part", behind the last `_` of the second field between dots.
  static func number(of name: String) -> Int? {
    let fields = name.split(separator: ".", omittingEmptySubsequences: false)
    if name.contains("part"), fields.count > 1 {
      return fields[1].split(separator: "_").last.flatMap { Int($0) }
    }
    return fields.first?.split(separator: "-").last.flatMap { Int($0) }
  }

  /// The masks of a photograph, in the order of the annotations.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file, line and annotation.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let place = (starts.firstIndex { $0 > index } ?? starts.count) - 1
    let table = tables[place]
    let line = index - starts[place]
    let row = try table.row(line)
    var json = row.json
    if let label = try table.label(line) {
      guard label.name == row.name else {
        throw ModelError(
          .malformedFile,
          "Line \(line) of '\(table.path)' is the image '\(row.name)', and that of its label file is '\(label.name)'; "
            + "get the label file that belongs to the table.")
      }
      json = label.json
    }
    let name = "Line \(line) of '\(table.path)', the image '\(row.name)',"
    let record = try SA1BRecord(json: json, name: name)
    return Sample(
      image: ImageReference(
        id: row.name, place: .base64(file: table.path, offset: row.imageOffset, length: row.imageLength),
        width: record.image.width, height: record.image.height),
      regions: try record.regions(name: name, problem: problem), licence: "SA-1B Dataset Research License",
      source: self.name)
  }

  /// One file of lines.
  private struct Table: Sendable {
    let path: String
    let lines: Lines
    let labels: Lines?

    init(_ path: String) throws(ModelError) {
      self.path = path
      lines = try Lines(path, index: "\(Folder.stem(path)).lineidx")
      let label = "\(Folder.stem(path)).label"
      labels = Folder.exists(label) ? try Lines(label, index: "\(label).lineidx") : nil
      if let labels, labels.count != lines.count {
        throw ModelError(
          .malformedFile,
          "'\(label)' has \(labels.count) lines, and its table '\(path)' has \(lines.count); get the label file that "
            + "belongs to the table.")
      }
    }

    struct Row {
      /// Without its folders: published tables hold absolute paths of the publisher.
      var name: String
      var json: [UInt8]
      var imageOffset: UInt64
      var imageLength: Int
    }

    func row(_ line: Int) throws(ModelError) -> Row {
      let (offset, bytes) = try lines.read(line)
      let columns = bytes.split(separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false)
      guard columns.count == 3 else {
        throw ModelError(
          .malformedFile, "Line \(line) of '\(path)' has \(columns.count) columns instead of 3; get another copy.")
      }
      return Row(
        name: Folder.baseName(String(decoding: columns[0], as: UTF8.self)), json: Array(columns[1]),
        imageOffset: offset + UInt64(columns[2].startIndex), imageLength: columns[2].count)
    }

    func label(_ line: Int) throws(ModelError) -> (name: String, json: [UInt8])? {
      guard let labels else { return nil }
      let bytes = try labels.read(line).bytes
      let columns = bytes.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
      guard columns.count == 2 else {
        throw ModelError(
          .malformedFile, "Line \(line) of '\(labels.path)' has no second column; get another copy.")
      }
      return (Folder.baseName(String(decoding: columns[0], as: UTF8.self)), Array(columns[1]))
    }
  }

  /// The lines of a file by their first bytes.
  private struct Lines: Sendable {
    let path: String
    private let starts: [UInt64]
    private let size: UInt64

    /// The longest line, in bytes: a photograph of SA-1B takes less than a hundredth.
    private static let maximumLength: UInt64 = 1 << 30

    var count: Int { starts.count }

    init(_ path: String, index: String) throws(ModelError) {
      self.path = path
      size = try FileRange.size(of: path)
      guard Folder.exists(index) else {
        starts = try FileRange.lineStarts(path)
        return
      }
      // A second number, the length, is not always there and counts characters instead of bytes.
      let text = try FileBytes.read(index, limit: 1 << 30)
      var starts: [UInt64] = []
      for (line, row) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
        let field = row.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }.first
        guard let field, let start = UInt64(String(decoding: field, as: UTF8.self)), start < size,
          start > starts.last ?? 0 || starts.isEmpty
        else {
          throw ModelError(
            .malformedFile,
            "Line \(line) of '\(index)' is not the byte of a line of '\(path)'; remove the index, which is then made anew."
          )
        }
        starts.append(start)
      }
      self.starts = starts
    }

    /// The bytes of a line without its end.
    func read(_ line: Int) throws(ModelError) -> (offset: UInt64, bytes: [UInt8]) {
      let start = starts[line]
      let end = line + 1 < starts.count ? starts[line + 1] : size
      guard end - start <= Self.maximumLength else {
        throw ModelError(
          .limitExceeded,
          "Line \(line) of '\(path)' has \(end - start) bytes, more than a photograph; get another copy.")
      }
      var bytes = try FileRange.read(path, offset: start, length: Int(end - start))
      while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
      return (start, bytes)
    }
  }
}
