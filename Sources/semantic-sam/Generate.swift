import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segment everything in a photograph, or in each photograph of a folder.",
    discussion: """
      Clicks a grid of points and keeps the good masks that are no duplicates, with their names. A folder gives one \
      JSON file in the form of COCO; the same call again continues it and skips what is done.

      A picture of all masks, and the masks as JSON:
        semantic-sam generate street.jpg --output masks.png --json masks.json
      Small things too, which takes longer:
        semantic-sam generate street.jpg --crop-layers 1 --output masks.png
      All photographs of a folder:
        semantic-sam generate photographs --json masks.json
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG, PNG or WebP photograph, or a folder of them; - reads standard input.", valueName: "image"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp"]))
  var image: String

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("The photograph with all masks in colours of their own.", valueName: "file.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

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
    if let output, !output.lowercased().hasSuffix(".png"), !FileIdentity.isDevice(output) {
      throw ValidationError("--output writes PNG; give '\(output)' a name that ends in .png.")
    }
    if json == "" {
      throw ValidationError("--json has an empty path; give the path of a file, or - for standard output.")
    }
  }

  func run() throws {
    let isFolder = Folder.isFolder(image)
    if isFolder, output != nil {
      throw ValidationError("--output shows one photograph, and '\(image)' is a folder; give --json, or a photograph.")
    }
    guard !isFolder || json != nil else {
      throw ValidationError("The masks of the folder '\(image)' have nowhere to go; give --json a file or -.")
    }
    guard !isFolder || !names.areGiven else {
      throw ValidationError(
        "The masks of a folder are written without names; give a photograph, or no option for names.")
    }
    try checkFiles()
    let options = try automatic.options(longEdge: model.longEdge, includesLabels: !isFolder)
    if isFolder {
      try FolderRun(
        folder: image, json: json == "-" ? nil : json, options: options, messages: Messages(isQuiet: quiet)
      ).run(loading: { try model.load() })
    } else {
      try runPhotograph(options)
    }
  }

  /// Refuses files that would replace one another or what is read, before any work.
  private func checkFiles() throws {
    var owners: [FileIdentity: String] = [:]
    for input in [image == "-" ? nil : image, model.checkpoint, names.head, names.textEncoder].compactMap(\.self) {
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

  private func runPhotograph(_ options: AutomaticMaskOptions) throws {
    let messages = Messages(isQuiet: quiet)
    let photograph = image == "-" ? try Image(readingFrom: 0) : try Image(contentsOf: image)
    let model = try self.model.load()
    var options = options
    options.vocabulary = try names.vocabulary(for: model, encoder: names.encoder())
    options.confidenceThreshold = names.confidence
    let progress = messages.progress(image)
    var masks = try model.automaticMasks(photograph, options: options) { progress?.show($0, of: .segmenting) }
    progress?.clear()
    if names.head != nil {
      masks = try names.naming(masks, in: try model.encode(photograph, longEdgeLimit: self.model.longEdge), model)
    }

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
