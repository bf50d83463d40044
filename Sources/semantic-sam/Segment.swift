import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segments what points or a box show, and names it.",
    discussion: """
      A point gives six masks, level 1 (the whole) to level 6 (the smallest part), best predicted quality first; a box \
      gives one with the built-in weights. Coordinates are pixels of the photograph: a point names a pixel, a box its \
      edges. Without --json - a table of the masks is printed.
      """)

  @Argument(help: ArgumentHelp("A JPEG, PNG or WebP photograph; - reads standard input.", valueName: "image"))
  var image: String

  @OptionGroup(title: "Prompt") var prompt: PromptOptions

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp(
      "A picture of the best mask of each prompt, or of those of --levels, with outlines, prompt and names.",
      valueName: "file.png"))
  var output: String?

  @Option(help: ArgumentHelp("A picture of all levels side by side, for one prompt.", valueName: "file.png"))
  var contactSheet: String?

  @Option(
    help: ArgumentHelp("The object of the best mask on transparent ground, for one prompt.", valueName: "file.png"))
  var cutout: String?

  @Option(help: ArgumentHelp("The masks as JSON; - writes to standard output.", valueName: "file"))
  var json: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Say nothing on standard error but errors.")
  var quiet = false

  func validate() throws {
    for path in [output, contactSheet, cutout].compactMap(\.self) where !path.lowercased().hasSuffix(".png") {
      throw ValidationError("Pictures are written as PNG; give '\(path)' a name that ends in .png.")
    }
  }

  func run() throws {
    let prompts = try prompt.resolved()
    let levels = try prompt.granularities()
    for (option, path) in [("--contact-sheet", contactSheet), ("--cutout", cutout)]
    where path != nil && prompts.count > 1 {
      throw ValidationError("\(option) shows one prompt, and there are \(prompts.count); call it once for each.")
    }
    let messages = Messages(isQuiet: quiet)
    let photograph = image == "-" ? try Image(readingFrom: 0) : try Image(contentsOf: image)
    let model = try self.model.load()
    let embedding = try model.encode(photograph, longEdgeLimit: self.model.longEdge)
    let progress = prompts.count > 1 ? messages.progress(image) : nil
    let segmentations = try model.segment(embedding, prompts: prompts) { progress?.show($0) }
    let chosen = segmentations.map { segmentation in
      segmentation.filter { levels?.contains($0.granularity) ?? true }
    }
    try draw(photograph, prompts: prompts, chosen: chosen, hasLevels: levels != nil, messages)

    let document = SegmentationDocument(
      image: image, checkpoint: model.name, width: photograph.width, height: photograph.height, segmentations: chosen)
    if json == "-" {
      Output.write(try document.encoded())
    } else {
      if let json {
        try AtomicFile.write(try document.encoded(), to: json)
        messages.note("Wrote \(json).")
      }
      Output.write(Array(MaskTable(chosen).text.utf8))
    }
  }

  private func draw(
    _ photograph: Image, prompts: [Prompt], chosen: [[Candidate]], hasLevels: Bool, _ messages: Messages
  ) throws {
    if let output {
      let shown = hasLevels ? chosen.flatMap(\.self) : chosen.compactMap(\.first)
      try Overlay().draw(photograph, candidates: shown, prompts: prompts).writePNG(to: output)
      messages.note("Wrote \(output).")
    }
    if let contactSheet {
      try ContactSheet().draw(photograph, candidates: chosen.first ?? [], prompts: prompts).writePNG(to: contactSheet)
      messages.note("Wrote \(contactSheet).")
    }
    if let cutout {
      guard let best = chosen.first?.first else {
        throw ValidationError("No mask has one of the levels of --levels, so there is nothing to cut out.")
      }
      let picture = try Cutout(of: photograph, mask: best.mask)
      try PNG.write(
        pixels: picture.pixels, width: picture.width, height: picture.height, format: .rgba, to: cutout)
      messages.note("Wrote \(cutout).")
    }
  }
}
