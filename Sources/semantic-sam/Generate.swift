import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segment everything in photographs, or in each photograph of a folder.",
    discussion: """
      Clicks a grid of points and keeps the good masks that are no duplicates, with their names. Several photographs, \
      or a folder of them, give one JSON file in the form of COCO, or with --format a folder of labels; the same call \
      again continues it and skips what is done.

      A picture of all masks, and the masks as JSON:
        semantic-sam generate street.jpg --output masks.png --json masks.json
      Small things too, which takes longer:
        semantic-sam generate street.jpg --crop-layers 1 --output masks.png
      All photographs of a folder:
        semantic-sam generate photographs --json masks.json
      The same as labels for a program that trains, or to be corrected by hand:
        semantic-sam generate photographs --format yolo --output labels
      """)

  @Argument(
    help: ArgumentHelp(
      "JPEG, PNG or WebP photographs, or folders of them; - reads one from standard input.", valueName: "image"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp"]))
  var images: [String]

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "The photograph with all masks in colours of their own; with --format the folder to write to.",
      valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  @OptionGroup var export: FormatOption

  @Option(
    help: ArgumentHelp("The masks as JSON; - writes it to standard output, without the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @OptionGroup(title: "Names") var names: NameOptions

  @OptionGroup(title: "Masks") var automatic: AutomaticOptions

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func validate() throws {
    if export.format != nil {
      guard let output, !output.isEmpty else {
        throw ValidationError("--format needs a folder to write to; give it with --output.")
      }
      guard json == nil else {
        throw ValidationError("--format and --json both say where the masks go; give one of them.")
      }
    } else if let output, !output.lowercased().hasSuffix(".png"), !FileIdentity.isDevice(output) {
      throw ValidationError("--output writes PNG; give '\(output)' a name that ends in .png, or give --format.")
    }
    if json == "" {
      throw ValidationError("--json has an empty path; give the path of a file, or - for standard output.")
    }
  }

  func run() throws {
    let isOne = images.count == 1 && !Folder.isFolder(images[0])
    guard isOne || !images.contains("-") else {
      throw ValidationError("Standard input holds one photograph, and there are others; call it once for each.")
    }
    let title = images.count == 1 ? images[0] : "\(images.count) paths"
    if let format = export.format, let output {
      guard images != ["-"] else {
        throw ValidationError("--format names files after photographs, and standard input has no name; give a file.")
      }
      try runAll(title, includesLabels: true) { settings, classes, photographs in
        try format.destination(in: output, settings: settings, classes: classes, photographs: photographs)
      }
      return
    }
    guard isOne || output == nil else {
      let what = images.count == 1 ? "'\(images[0])' is a folder" : "there are \(images.count) paths"
      throw ValidationError("--output shows one photograph, and \(what); give --json, --format, or one photograph.")
    }
    guard isOne || json != nil else {
      let whose = images.count == 1 ? "the folder '\(images[0])'" : "the photographs"
      throw ValidationError(
        "The masks of \(whose) have nowhere to go; give --json a file or -, or --format and --output.")
    }
    try checkFiles()
    guard !isOne else { return try runPhotograph(images[0]) }
    try runAll(title, includesLabels: names.areGiven) { settings, classes, _ in
      try COCOFile(json == "-" ? nil : json, settings, classes: names.areGiven ? classes : ClassList(nil))
    }
  }

  private func runAll(
    _ title: String, includesLabels: Bool,
    destination: (RunSettings, ClassList, [Photograph]) throws -> any MaskDestination
  ) throws {
    var options = try automatic.options(longEdge: model.longEdge, includesLabels: includesLabels)
    let photographs = try Photograph.all(in: images)
    let model = try self.model.load()
    let naming = try names.resolved(for: model)
    options = naming.options(options)
    let settings = COCOMaskDocument.Settings(
      options, checksum: model.checkpoint.checksum, names: includesLabels ? naming.identity : nil)
    let place = try destination(.automatic(settings), naming.classes(for: model), photographs)
    try PhotographRun(photographs: photographs, title: title, messages: Messages(isQuiet: quiet))
      .run(into: place) { (image, progress) throws(ModelError) in
        let masks = try model.automaticMasks(image, options: options, progress: progress)
        return try naming.applied(to: masks, in: try model.encode(image, longEdgeLimit: options.longEdgeLimit), model)
      }
  }

  /// Refuses files that would replace one another or what is read, before any work.
  private func checkFiles() throws {
    var owners: [FileIdentity: String] = [:]
    for input in images.filter({ $0 != "-" }) + [model.checkpoint].compactMap(\.self) + names.inputs {
      if let identity = FileIdentity(input) { owners[identity] = "the input '\(input)'" }
    }
    for (option, path) in [("--output", output), ("--json", json == "-" ? nil : json)] {
      guard let path else { continue }
      if let identity = FileIdentity(path) {
        if let owner = owners[identity] {
          throw ValidationError("\(option) '\(path)' would replace \(owner); give another file.")
        }
        owners[identity] = "the file of \(option)"
      }
      try FileIdentity.checkWritable(path)
    }
  }

  private func runPhotograph(_ image: String) throws {
    var options = try automatic.options(longEdge: model.longEdge, includesLabels: true)
    let messages = Messages(isQuiet: quiet)
    let photograph = image == "-" ? try Image(readingFrom: 0) : try Image(contentsOf: image)
    let model = try self.model.load()
    let naming = try names.resolved(for: model)
    options = naming.options(options)
    let progress = messages.progress(image)
    var masks = try model.automaticMasks(photograph, options: options) { progress?.show($0, of: .segmenting) }
    progress?.clear()
    masks = try naming.applied(
      to: masks, in: try model.encode(photograph, longEdgeLimit: options.longEdgeLimit), model)

    // All is made before anything is written, so that a failure leaves nothing behind.
    let document = try SegmentationDocument(
      image: image, checkpoint: model.name, width: photograph.width, height: photograph.height,
      segmentations: [masks]
    ).encoded()
    var made: [(path: String, bytes: [UInt8])] = []
    if let output { made.append((output, try Overlay.ofEverything.draw(photograph, candidates: masks).encodePNG())) }
    if let json, json != "-" { made.append((json, document)) }
    for (path, bytes) in made {
      try AtomicFile.write(bytes, to: path)
      messages.note("Wrote \(path).")
    }
    try Output.write(json == "-" ? document : Array(MaskTable([masks]).text.utf8))
  }
}
