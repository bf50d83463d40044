import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

/// Where the object is. Values are parsed here; whether they lie in the photograph is judged when it is known.
struct PromptOptions: ParsableArguments {
  @Option(
    name: .customLong("point"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A pixel of the object; give more to say more about the same object.", valueName: "x,y"))
  var points: [String] = []

  @Option(
    name: .customLong("negative-point"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A pixel that does not belong to the object.", valueName: "x,y"))
  var negativePoints: [String] = []

  @Option(
    name: .customLong("box"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A box around the object, by its edges.", valueName: "x0,y0,x1,y1"))
  var boxes: [String] = []

  @Option(
    help: ArgumentHelp(
      "A PNG of the photograph's size whose pixels other than 0 are roughly the object, such as an earlier mask; points "
        + "correct it.",
      valueName: "file"),
    completion: .file(extensions: ["png"]))
  var mask: String?

  @Option(
    name: .customLong("text"),
    help: ArgumentHelp(
      "What to look for in the whole photograph, as in \"dog\" or \"wheel of the car\"; give more to look for more.",
      valueName: "words"))
  var texts: [String] = []

  @Option(
    help: ArgumentHelp("Many prompts from a JSON file, in place of the options above.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var prompts: String?

  /// Refuses what is no number, in the order of the options.
  func validate() throws {
    let prompt = try prompt()
    guard boxes.count <= 1 else {
      throw ValidationError("There are \(boxes.count) boxes, and a prompt has one at most; use --prompts for more.")
    }
    let isGiven = !prompt.clicks.isEmpty || prompt.box != nil || mask != nil
    guard prompts == nil || !isGiven else {
      throw ValidationError("--prompts replaces --point, --negative-point, --box and --mask; give one or the other.")
    }
    guard texts.isEmpty || !isGiven && prompts == nil else {
      throw ValidationError(
        "--text looks everywhere and replaces points, boxes, masks and --prompts; give one or the other.")
    }
    guard prompts != nil || isGiven || !texts.isEmpty else {
      throw ValidationError("There is no prompt; say where the object is with --point, --box, --mask or --prompts.")
    }
  }

  /// One prompt of the points and the box, or all of the file.
  func resolved() throws -> [Prompt] {
    if let prompts { return try PromptDocument(contentsOf: prompts).prompts }
    guard texts.isEmpty else { return texts.map(Prompt.text) }
    var prompt = try prompt()
    if let mask {
      let labels = try LabelImage(contentsOf: mask)
      let bitmap = labels.values.map { $0 == 0 ? UInt8(0) : 1 }
      prompt.mask = .mask(try Mask(width: labels.width, height: labels.height, bitmap: bitmap))
    }
    return [prompt]
  }

  private func prompt() throws -> Prompt {
    let clicks =
      try points.map { Prompt.Click(try Self.point($0), isPositive: true) }
      + negativePoints.map { Prompt.Click(try Self.point($0), isPositive: false) }
    return Prompt(clicks: clicks, box: try boxes.map(Self.box).first)
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
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }
    guard parts.count == count, numbers.count == count else {
      throw ValidationError("The \(what) '\(text)' is not \(form); give \(count) numbers with commas between them.")
    }
    return numbers
  }
}
