import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segment and name what points or a box show in photographs.",
    discussion: """
      Prints a table of masks, best predicted quality first: for a point six, from level 1 (the whole) to level 6 \
      (the smallest part), for a box one. Coordinates are pixels of the photograph from its top left corner.

      A click, with pictures of the best mask and of all six:
        semantic-sam segment cup.png --point 285,150 \\
          --output overlay.png --contact-sheet levels.png
      All cats, and all that the words name in any photograph with a text encoder:
        semantic-sam segment chelsea.png --text cat --output cats.png
        semantic-sam segment street.jpg --text "wheel of the car" \\
          --text-encoder all-MiniLM-L6-v2
      What a box shows without its background:
        semantic-sam segment cup.png --box 165,12,412,312 --cutout cut.png
      All masks as JSON, and nothing else, to another program:
        semantic-sam segment cup.png --point 285,150 --json - | jq .masks
      A file for --prompts:
        {"prompts": [{"points": [[285, 150], [60, 300]], "labels": [1, 0]},
                     {"box": [165, 12, 412, 312]}]}
      A mask, drawn roughly or from elsewhere, answered anew; points correct it:
        semantic-sam segment cup.png --mask rough.png --cutout cut.png
      The same prompts in several photographs or a folder, as labels:
        semantic-sam segment photographs --box 9,9,90,90 \\
          --format labelme --output labels
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG, PNG or WebP photograph; - reads standard input. Several, or folders of them, with --format.",
      valueName: "image"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp"]))
  var images: [String]

  @OptionGroup(title: "Prompt") var prompt: PromptOptions

  @OptionGroup(title: "Names") var names: NameOptions

  @OptionGroup(title: "Output") var files: OutputOptions

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func run() throws {
    if let format = files.export.format, let output = files.output { return try runAll(format, into: output) }
    guard images.count == 1 else {
      throw ValidationError(
        "There are \(images.count) photographs, and pictures and JSON show one; give --format and --output.")
    }
    try runPhotograph(images[0])
  }

  /// Answers the prompts in each photograph; the masks that are written are those that a picture would show.
  private func runAll(_ format: ExportFormat, into folder: String) throws {
    guard !images.contains("-") else {
      throw ValidationError("--format names files after photographs, and standard input has no name; give a file.")
    }
    guard prompt.mask == nil else {
      throw ValidationError("--mask belongs to one photograph, and --format takes any number; leave one of them out.")
    }
    let levels = try files.granularities()
    let prompts = try prompt.resolved()
    let photographs = try Photograph.all(in: images)
    let model = try self.model.load()
    let longEdge = self.model.longEdge
    let naming = try names.resolved(for: model)
    let settings = RunSettings.Prompts(
      prompts, levels: levels, longEdge: longEdge, checksum: model.checkpoint.checksum, names: naming.identity)
    let classes = naming.classes(for: model, texts: try prompts.compactMap { try $0.textName() })
    let destination = try format.destination(
      in: folder, settings: .prompted(settings), classes: classes, photographs: photographs)
    let title = images.count == 1 ? images[0] : "\(images.count) paths"
    try PhotographRun(photographs: photographs, title: title, messages: Messages(isQuiet: quiet))
      .run(into: destination) { (image, progress) throws(ModelError) in
        try check(prompts, image)
        let embedding = try model.encode(image, longEdgeLimit: longEdge)
        let segmentations = try model.segment(
          embedding, prompts: prompts, options: naming.options, progress: progress)
        let masks = shown(chosen(segmentations, levels), prompts, hasLevels: levels != nil, keepsUnknown: false)
        return try naming.applied(to: masks, in: embedding, model)
      }
  }

  private func chosen(_ segmentations: [Segmentation], _ levels: Set<Granularity>?) -> [[Candidate]] {
    segmentations.map { segmentation in segmentation.filter { levels?.contains($0.granularity) ?? true } }
  }

  /// The best mask of each prompt, or all where levels or texts were asked for.
  /// - Parameter keepsUnknown: whether a text that nothing fits shows the nearest mask.
  private func shown(
    _ chosen: [[Candidate]], _ prompts: [Prompt], hasLevels: Bool, keepsUnknown: Bool = true
  ) -> [Candidate] {
    zip(chosen, prompts).flatMap { candidates, prompt in
      guard prompt.text != nil else { return Array(hasLevels ? candidates[...] : candidates.prefix(1)) }
      return candidates.filter { keepsUnknown || $0.recognition != .unknown }
    }
  }

  private func runPhotograph(_ image: String) throws {
    let messages = Messages(isQuiet: quiet)
    let levels = try files.granularities()
    try files.check(
      against: [image == "-" ? nil : image, prompt.prompts, prompt.mask, model.checkpoint].compactMap(\.self)
        + names.inputs)
    let prompts = try prompt.resolved()
    for (option, path) in [("--contact-sheet", files.contactSheet), ("--cutout", files.cutout)]
    where path != nil && prompts.count > 1 {
      throw ValidationError("\(option) shows one prompt, and there are \(prompts.count); call it once for each.")
    }
    let photograph = image == "-" ? try Image(readingFrom: 0) : try Image(contentsOf: image)
    try check(prompts, photograph)

    let model = try self.model.load()
    let naming = try names.resolved(for: model)
    let progress = messages.progress(image)
    let embedding = try model.encode(photograph, longEdgeLimit: self.model.longEdge) {
      progress?.show($0, of: .encoding)
    }
    let segmentations = try model.segment(embedding, prompts: prompts, options: naming.options) {
      progress?.show($0, of: .answering)
    }
    progress?.clear()
    for (prompt, segmentation) in zip(prompts, segmentations) {
      guard let text = prompt.text, let nearest = segmentation.first, nearest.recognition == .unknown else { continue }
      messages.note(
        "No mask is surely '\(text)': the nearest is given, as unknown; a --confidence below \(naming.confidence) takes less "
          + "sure ones.")
    }
    let chosen = try segmentations.map { segmentation in
      try naming.applied(to: Array(segmentation), in: embedding, model)
        .filter { levels?.contains($0.granularity) ?? true }
    }

    // All is made before anything is written, so that a failure leaves nothing behind.
    let document = try SegmentationDocument(
      image: image, checkpoint: model.name, width: photograph.width, height: photograph.height, segmentations: chosen
    ).encoded()
    var made = try pictures(photograph, prompts: prompts, chosen: chosen, hasLevels: levels != nil)
    if let json = files.json, json != "-" { made.append((json, document)) }
    for (path, bytes) in made {
      try AtomicFile.write(bytes, to: path)
      messages.note("Wrote \(path).")
    }
    try Output.write(files.json == "-" ? document : Array(MaskTable(chosen).text.utf8))
  }

  /// Refuses prompts that this photograph cannot answer, before any work.
  private func check(_ prompts: [Prompt], _ photograph: Image) throws(ModelError) {
    for (index, prompt) in prompts.enumerated() {
      do throws(ModelError) {
        try prompt.validate(width: photograph.width, height: photograph.height)
      } catch {
        guard self.prompt.prompts != nil else { throw error }
        throw ModelError(error.code, "Prompt \(index): " + error.message)
      }
    }
  }

  private func pictures(
    _ photograph: Image, prompts: [Prompt], chosen: [[Candidate]], hasLevels: Bool
  ) throws -> [(path: String, bytes: [UInt8])] {
    var pictures: [(path: String, bytes: [UInt8])] = []
    if let path = files.output {
      let shown = shown(chosen, prompts, hasLevels: hasLevels)
      pictures.append((path, try Overlay().draw(photograph, candidates: shown, prompts: prompts).encodePNG()))
    }
    if let path = files.contactSheet {
      let sheet = try ContactSheet().draw(photograph, candidates: chosen.first ?? [], prompts: prompts)
      pictures.append((path, try sheet.encodePNG()))
    }
    if let path = files.cutout {
      guard let best = chosen.first?.first else {
        throw ModelError(
          .invalidArgument, "No mask has a level of --levels, so there is nothing to cut out; give other levels.")
      }
      let picture = try Cutout(of: photograph, mask: best.mask)
      pictures.append(
        (
          path,
          try PNG.encode(pixels: picture.pixels, width: picture.width, height: picture.height, format: .rgba)
        ))
    }
    return pictures
  }
}
