import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDefaultModel
import SemanticSAMDrawing
import SemanticSAMImages
import TensorKernels

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network, or go on with a training run.",
    subcommands: [TrainRun.self, TrainPlot.self, TrainRecipe.self], defaultSubcommand: TrainRun.self)
}

struct TrainRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Train: weights, the course of the run and its state go into a folder.",
    usage: "semantic-sam train --recipe <name> --data <name=path> --output <folder>",
    discussion: """
      The folder gets model.safetensors (the weights to use, for --checkpoint), best.safetensors (the best on the \
      validation set), log.jsonl, curves.png, a picture of answers now and then, and state.safetensors, from which \
      --resume goes on to the same bits. Ctrl-C saves and ends; a kill at any moment leaves the last saved state.

      The built-in weights on photographs and masks of your own:
        semantic-sam train --recipe fine-tune --initialize default --data folder=mine --output run
      A mixture of data sets, with the names of their objects and parts:
        semantic-sam train --recipe joint-seven --data sa1b=/data/sa1b --data coco_panoptic=/data/coco \
          --text-encoder /data/minilm --output run
      Go on after an interruption:
        semantic-sam train --data folder=mine --output run --resume
      """)

  @Option(
    help: ArgumentHelp(
      "How to train: " + Recipe.presets.map(\.name).joined(separator: ", ")
        + ", or a JSON file; 'semantic-sam train recipe' prints one to start from.",
      valueName: "name|file.json"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "A data set to learn from and its folder, as in coco=/data/coco; more than one are mixed. A split goes behind a "
        + "colon and a weight behind a star, as in coco:train2017=/data/coco*3.",
      valueName: "name=path"))
  var data: [String]

  @Option(
    help: ArgumentHelp(
      "A data set to measure quality on, in the same form; without it nothing is measured.", valueName: "name=path"))
  var validation: String?

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("The folder of the run; it is made where there is none.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Flag(help: "Go on with the run in the folder of --output.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Weights to start from: a file, or 'default' for the built-in ones; the file may be a backbone alone, as ImageNet "
        + "classifiers are published. Without it a network with random numbers.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
  var initialize: String?

  @OptionGroup var network: NetworkOption

  @Option(
    help: ArgumentHelp(
      "For recipes that train names: a folder of a text encoder, or a file of embeddings, that says what names mean. "
        + "Without it those of the weights, or fixed random codes, and the network learns these names only.",
      valueName: "path"),
    completion: .file())
  var textEncoder: String?

  @Option(help: ArgumentHelp("Optimiser steps of the whole run, instead of the recipe's.", valueName: "count"))
  var steps: Int?

  @Option(help: ArgumentHelp("Photographs a step, instead of the recipe's.", valueName: "count"))
  var batch: Int?

  @Flag(help: "Train every parameter, also those that the recipe freezes, but not the maps of names.")
  var whole = false

  @Option(help: "What everything random depends on.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Steps from one evaluation to the next.", valueName: "count"))
  var evaluateEvery = 500

  @Option(help: ArgumentHelp("Steps from one saved state to the next.", valueName: "count"))
  var saveEvery = 200

  @Option(help: ArgumentHelp("Steps from one picture of answers to the next; 0: none.", valueName: "count"))
  var pictureEvery = 500

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads to use, 1 to 256; without it as many as there are processors.", valueName: "count"))
  var threads: Int?

  @Flag(help: "Write nothing but errors to standard error.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads \(threads) is not a number of threads; give 1 to 256.")
    }
    for (name, value, least) in [
      ("--steps", steps ?? 1, 1), ("--batch", batch ?? 1, 1), ("--evaluate-every", evaluateEvery, 1),
      ("--save-every", saveEvery, 1), ("--picture-every", pictureEvery, 0),
    ] where value < least {
      throw ValidationError("\(name) \(value) is too small; give \(least) or more.")
    }
    if data.isEmpty {
      throw ValidationError("There is nothing to learn from; give --data, as in --data folder=photographs.")
    }
    if resume, recipe != nil || initialize != nil || batch != nil || whole || textEncoder != nil {
      throw ValidationError(
        "--resume goes on with the recipe, names and weights of the run; leave --recipe, --initialize, --text-encoder, "
          + "--batch and --whole out.")
    }
    if !resume, recipe == nil {
      let names = Recipe.presets.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no recipe; give --recipe one of \(names), or a JSON file.")
    }
    for specification in data + [validation].compactMap(\.self) { _ = try TrainingData(specification) }
  }

  func run() throws {
    if let threads { tk_set_thread_count(Int32(threads)) }
    let messages = Messages(isQuiet: quiet)
    let recipe = try resume ? Self.savedRecipe(in: output) : self.startingRecipe()
    let members = try data.map { try TrainingData($0).member(of: recipe) }
    let validation = try self.validation.map { try TrainingData($0).dataset() }
    var intervals = TrainingRun.Intervals()
    intervals.evaluation = validation == nil ? 0 : evaluateEvery
    intervals.save = saveEvery
    var run =
      try resume
      ? TrainingRun(
        resuming: output, members: members, validation: validation, steps: steps, intervals: intervals)
      : TrainingRun(
        try trainer(recipe, members, messages), members: members, validation: validation, folder: output,
        intervals: intervals)
    let interruption = Interruption()
    let progress = messages.progress(output)
    try run.run(
      isStopped: { interruption.hasHappened },
      watch: { event, run throws(ModelError) in try tell(event, run, progress, messages) })
    progress?.clear()
    let trainer = run.trainer
    let state = trainer.step < trainer.recipe.steps ? "Stopped after" : "Done:"
    messages.note(
      "\(state) \(trainer.step) of \(trainer.recipe.steps) steps; the weights are in \(output)/model.safetensors.")
    if let last = run.log.lines.last(where: { $0.evaluation != nil }), let numbers = last.evaluation {
      try Output.write(Array((Self.text(numbers) + "\n").utf8))
    }
  }

  /// The recipe with the changes of the command line.
  private func startingRecipe() throws(ModelError) -> Recipe {
    var recipe = try Self.recipe(self.recipe ?? "")
    if let steps { recipe.steps = steps }
    if let batch { recipe.batch = batch }
    if whole { recipe.frozen = recipe.frozen.filter { $0 == "names." } }
    return recipe
  }

  /// The recipe that a run left in its folder; without it the run itself says what is wrong.
  private static func savedRecipe(in folder: String) throws(ModelError) -> Recipe? {
    let path = folder + "/recipe.json"
    return Folder.exists(path) ? try recipe(path) : nil
  }

  private func trainer(
    _ recipe: Recipe?, _ members: [JointDataset.Member], _ messages: Messages
  ) throws -> Trainer {
    let recipe = try recipe ?? startingRecipe()
    let missing = TrainingData.missing(from: members, of: recipe)
    if !missing.isEmpty {
      messages.note(
        "Of the data sets of '\(recipe.name)' there are none of \(missing.joined(separator: ", ")); the others keep their "
          + "weights.")
    }
    let backbone =
      if let initialize, initialize != "default" { BackboneWeights(try ModelSource.file(initialize).open()) } else {
        BackboneWeights?.none
      }
    var model: SemanticSAM?
    if let initialize, backbone == nil {
      model = try SemanticSAM.load(
        initialize == "default" ? .embedded : .file(initialize), configuration: try network.configuration())
    }
    let configuration =
      if let model {
        model.configuration
      } else if let named = try network.configuration() {
        named
      } else if recipe.network == "default" {
        try SemanticSAM.load(.embedded).configuration
      } else {
        try Configuration.preset(recipe.network)
      }
    let vocabulary = try TrainingVocabulary(textEncoder: textEncoder).load(
      for: recipe, datasets: members.map(\.dataset), model: model, configuration: configuration, messages)
    if let backbone {
      let (trainer, report) = try Trainer.starting(
        recipe, configuration: configuration, backbone: backbone, vocabulary: vocabulary, seed: seed)
      let fresh = report.fresh.isEmpty ? "" : ", its " + report.fresh.joined(separator: ", ")
      messages.note(
        "Took \(report.taken.count) parameters of the backbone (\(backbone.layout.rawValue)); everything else\(fresh) begins "
          + "anew; \(report.unused.count) tensors of the file are not used.")
      return trainer
    }
    if let model { return try Trainer(recipe, from: model, vocabulary: vocabulary, seed: seed) }
    return try Trainer(recipe, configuration: configuration, vocabulary: vocabulary, seed: seed)
  }

  /// The recipe of a name, or of a file.
  static func recipe(_ name: String) throws(ModelError) -> Recipe {
    if let preset = Recipe.presets.first(where: { $0.name == name }) { return preset }
    guard name.hasSuffix(".json") else {
      throw ModelError(
        .invalidArgument,
        "There is no recipe '\(name)'; give one of \(Recipe.presets.map(\.name).joined(separator: ", ")), or a file "
          + "that ends in .json.")
    }
    return try Recipe(json: FileBytes.read(name, limit: 1 << 20), name: name)
  }

  private func tell(
    _ event: TrainingRun.Event, _ run: TrainingRun, _ progress: ProgressLine?, _ messages: Messages
  ) throws(ModelError) {
    switch event {
    case .step(let report, let share):
      progress?.showBar(
        share, "step \(report.step + 1) of \(run.trainer.recipe.steps), loss \(Self.decimals(report.loss))")
      guard run.trainer.answersPrompts else { break }
      let isDue = pictureEvery > 0 && run.trainer.step.isMultiple(of: pictureEvery)
      if isDue || run.trainer.step == run.trainer.recipe.steps && pictureEvery > 0 {
        try AnswerPicture.draw(run).writePNG(to: "\(output)/answers-\(run.trainer.step).png")
      }
    case .log(let line):
      guard progress == nil else { break }
      messages.note("step \(line.step): loss \(Self.decimals(line.loss ?? 0)), \(Int(line.seconds)) s")
    case .saved:
      // The first line of the log may come later than the first state.
      guard !run.log.lines.isEmpty else { break }
      try TrainPlot.curves(run.log.lines).writePNG(to: output + "/curves.png")
    case .evaluation(let evaluation, let isBest):
      progress?.clear()
      messages.note(
        "step \(run.trainer.step): " + Self.text(evaluation.numbers)
          + (isBest ? ", the best so far" : ""))
    }
  }

  private static func text(_ numbers: [String: Double]) -> String {
    numbers.sorted { $0.key < $1.key }.map { "\($0.key) \(decimals($0.value))" }.joined(separator: "  ")
  }

  /// With four digits behind the point.
  private static func decimals(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scaled = Int((abs(value) * 10_000).rounded())
    let fraction = "\(scaled % 10_000)"
    return (value < 0 ? "-" : "") + "\(scaled / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
  }
}
