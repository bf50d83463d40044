import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A training run in a folder of its own: samples in, steps done, states saved, quality measured.
///
/// The folder holds `recipe.json`; `state.safetensors`, from which the run goes on to the same bits; `log.jsonl`;
/// `model.safetensors`, the newest weights to be used, and `best.safetensors`, those that did best on the validation set. Each
/// file is written beside and renamed, so that whatever ends the program leaves the last complete ones.
public struct TrainingRun: Sendable {
  /// How often what happens beside training.
  public struct Intervals: Hashable, Sendable {
    /// Steps from one line of the log to the next.
    public var log = 10
    /// Steps from one saved state to the next.
    public var save = 200
    /// Steps from one evaluation to the next; 0: at the end only.
    public var evaluation = 500

    public init() {}
  }

  /// What has been done, for whoever watches.
  public enum Event: Sendable {
    /// A step; `share` of the run is done.
    case step(TrainingReport, share: Double)
    /// A line of the log was written.
    case log(TrainingLog.Line)
    /// The state was saved after so many steps.
    case saved(step: Int, path: String)
    /// The validation set was evaluated.
    case evaluation(TrainingEvaluation, isBest: Bool)
  }

  public let folder: String
  public private(set) var trainer: Trainer
  public private(set) var log: TrainingLog
  private var source: TrainingSource
  private let validation: (any Dataset)?
  private let intervals: Intervals
  /// Of training before this process.
  private let earlierSeconds: Double
  private var bestScore: Double?

  /// A run that begins. The folder is made where there is none.
  /// - Throws: `invalidArgument` where the folder holds a run already; what data sets and network throw.
  public init(
    _ trainer: Trainer, members: [JointDataset.Member], validation: (any Dataset)? = nil, folder: String,
    intervals: Intervals = Intervals()
  ) throws(ModelError) {
    try Folder.make(folder)
    guard !Folder.exists(Self.statePath(folder)) else {
      throw ModelError(
        .invalidArgument, "'\(folder)' holds a training run; go on with --resume, or give another folder.")
    }
    source = try TrainingSource(members, trainer.recipe, vocabulary: trainer.vocabulary, seed: trainer.seed)
    AtomicFile.removeUnfinished(in: folder)
    try AtomicFile.write(trainer.recipe.json(), to: folder + "/recipe.json")
    log = try TrainingLog(continuing: folder + "/log.jsonl", upTo: -1)
    self.trainer = trainer
    self.validation = validation
    self.folder = folder
    self.intervals = intervals
    earlierSeconds = 0
    try log.write()
  }

  /// A run that goes on from the state that its folder holds.
  /// - Parameter heads: those of the trainer that began the run; their numbers are replaced.
  /// - Throws: `unreadableFile` where there is none; `invalidArgument` where the data sets are not those of the run.
  public init(
    resuming folder: String, members: [JointDataset.Member], validation: (any Dataset)? = nil,
    steps: Int? = nil, heads: [TrainingHead] = [], intervals: Intervals = Intervals()
  ) throws(ModelError) {
    guard Folder.exists(Self.statePath(folder)) else {
      throw ModelError(
        .unreadableFile, "'\(folder)' holds no saved state of a training run; start one without --resume.")
    }
    let (trainer, progress) = try Trainer.restored(from: Self.statePath(folder), steps: steps, heads: heads)
    guard let progress, let saved = try? JSONDecoder().decode(Progress.self, from: Data(progress.utf8)) else {
      throw ModelError(
        .malformedFile, "'\(Self.statePath(folder))' does not say how far its run was; start the run anew.")
    }
    source = try TrainingSource(
      members, trainer.recipe, vocabulary: trainer.vocabulary, seed: trainer.seed, from: saved.position)
    log = try TrainingLog(continuing: folder + "/log.jsonl", upTo: trainer.step)
    AtomicFile.removeUnfinished(in: folder)
    self.trainer = trainer
    self.validation = validation
    self.folder = folder
    self.intervals = intervals
    earlierSeconds = saved.seconds
    bestScore = saved.bestScore
  }

  private static func statePath(_ folder: String) -> String { folder + "/state.safetensors" }

  /// What a state holds beside the trainer's.
  private struct Progress: Codable {
    var position: JointDataset.Position
    var seconds: Double
    var bestScore: Double?
  }

  /// Trains until the recipe's last step. A run that begins is evaluated first, to see what training is worth, and whether
  /// the validation set can be used at all.
  /// - Parameters:
  ///   - isStopped: asked after each step; where true, the state is saved and the run ends early.
  ///   - watch: is told what happens.
  /// - Throws: what data, trainer and files throw. Where a loss is no number or the disk is full, the message says what is
  ///   saved where.
  public mutating func run(
    isStopped: () -> Bool = { false }, watch: (Event, TrainingRun) throws(ModelError) -> Void
  ) throws(ModelError) {
    let start = ContinuousClock.now
    var savedStep = trainer.step
    var recent: [TrainingReport] = []
    do throws(ModelError) {
      if trainer.step == 0 { try evaluate(seconds: 0, watch: watch) }
      while trainer.step < trainer.recipe.steps {
        let report = try trainer.train(try source.next(trainer.recipe.batch))
        recent.append(report)
        try watch(.step(report, share: Double(trainer.step) / Double(trainer.recipe.steps)), self)
        let seconds = earlierSeconds + (ContinuousClock.now - start) / .seconds(1)
        let isLast = trainer.step == trainer.recipe.steps
        let isEnd = isStopped() || isLast
        if trainer.step.isMultiple(of: max(intervals.log, 1)) || isEnd {
          let line = Self.line(recent, step: trainer.step, seconds: seconds)
          recent = []
          log.append(line)
          try watch(.log(line), self)
        }
        if isLast || intervals.evaluation > 0 && trainer.step.isMultiple(of: intervals.evaluation) {
          try evaluate(seconds: seconds, watch: watch)
        }
        if trainer.step.isMultiple(of: max(intervals.save, 1)) || isEnd {
          try save(seconds: seconds)
          savedStep = trainer.step
          try watch(.saved(step: savedStep, path: Self.statePath(folder)), self)
        }
        if isEnd { return }
      }
    } catch {
      throw ModelError(
        error.code,
        error.message
          + (savedStep == 0
            ? " No state of the run had been saved yet, so it begins anew."
            : " The run's state after step \(savedStep) is in '\(Self.statePath(folder))'; go on from it with --resume.")
      )
    }
  }

  /// The samples that come next, without taking them: to show what the network makes of them.
  public func nextSamples(_ count: Int) throws(ModelError) -> [TrainingSample] {
    var copy = source
    return try copy.next(count)
  }

  private func save(seconds: Double) throws(ModelError) {
    let progress = Progress(position: source.position, seconds: seconds, bestScore: bestScore)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(progress) else {
      throw ModelError(.invalidArgument, "The position of the run cannot be written as JSON.")
    }
    try log.write()
    try AtomicFile.write(try trainer.weights(), to: folder + "/model.safetensors")
    // Last, because a run goes on from it: what it counts as done is on the disk.
    try AtomicFile.write(
      try trainer.state(progress: String(decoding: data, as: UTF8.self)), to: Self.statePath(folder))
  }

  private mutating func evaluate(
    seconds: Double, watch: (Event, TrainingRun) throws(ModelError) -> Void
  ) throws(ModelError) {
    guard let validation else { return }
    let weights = try trainer.weights()
    let model = try SemanticSAM.load(.bytes(weights, name: folder + "/model.safetensors"))
    let evaluation = try TrainingEvaluation(of: model, on: validation)
    let isBest = evaluation.score > bestScore ?? -2
    if isBest {
      bestScore = evaluation.score
      try AtomicFile.write(weights, to: folder + "/best.safetensors")
    }
    log.append(TrainingLog.Line(step: trainer.step, seconds: seconds, evaluation: evaluation.numbers))
    try watch(.evaluation(evaluation, isBest: isBest), self)
  }

  /// The means of some steps as one line.
  private static func line(_ reports: [TrainingReport], step: Int, seconds: Double) -> TrainingLog.Line {
    let count = Double(max(reports.count, 1))
    var terms: [String: Double] = [:]
    for report in reports {
      for term in report.terms { terms[term.name, default: 0] += term.value / count }
    }
    return TrainingLog.Line(
      step: step, seconds: seconds, loss: reports.reduce(0) { $0 + $1.loss } / count, terms: terms,
      gradientNorm: reports.reduce(0) { $0 + $1.gradientNorm } / count, rate: reports.last?.rate)
  }
}
