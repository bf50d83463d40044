import ArgumentParser
import SemanticSAMCore

/// The files that `segment` writes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "The photograph with the best mask of each prompt, or all masks of --levels: outlines, prompts and names; with "
        + "--format the folder to write those masks to.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  @OptionGroup var export: FormatOption

  @Option(
    help: ArgumentHelp("A picture of all levels side by side, for one prompt.", valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var contactSheet: String?

  @Option(
    help: ArgumentHelp("The object of the best mask on transparent ground, for one prompt.", valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var cutout: String?

  @Option(
    help: ArgumentHelp("The masks as JSON; - writes it to standard output, without the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The levels to return, as in 1-3 or 2,5; all without it. 1 is the whole, 6 the smallest part.",
      valueName: "levels"))
  var levels: String?

  /// The options that name files, in the order in which those are written.
  private var files: [(option: String, path: String)] {
    let pictures = [("--output", output), ("--contact-sheet", contactSheet), ("--cutout", cutout)]
    return (pictures + [("--json", json == "-" ? nil : json)]).compactMap { option, path in
      path.map { (option, $0) }
    }
  }

  func validate() throws {
    if export.format != nil {
      guard let output, !output.isEmpty else {
        throw ValidationError("--format needs a folder to write to; give it with --output.")
      }
      guard contactSheet == nil, cutout == nil, json == nil else {
        throw ValidationError("--format writes its files only; leave out --contact-sheet, --cutout and --json.")
      }
      _ = try granularities()
      return
    }
    for (option, path) in files where option != "--json" {
      guard path.lowercased().hasSuffix(".png") || FileIdentity.isDevice(path) else {
        throw ValidationError("\(option) writes PNG; give '\(path)' a name that ends in .png.")
      }
    }
    if json == "" {
      throw ValidationError("--json has an empty path; give the path of a file, or - for standard output.")
    }
    _ = try granularities()
  }

  /// Refuses files that would replace one another or what is read, and folders that are not there, before any work.
  func check(against inputs: [String]) throws {
    var owners: [FileIdentity: String] = [:]
    for input in inputs {
      if let identity = FileIdentity(input) { owners[identity] = "the input '\(input)'" }
    }
    for (option, path) in files {
      guard let identity = FileIdentity(path) else { continue }
      if let owner = owners[identity] {
        throw ValidationError("\(option) '\(path)' would replace \(owner); give another file.")
      }
      owners[identity] = "the file of \(option)"
    }
    for (_, path) in files { try FileIdentity.checkWritable(path) }
  }

  /// The granularities of `--levels`; `nil` without it.
  func granularities() throws -> Set<Granularity>? {
    guard let levels else { return nil }
    return Set(try LevelList.parse(levels))
  }
}
