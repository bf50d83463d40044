import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

struct EvaluateInteractive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interactive",
    abstract: "Measure what one click, or a box, on each annotated object gives.",
    usage: "semantic-sam evaluate interactive --data <name=path> [<options>]",
    discussion: """
      Clicks the pixel of each object that lies deepest inside, asks for the box of its mask, and prints the mean \
      intersection over union: of the best of the six masks (oracle), of the one with the highest predicted IoU (max), \
      and of the answer to the box; beside them what shapes reach that know the click or the box alone.

      The built-in weights on COCO:
        semantic-sam evaluate interactive --data coco=/data/coco --split val2017
      """)

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take objects whose annotated area is above this; without it 400, in the reference's protocol every object.",
      valueName: "pixels"))
  var minimumArea: Double?

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "plain: masks at the photograph's size, the click in its pixel's centre; reference: as the published evaluation, "
        + "at a short side of 800 pixels and without boxes.",
      valueName: "plain|reference"))
  var variant = ClickProtocol.Variant.plain

  @Option(
    help: ArgumentHelp("The numbers as JSON; - writes it to standard output, without the table.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func validate() throws {
    if let minimumArea, !(minimumArea >= 0 && minimumArea.isFinite) {
      throw ValidationError("--minimum-area \(minimumArea) is not an area; give a number of pixels, 0 or more.")
    }
    if json == "" {
      throw ValidationError("--json has an empty path; give the path of a file, or - for standard output.")
    }
  }

  func run() throws {
    if let json, json != "-" { try FileIdentity.checkWritable(json) }
    let dataset = try self.dataset.load()
    let model = try self.model.load()
    let progress = Messages(isQuiet: quiet).progress(dataset.name)
    let evaluation = try evaluate(dataset, model) { progress?.show($0, of: .evaluating) }
    progress?.clear()

    let document = try evaluation.encoded()
    if let json, json != "-" {
      try AtomicFile.write(document, to: json)
      Messages(isQuiet: quiet).note("Wrote \(json).")
    }
    try Output.write(json == "-" ? document : Array(evaluation.table.utf8))
  }

  private func evaluate(
    _ dataset: some Dataset, _ model: SemanticSAM, progress: @escaping ProgressHandler
  ) throws(ModelError) -> InteractiveEvaluation {
    let usual = variant == .plain ? ClickProtocol.plain.objects : ClickProtocol.reference.objects
    let rules = ClickProtocol(variant, objects: minimumArea.map { .annotatedArea(above: $0) } ?? usual)
    let options = SegmentOptions(includesLabels: false)
    return try InteractiveEvaluation(dataset, rules, progress: progress) { task throws(ModelError) in
      let photograph = try Self.photograph(task.image).resized(width: task.width, height: task.height)
      let embedding = try model.encode(photograph, longEdgeLimit: self.model.longEdge)
      return try model.segment(embedding, prompts: task.prompts, options: options)
    }
  }

  private static func photograph(_ reference: ImageReference) throws(ModelError) -> Image {
    guard case .file(let path) = reference.place else {
      throw ModelError(
        .unsupported, "Image \(reference.id) lies inside another file, which cannot be evaluated; unpack it first.")
    }
    var photograph = try Image(contentsOf: path)
    func hasAnnotatedSize(_ image: Image) -> Bool { image.width == reference.width && image.height == reference.height }
    // Some annotations were made on the pixels as they are stored, whatever EXIF says of the camera.
    if !hasAnnotatedSize(photograph) { photograph = try Image(contentsOf: path, ignoringOrientation: true) }
    guard hasAnnotatedSize(photograph) else {
      throw ModelError(
        .malformedFile,
        "'\(path)' has \(photograph.width) x \(photograph.height) pixels and its annotations are for "
          + "\(reference.width) x \(reference.height); get the photograph that belongs to them.")
    }
    return photograph
  }
}

extension ClickProtocol.Variant: ExpressibleByArgument {}
