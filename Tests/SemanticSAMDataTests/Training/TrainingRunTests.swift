import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

/// Runs of a few steps on three small pictures, with a network of random numbers.
@Suite(.serialized) struct TrainingRunTests {
  /// A folder with pictures of noise and two nested regions each, and a place for a run.
  private struct Place {
    let folder: ScratchFolder
    var run: String { folder.path + "/run" }
    var state: String { run + "/state.safetensors" }

    init() throws {
      folder = try ScratchFolder()
      var generator = SampleGenerator(seed: 5)
      for name in ["a", "b", "c"] {
        try FileManager.default.createDirectory(
          atPath: folder.path + "/masks/" + name, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
          atPath: folder.path + "/images", withIntermediateDirectories: true)
        let noise = (0..<64 * 64 * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        try Image(width: 64, height: 64, pixels: noise).writePNG(to: folder.path + "/images/\(name).png")
        for (number, side) in [50, 30].enumerated() {
          let mask = (0..<64 * 64).flatMap { place -> [UInt8] in
            let isInside = place % 64 < side && place / 64 < side
            return [isInside ? 255 : 0, 0, 0]
          }
          try Image(width: 64, height: 64, pixels: mask).writePNG(to: folder.path + "/masks/\(name)/\(number).png")
        }
      }
    }

    func dataset() throws -> LabelFolder { try LabelFolder(at: folder.path) }

    func members() throws -> [JointDataset.Member] { [JointDataset.Member(try dataset(), weight: 1)] }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: run + "/" + name)) }

    func begin(save: Int = 2, steps: Int = 5) throws -> TrainingRun {
      try TrainingRun(
        Trainer(TrainingRunTests.recipe(steps: steps), configuration: .preset("tiny"), seed: 1), members: members(),
        validation: dataset(), folder: run, intervals: TrainingRunTests.intervals(save))
    }

    func resume(save: Int = 2, steps: Int? = nil) throws -> TrainingRun {
      try TrainingRun(
        resuming: run, members: members(), validation: dataset(), steps: steps,
        intervals: TrainingRunTests.intervals(save))
    }
  }

  private static func recipe(steps: Int) -> Recipe {
    var recipe = Recipe.sa1bManyToMany
    recipe.images = Recipe.Images(width: 64, height: 64, scale: [0.8, 1.2], aspect: [0.9, 1.1], color: 0.2)
    recipe.prompts.clicks.clickCount = 3
    recipe.prompts.boxes = 1
    recipe.loss.matchPoints = .uniform(count: 100)
    recipe.loss.points = .uncertain(UncertainPoints(count: 50))
    recipe.batch = 2
    recipe.steps = steps
    recipe.averageDecay = 0.5
    return recipe
  }

  private static func intervals(_ save: Int) -> TrainingRun.Intervals {
    var intervals = TrainingRun.Intervals()
    intervals.log = 1
    intervals.save = save
    intervals.evaluation = 3
    return intervals
  }

  /// True when it is asked for the given time.
  private static func stop(after steps: Int) -> () -> Bool {
    var count = 0
    return {
      count += 1
      return count == steps
    }
  }

  private static func ignore(_ event: TrainingRun.Event, _ run: TrainingRun) throws(ModelError) {}

  /// The message of the failure, and its code.
  private func failure(_ body: () throws -> Void) -> (ModelError.Code, String)? {
    do {
      try body()
    } catch let error as ModelError {
      return (error.code, error.message)
    } catch {
      Issue.record("\(error)")
    }
    return nil
  }

  /// A step computed and not saved is computed again; so the weights are the same wherever a run was interrupted.
  @Test func anInterruptedRunEndsWithTheSameFiles() throws {
    let (whole, parts) = (try Place(), try Place())
    var run = try whole.begin()
    try run.run { _, _ in }
    // Stopped, which saves; then left after a step that no state holds, which does not.
    var first = try parts.begin()
    try first.run(isStopped: Self.stop(after: 3), watch: Self.ignore)
    #expect(first.trainer.step == 3)
    var second = try parts.resume(save: 100)
    let error = failure {
      try second.run { event, run throws(ModelError) in
        if case .step(let report, _) = event, report.step == 3 { throw ModelError(.cancelled, "Left.") }
      }
    }
    #expect(error?.0 == .cancelled)
    #expect(error?.1 == "Left. The run's state after step 3 is in '\(parts.state)'; go on from it with --resume.")
    // What a killed program leaves is removed.
    try Data("x".utf8).write(to: URL(filePath: parts.run + "/.semantic-sam-abc.tmp"))
    var third = try parts.resume()
    #expect(third.trainer.step == 3)
    try third.run { _, _ in }
    for name in ["model.safetensors", "best.safetensors", "recipe.json"] {
      #expect(try whole.bytes(name) == parts.bytes(name), "\(name)")
    }
    #expect(run.log.lines.map(\.step) == third.log.lines.map(\.step))
    #expect(run.log.lines.map(\.loss) == third.log.lines.map(\.loss))
    #expect(run.log.lines.map(\.evaluation) == third.log.lines.map(\.evaluation))
    #expect(run.log.lines.filter { $0.evaluation != nil }.map(\.step) == [0, 3, 5])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: parts.run).sorted()
        == ["best.safetensors", "log.jsonl", "model.safetensors", "recipe.json", "state.safetensors"])
  }

  @Test func runsAreNotOverwrittenAndNotMadeUp() throws {
    let place = try Place()
    #expect(failure { _ = try place.resume() }?.0 == .unreadableFile)
    var run = try place.begin(steps: 1)
    try run.run { _, _ in }
    let second = failure { _ = try place.begin() }
    #expect(second?.0 == .invalidArgument && second?.1.contains("--resume") == true)
    // Done already: nothing is trained.
    var done = try place.resume()
    let before = try place.bytes("state.safetensors")
    try done.run { _, _ in Issue.record("Nothing was left to do.") }
    #expect(try place.bytes("state.safetensors") == before)
    // A longer run goes on.
    var longer = try place.resume(steps: 2)
    try longer.run { _, _ in }
    #expect(longer.trainer.step == 2)
  }

  @Test func otherDataAreRefused() throws {
    let place = try Place()
    var run = try place.begin(steps: 1)
    try run.run { _, _ in }
    let error = failure {
      _ = try TrainingRun(
        resuming: place.run, members: [JointDataset.Member(try place.dataset(), weight: 2)], steps: 2)
    }
    #expect(error?.0 == .invalidArgument && error?.1.contains("another mixture") == true)
  }

  /// The device that is always full stands for a disk without space.
  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: [
      "model.safetensors", "log.jsonl", "best.safetensors",
    ])
  func aFullDiskLeavesTheLastState(name: String) throws {
    let place = try Place()
    var run = try place.begin()
    try run.run(isStopped: Self.stop(after: 2), watch: Self.ignore)
    let before = try place.bytes("state.safetensors")
    let saved = try place.bytes(name)
    let path = place.run + "/" + name
    var resumed = try place.resume()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
    let error = failure { try resumed.run { _, _ in } }
    if name == "best.safetensors", error == nil { return }  // No evaluation was better than the first.
    #expect(error?.0 == .unreadableFile)
    #expect(error?.1.contains("No space left on device") == true, "\(error?.1 ?? "")")
    #expect(
      error?.1.hasSuffix("The run's state after step 2 is in '\(place.state)'; go on from it with --resume.") == true)
    #expect(try place.bytes("state.safetensors") == before)
    // With space again it goes on.
    try FileManager.default.removeItem(atPath: path)
    try saved.write(to: URL(filePath: path))
    var last = try place.resume()
    try last.run { _, _ in }
    #expect(last.trainer.step == 5)
  }

  @Test func aLossThatIsNoNumberStopsTheRun() throws {
    let place = try Place()
    var run = try place.begin(steps: 3)
    try run.run(isStopped: Self.stop(after: 1), watch: Self.ignore)
    // A weight of the saved state becomes NaN.
    let file = URL(filePath: place.state)
    var bytes = try Data(contentsOf: file)
    let headerSize = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let header = try #require(
      try JSONSerialization.jsonObject(with: bytes[8..<8 + headerSize]) as? [String: Any])
    let key = try #require(header.keys.first { $0.hasPrefix("parameter.") && $0.hasSuffix("decoder_norm.weight") })
    let entry = try #require(header[key] as? [String: Any])
    let offset = try #require((entry["data_offsets"] as? [Int])?.first) + 8 + headerSize
    bytes.replaceSubrange(offset..<offset + 4, with: [0, 0, 0xc0, 0x7f])
    try bytes.write(to: file)
    var harmed = try place.resume()
    let error = failure { try harmed.run { _, _ in } }
    #expect(error?.0 == .diverged)
    #expect(error?.1.contains("The run's state after step 1 is in '\(place.state)'") == true, "\(error?.1 ?? "")")
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test func samplesDependOnSeedAndDrawOnly() throws {
    let place = try Place()
    let recipe = Self.recipe(steps: 1)
    var all = try TrainingSource(place.members(), recipe, vocabulary: nil, seed: 9)
    let first = try all.next(2)
    let position = all.position
    let rest = try all.next(3)
    var resumed = try TrainingSource(place.members(), recipe, vocabulary: nil, seed: 9, from: position)
    let again = try resumed.next(3)
    #expect(rest.map(\.image) == again.map(\.image))
    #expect(rest.map { $0.targets.map(\.mask) } == again.map { $0.targets.map(\.mask) })
    #expect(first[0].image != rest[0].image)
    for sample in first { #expect(sample.image.width == 64 && sample.image.height == 64) }
  }

  @Test func dataWithoutLargeRegionsAreRefused() throws {
    let place = try Place()
    var recipe = Self.recipe(steps: 1)
    recipe.images.minimumArea = 64 * 64 + 1
    var source = try TrainingSource(place.members(), recipe, vocabulary: nil, seed: 9)
    let error = failure { _ = try source.next(1) }
    #expect(error?.0 == .invalidArgument && error?.1.contains("images.minimumArea") == true)
  }
}
