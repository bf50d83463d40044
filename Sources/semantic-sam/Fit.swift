import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMHeads
import SemanticSAMImages

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit a classifier of masks to a data set, in closed form.",
    usage: "semantic-sam fit --data <name=path> --output <file> [<options>]",
    discussion: """
      Looks at each photograph once and solves for the classifier: no training steps. Prints how many regions it gets \
      right when each is left out of the fit. Use the result with segment --head or generate --head.

      From photographs and masks in a folder (see Docs/Datasets.md):
        semantic-sam fit --data folder=fruit --output fruit.safetensors
        semantic-sam segment basket.jpg --point 300,200 \\
          --head fruit.safetensors
      """)

  @OptionGroup(title: "Data") var dataset: DatasetOptions

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("The head to write.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var output: String

  @Flag(help: "Learn the names of parts in place of those of objects.")
  var partNames = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Leave out regions of fewer pixels.", valueName: "pixels"))
  var leastArea = 400

  @Option(parsing: .unconditional, help: ArgumentHelp("Look at this many photographs at most.", valueName: "count"))
  var limit: Int?

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func validate() throws {
    guard leastArea >= 0 else {
      throw ValidationError("--least-area \(leastArea) is no number of pixels; give 0 or more.")
    }
    if let limit, limit < 1 {
      throw ValidationError("--limit \(limit) leaves no photograph; give 1 or more.")
    }
  }

  func run() throws {
    if let checkpoint = model.checkpoint, let identity = FileIdentity(output), identity == FileIdentity(checkpoint) {
      throw ValidationError("The output '\(output)' would replace the weights; give another file.")
    }
    try FileIdentity.checkWritable(output)
    let messages = Messages(isQuiet: quiet)
    let dataset = try dataset.load()
    let model = try self.model.load()
    let progress = messages.progress(dataset.name)
    let regions = try self.regions(of: dataset, model) { share in progress?.showBar(share, "encoding") }
    progress?.clear()
    let head = try ClosedFormHead.fit(regions.features, classes: regions.classes, names: regions.names)
    try head.write(to: output, for: model)
    messages.note("Wrote \(output).")
    if let fit = head.fit {
      try Output.write(
        Array(
          """
          \(fit.regions) regions of \(head.names.count) classes
          left out one by one, \(Self.percent(fit.accuracy)) are named right, \
          \(Self.percent(fit.accuracyOfFive)) among the best five

          """.utf8))
    }
  }

  /// Features and classes of the regions whose name is known. Only names that occur are learned.
  private func regions(
    of dataset: any Dataset, _ model: SemanticSAM, progress: (Double) -> Void
  ) throws -> (features: Tensor, classes: [Int], names: [String]) {
    let categories = partNames ? dataset.categories.parts : dataset.categories.objects
    var features: [Tensor] = []
    var places: [Int] = []
    let count = min(dataset.count, limit ?? .max)
    for index in 0..<count {
      progress(Double(index) / Double(count))
      let sample = try dataset.sample(at: index)
      let chosen = sample.regions.filter { region in
        !region.isCrowd && (region.mask?.area ?? 0) >= max(leastArea, 1)
          && (partNames ? region.partCategory : region.objectCategory) != nil
          && (partNames || region.kind == .object)
      }
      guard !chosen.isEmpty else { continue }
      let embedding = try model.encode(try sample.image.load(), longEdgeLimit: self.model.longEdge)
      features.append(try model.regionFeatures(of: chosen.compactMap(\.mask), in: embedding))
      places += chosen.compactMap { partNames ? $0.partCategory : $0.objectCategory }
    }
    let used = Set(places).sorted()
    guard used.count >= 2 else {
      throw ModelError(
        .invalidArgument,
        "\(dataset.name) has regions of \(used.count) classes to learn from, and a classifier needs two; give another data "
          + "set\(partNames ? "" : ", or --part-names").")
    }
    let order = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
    return (
      Tensor.concatenated(features), places.compactMap { order[$0] }, used.map { categories[$0].name }
    )
  }

  private static func percent(_ share: Float) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
