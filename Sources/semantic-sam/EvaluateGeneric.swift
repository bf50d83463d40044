import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

struct EvaluateGeneric: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generic",
    abstract: "Measure how well things, stuff and parts are found and named.",
    usage: "semantic-sam evaluate generic --data <name=path> ... [<options>]",
    discussion: """
      Looks for the names of each data set in its photographs and prints PQ of panoptic segments, AP of things and of \
      parts, and the mean IoU of names, as far as the annotations allow. The built-in weights know their own names \
      only; --text-encoder or --embeddings teaches them others.

      Two data sets, the first 50 photographs of each:
        semantic-sam evaluate generic --data coco_panoptic=/data/coco \\
          --data paco=/data/paco --limit 50
      """)

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A data set and the folder that it lies in, as in coco=/data/coco; may be given several times. Names: "
        + DatasetDescriptor.all.map(\.name).joined(separator: ", ") + ".",
      valueName: "name=path"))
  var data: [String]

  @Option(help: ArgumentHelp("The split to read, such as val2017; without it each data set's usual one."))
  var split: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only so many photographs of each data set, the first ones.", valueName: "count"))
  var limit: Int?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "pq, ap, miou or part-ap; may be given several times. Without it what the data set's names allow.",
      valueName: "metric"))
  var metric: [GenericEvaluation.Metric] = []

  @OptionGroup(title: "Names") var vocabulary: VocabularyOptions

  @OptionGroup(title: "Rules") var settings: RecognitionSettings

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("There is no data set; give --data NAME=PATH.") }
    for entry in data { _ = try DatasetOptions.parts(of: entry) }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit) leaves no photograph; give 1 or more.") }
    if vocabulary.vocabulary != nil {
      throw ValidationError("The names are those of the data set; leave out --vocabulary.")
    }
  }

  func run() throws {
    try report.check()
    let datasets = try data.map { entry in
      let (descriptor, path) = try DatasetOptions.parts(of: entry)
      return try descriptor.open(path, split: split)
    }
    let model = try self.model.load()
    var options = settings.options(longEdge: self.model.longEdge)
    // Average precision wants the uncertain ones too.
    options.rules.instanceThreshold = 0
    options.minimumInstanceProbability = min(options.minimumProbability, 0.05)
    options.namesPerInstance = 5
    var evaluations: [GenericEvaluation] = []
    for dataset in datasets {
      let progress = report.messages.progress(dataset.name)
      evaluations.append(
        try evaluate(dataset, model, options) { progress?.show($0, of: .evaluating) })
      progress?.clear()
    }
    try report.write(
      json: GenericEvaluation.encoded(evaluations), table: GenericEvaluation.table(evaluations))
  }

  private func evaluate(
    _ dataset: some Dataset, _ model: SemanticSAM, _ options: RecognitionOptions, progress: @escaping ProgressHandler
  ) throws -> GenericEvaluation {
    let (_, vocabulary) = try self.vocabulary.load(for: model, names: Self.names(of: dataset.categories))
    let metrics = metric.isEmpty ? GenericEvaluation.Metric.usual(for: dataset.categories) : Set(metric)
    return try GenericEvaluation(dataset, metrics: metrics, limit: limit, progress: progress) {
      photograph throws(ModelError) in
      try model.recognition(of: photograph, vocabulary: vocabulary, options: options)
    }
  }

  private static func names(of categories: CategoryTables) -> CategoryNames {
    func entries(_ categories: [Category]) -> [CategoryNames.Entry] {
      categories.map { category in
        CategoryNames.Entry(
          name: category.name, text: category.name.split(separator: ":").joined(separator: " "), id: category.id,
          isThing: category.isThing)
      }
    }
    return CategoryNames(objects: entries(categories.objects), parts: entries(categories.parts))
  }
}

extension GenericEvaluation.Metric: ExpressibleByArgument {}
