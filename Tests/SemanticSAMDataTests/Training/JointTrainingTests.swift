import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// The recipe `joint-seven` on the tiny samples of its seven data sets, in their publishers' layouts.
@Suite(.serialized) struct JointTrainingTests {
  private static func member(_ name: String, _ folder: String, split: String? = nil) throws -> JointDataset.Member {
    let dataset = try #require(DatasetDescriptor.named(name)).open("\(ReaderData.fixtures)/\(folder)", split: split)
    return JointDataset.Member(dataset, weight: try #require(Recipe.jointSeven.share(of: dataset.name)).weight)
  }

  private static func seven() throws -> [JointDataset.Member] {
    [
      try member("sa1b", "sa1b"), try member("objects365", "objects365_v2"),
      try member("coco_panoptic", "coco_panoptic"), try member("ade20k_panoptic", "ade20k_panoptic"),
      try member("paco", "paco_lvis"), try member("partimagenet", "partimagenet_seg"),
      try member("pascal_part", "pascal_part", split: "train"),
    ]
  }

  private static func recipe(_ steps: Int) -> Recipe {
    var recipe = Recipe.jointSeven
    recipe.network = "tiny"
    recipe.images = Recipe.Images(width: 64, height: 64, scale: [0.8, 1.2])
    recipe.prompts.clicks.clickCount = 4
    recipe.prompts.boxes = 2
    recipe.loss.matchPoints = .uniform(count: 200)
    recipe.loss.points = .uncertain(UncertainPoints(count: 100))
    recipe.generic = Recipe.Generic(
      queries: 12,
      loss: GenericLoss(matchPoints: .uniform(count: 200), points: .uncertain(UncertainPoints(count: 100))),
      denoising: Recipe.Denoising(queries: 9))
    recipe.optimizer.rate = 1e-3
    recipe.dropPath = 0
    recipe.batch = 4
    recipe.steps = steps
    return recipe
  }

  private func run(_ recipe: Recipe, _ folder: String) throws -> TrainingRun {
    let members = try Self.seven()
    let vocabulary = try TrainingNames(of: members.map(\.dataset)).vocabularyOfCodes(dimension: 48)
    var intervals = TrainingRun.Intervals()
    intervals.log = 1
    intervals.save = 5
    return try TrainingRun(
      Trainer(recipe, configuration: .preset("tiny"), vocabulary: vocabulary, seed: 1), members: members,
      folder: folder, intervals: intervals)
  }

  @Test func theLossFallsAndTheWeightsFind() throws {
    let folder = try ScratchFolder()
    var run = try run(Self.recipe(50), folder.path + "/run")
    try run.run { _, _ in }
    let losses = run.log.lines.compactMap(\.loss)
    let (first, last) = (losses.prefix(8).reduce(0, +) / 8, losses.suffix(8).reduce(0, +) / 8)
    #expect(last < 0.75 * first, "\(first) to \(last)")
    let terms = Set(run.log.lines.flatMap { ($0.terms ?? [:]).keys })
    #expect(terms.isSuperset(of: ["objects", "parts", "generic-objects", "generic-parts", "denoising-parts", "iou"]))

    let model = try SemanticSAM.load(.file(folder.path + "/run/model.safetensors"))
    let vocabulary = try #require(model.trainedVocabulary)
    #expect(vocabulary.objects.names.contains("handbag") && vocabulary.parts.names.contains("wheel"))
    let image = try Self.seven()[2].dataset.sample(at: 0).image.load()
    let map = try model.panoptic(image)
    #expect(map.width == image.width && map.height == image.height)
    _ = try model.parts(image)
  }

  @Test func aResumedRunComputesTheSameBits() throws {
    try withSteadyInstructionSet {
      let (whole, parts) = (try ScratchFolder(), try ScratchFolder())
      var all = try run(Self.recipe(6), whole.path + "/run")
      try all.run { _, _ in }
      var first = try run(Self.recipe(6), parts.path + "/run")
      var count = 0
      try first.run(
        isStopped: {
          count += 1
          return count == 3
        }, watch: { _, _ in })
      #expect(first.trainer.step == 3)
      var second = try TrainingRun(resuming: parts.path + "/run", members: try Self.seven())
      #expect(second.trainer.vocabulary?.parts.names == first.trainer.vocabulary?.parts.names)
      try second.run { _, _ in }
      #expect(try second.trainer.weights() == (try all.trainer.weights()))
      // With other data sets it is another run.
      #expect(throws: ModelError.self) {
        try TrainingRun(resuming: parts.path + "/run", members: Array(try Self.seven().dropLast()))
      }
    }
  }

  @Test func namesAreSharedByDataSets() throws {
    let sets = try Self.seven().map(\.dataset)
    let names = TrainingNames(of: sets)
    let objects = names.objects.map(\.name)
    #expect(Set(objects).count == objects.count && Set(names.parts.map(\.name)).count == names.parts.count)
    #expect(names.parts.map(\.name).contains("side mirror"))
    // What COCO's panoptic names add is not read to the encoder, and of synonyms the first is.
    #expect(names.objects.allSatisfy { !$0.text.contains(",") && !$0.text.hasSuffix("-merged") })
    // Codes are the same in any company, and near to orthogonal.
    let codes = try names.vocabularyOfCodes(dimension: 256)
    let few = try TrainingNames(of: [sets[4]]).vocabularyOfCodes(dimension: 256)
    let place = try #require(codes.objects.names.firstIndex(of: few.objects.names[0]))
    #expect(codes.objects.embeddings.rows(place..<place + 1).values == few.objects.embeddings.rows(0..<1).values)
    // A vocabulary that has all names serves.
    #expect(try TrainingNames(of: [sets[4]]).vocabulary(from: codes)?.objects.names == few.objects.names)
    #expect(try names.vocabulary(from: few) == nil)
    #expect(TrainingNames(of: [sets[0]]).isEmpty)
  }

  /// PACO lists what it looked for: 35 is absent, of 207 there may be more.
  @Test func federatedNamesAreThoseLookedFor() throws {
    let paco = try Self.member("paco", "paco_lvis")
    let vocabulary = try TrainingNames(of: try Self.seven().map(\.dataset)).vocabularyOfCodes(dimension: 8)
    var source = try TrainingSource([paco], Self.recipe(1), vocabulary: vocabulary, seed: 1)
    let sample = try #require(try source.next(1).first)
    let names = try #require(sample.names)
    let annotated = Set(sample.targets.compactMap(\.object))
    #expect(annotated.map { vocabulary.objects.names[$0] } == ["car (automobile)"])
    #expect(Set(names.objects).isSuperset(of: annotated))
    #expect(names.incompleteParts == Set(names.parts) && names.parts.map { vocabulary.parts.names[$0] } == ["wheel"])
    // Of a set that is not federated all names were looked for.
    let coco = try Self.member("coco_panoptic", "coco_panoptic")
    var other = try TrainingSource([coco], Self.recipe(1), vocabulary: vocabulary, seed: 1)
    let all = try #require(try other.next(1).first?.names)
    #expect(all.objects.count == coco.dataset.categories.objects.count && all.parts.isEmpty)
    #expect(all.incompleteObjects.isEmpty)
  }

  @Test func aVocabularyWithoutANameIsRefused() throws {
    let members = try Self.seven()
    let vocabulary = try TrainingNames(of: [members[2].dataset]).vocabularyOfCodes(dimension: 8)
    let error = #expect(throws: ModelError.self) {
      try TrainingSource(members, Self.recipe(1), vocabulary: vocabulary, seed: 1)
    }
    #expect(error?.code == .invalidArgument && error?.message.contains("the vocabulary of the run lacks") == true)
  }
}
