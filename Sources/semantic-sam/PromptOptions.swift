import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

/// Where the object is. Values are parsed here; whether they lie in the photograph is judged when it is known.
struct PromptOptions: ParsableArguments {
  @Option(
    name: .customLong("point"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A pixel of the object. Points of one call belong to one object.", valueName: "x,y"))
  var points: [String] = []

  @Option(
    name: .customLong("negative-point"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A pixel that does not belong to the object.", valueName: "x,y"))
  var negativePoints: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("A box around the object, by its edges.", valueName: "x0,y0,x1,y1"))
  var box: String?

  @Option(
    help: ArgumentHelp(
      "Many prompts from a JSON file.",
      discussion: #"{"prompts": [{"points": [[x, y], ...], "labels": [1, 0, ...], "box": [x0, y0, x1, y1]}, ...]}"#,
      valueName: "file"))
  var prompts: String?

  @Option(help: ArgumentHelp("Granularities to return: 1 is the whole, 6 the smallest part.", valueName: "1-6"))
  var levels: String?

  /// One prompt of the points and the box, or all of the file.
  func resolved() throws -> [Prompt] {
    let clicks =
      try points.map { Prompt.Click(try Self.point($0), isPositive: true) }
      + negativePoints.map { Prompt.Click(try Self.point($0), isPositive: false) }
    let box = try box.map(Self.box)
    if let prompts {
      guard clicks.isEmpty, box == nil else {
        throw ValidationError("--prompts replaces --point, --negative-point and --box; give one or the other.")
      }
      return try PromptDocument(contentsOf: prompts).prompts
    }
    guard !clicks.isEmpty || box != nil else {
      throw ValidationError("There is no prompt; say where the object is with --point, --box or --prompts.")
    }
    return [Prompt(clicks: clicks, box: box)]
  }

  /// The granularities of `--levels`; `nil` without it.
  func granularities() throws -> Set<Granularity>? {
    guard let levels else { return nil }
    var chosen: Set<Granularity> = []
    for part in levels.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
        (1...6).contains(first), (1...6).contains(last), first <= last
      else {
        throw ValidationError("--levels '\(levels)' does not name levels; give numbers from 1 to 6, as in 1-3 or 2,5.")
      }
      for level in first...last { chosen.insert(try Granularity(level: level)) }
    }
    return chosen
  }

  private static func point(_ text: String) throws -> Point {
    let numbers = try numbers(text, count: 2, what: "point", form: "x,y")
    return Point(x: numbers[0], y: numbers[1])
  }

  private static func box(_ text: String) throws -> Box {
    let numbers = try numbers(text, count: 4, what: "box", form: "x0,y0,x1,y1")
    return Box(x0: numbers[0], y0: numbers[1], x1: numbers[2], y1: numbers[3])
  }

  private static func numbers(_ text: String, count: Int, what: String, form: String) throws -> [Double] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
    guard numbers.count == count, text.filter({ $0 == "," }).count == count - 1 else {
      throw ValidationError("The \(what) '\(text)' is not \(form); give \(count) numbers with commas between them.")
    }
    return numbers
  }
}
