import Foundation
import Testing

@testable import SemanticSAMCore

struct RecipeTests {
  @Test(arguments: Recipe.presets) func presetsAreValidAndSurviveJSON(recipe: Recipe) throws {
    try recipe.validate()
    let json = try recipe.json()
    let read = try Recipe(json: json, name: "r.json")
    #expect(read == recipe)
    #expect(try read.json() == json)
  }

  @Test func presetsHaveNamesOfTheirOwn() {
    #expect(Set(Recipe.presets.map(\.name)).count == Recipe.presets.count)
  }

  /// A change of a preset, and what its refusal says.
  struct Wrong: Sendable, CustomTestStringConvertible {
    let field: String
    let change: @Sendable (inout Recipe) -> Void
    var testDescription: String { field }

    init(_ field: String, _ change: @escaping @Sendable (inout Recipe) -> Void) {
      self.field = field
      self.change = change
    }
  }

  @Test(arguments: [
    Wrong("images.width") { $0.images.width = 31 },
    Wrong("images.height") { $0.images.height = 4097 },
    Wrong("images.scale") { $0.images.scale = [1.5, 0.5] },
    Wrong("images.scale") { $0.images.scale = [1] },
    Wrong("images.aspect") { $0.images.aspect = [0, 1] },
    Wrong("images.flip") { $0.images.flip = 1.5 },
    Wrong("images.color") { $0.images.color = -0.1 },
    Wrong("images.minimumArea") { $0.images.minimumArea = 0 },
    Wrong("prompts.clicks.clickCount") { $0.prompts.clicks.clickCount = 0 },
    Wrong("prompts.clicks.targetLimit") { $0.prompts.clicks.targetLimit = 0 },
    Wrong("prompts.clicks.clicksPerRegion") { $0.prompts.clicks.clicksPerRegion = 0 },
    Wrong("prompts.boxes") { $0.prompts.boxes = 1001 },
    Wrong("prompts.noise.scale") { $0.prompts.noise.scale = 2 },
    Wrong("prompts.noise.clickFactor") { $0.prompts.noise.clickFactor = -1 },
    Wrong("optimizer.rate") { $0.optimizer.rate = 0 },
    Wrong("optimizer.clip") { $0.optimizer.clip = 0 },
    Wrong("optimizer.weightDecay") { $0.optimizer.weightDecay = 1.1 },
    Wrong("optimizer.groups") { $0.optimizer.groups.rules[0].rate = -1 },
    Wrong("course.milestones") { $0.course.milestones = [2] },
    Wrong("course.warmUp") { $0.course.warmUp = -1 },
    Wrong("course.end") { $0.course.end = 2 },
    Wrong("batch") { $0.batch = 0 },
    Wrong("steps") { $0.steps = 0 },
    Wrong("dropPath") { $0.dropPath = 1 },
    Wrong("averageDecay") { $0.averageDecay = 1 },
    Wrong("loss.weights") { $0.loss.weights.dice = -1 },
    Wrong("loss.costs") { $0.loss.costs.giou = .nan },
    Wrong("loss.layerWeights") { $0.loss.layerWeights = [-1] },
    Wrong("loss.matchPoints.count") { $0.loss.matchPoints = .uniform(count: 0) },
    Wrong("loss.points.count") { $0.loss.points = .uniform(count: -5) },
    Wrong("loss.points.count") { $0.loss.points = .uncertain(UncertainPoints(count: 0)) },
    Wrong("loss.points.oversampling") { $0.loss.points = .uncertain(UncertainPoints(oversampling: 0.5)) },
    Wrong("loss.points.importance") { $0.loss.points = .uncertain(UncertainPoints(importance: 2)) },
    Wrong("loss.points.share") { $0.loss.points = .nearBoxes(count: 9, share: 2, extent: 1) },
    Wrong("loss.points.extent") { $0.loss.points = .nearBoxes(count: 9, share: 1, extent: -1) },
    Wrong("refinerLoss") { $0.refinerLoss?.iou = -1 },
    Wrong("generic.queries") { $0.generic = .init(queries: 0) },
    Wrong("generic.loss.weights") { $0.generic = .init(loss: GenericLoss(weights: LossWeights(objects: -1))) },
    Wrong("generic.loss.matchPoints.count") { $0.generic = .init(loss: GenericLoss(matchPoints: .uniform(count: 0))) },
    Wrong("generic.denoising.queries") { $0.generic = .init(denoising: .init(queries: 0)) },
    Wrong("generic.denoising.noise") { $0.generic = .init(denoising: .init(noise: 2)) },
    Wrong("mixture") { $0.mixture = [] },
    Wrong("mixture") { $0.mixture = [.init(dataset: "coco", weight: 1), .init(dataset: "coco", weight: 2)] },
    Wrong("mixture.coco.weight") { $0.mixture = [.init(dataset: "coco", weight: 0)] },
    Wrong("mixture.coco.scale") { $0.mixture = [.init(dataset: "coco", weight: 1, scale: [2, 1])] },
  ]) func valuesOutOfRangeAreNamed(wrong: Wrong) throws {
    var recipe = Recipe.fineTune
    wrong.change(&recipe)
    expectRefusal(.invalidConfiguration, containing: "'\(wrong.field)' of the recipe 'fine-tune' must be") {
      try recipe.validate()
    }
  }

  @Test func brokenJSONIsRefused() throws {
    let json = String(decoding: try Recipe.fineTune.json(), as: UTF8.self)
    func refusal(_ part: String, _ text: String) {
      expectRefusal(.invalidConfiguration, containing: part) { try Recipe(json: Array(text.utf8), name: "r.json") }
    }
    refusal("'r.json'", "not JSON")
    refusal("'r.json'", "{}")
    refusal("'r.json'", "")
    refusal("batch", json.replacing("\"batch\" : 2", with: "\"batch\" : \"two\""))
    refusal("batch", json.replacing("\"batch\" : 2,", with: ""))
    refusal("'steps' of the recipe 'fine-tune'", json.replacing("\"steps\" : 1000", with: "\"steps\" : -1"))
    refusal("'r.json'", json.replacing("\"cosine\"", with: "\"sine\""))
  }

  @Test func scheduleFollowsTheLengthOfTheRun() {
    let course = Recipe.Course(kind: .milestones, milestones: [0.9, 0.95])
    let schedule = course.schedule(steps: 1000)
    #expect(schedule.multiplier(at: 899) == 1)
    #expect(abs(schedule.multiplier(at: 900) - 0.1) < 1e-12)
    #expect(abs(schedule.multiplier(at: 950) - 0.01) < 1e-12)
    let cosine = Recipe.Course(kind: .cosine, warmUp: 10, end: 0.02).schedule(steps: 100)
    #expect(cosine.multiplier(at: 0) == 0 && abs(cosine.multiplier(at: 100) - 0.02) < 1e-12)
    // A run shorter than its warm-up does not only climb.
    let short = Recipe.Course(kind: .cosine, warmUp: 20, end: 0.02).schedule(steps: 10)
    #expect(short.multiplier(at: 0) == 0 && short.multiplier(at: 2) > 0.8 && short.multiplier(at: 9) < 0.1)
    #expect(Recipe.Course(kind: .cosine, warmUp: 20).schedule(steps: 4).multiplier(at: 0) == 1)
    #expect(Recipe.Course(kind: .constant).schedule(steps: 5).multiplier(at: 4) == 1)
  }

  /// A data set is found in a mixture by its name or a form of it, and has a scale of its own.
  @Test func sharesOfAMixture() {
    let recipe = Recipe.jointSeven
    #expect(recipe.mixture?.count == 7)
    #expect(recipe.share(of: "coco_panoptic")?.dataset == "coco" && recipe.share(of: "coconut") == nil)
    #expect(recipe.share(of: "pascal_part_57")?.weight == recipe.share(of: "pascal_part")?.weight)
    #expect(recipe.images(of: "sa1b_tsv").scale == [0.99, 1.01] && recipe.images(of: "paco").scale == [0.1, 2])
    #expect(Recipe.fineTune.share(of: "coco") == nil && Recipe.fineTune.images(of: "coco") == Recipe.fineTune.images)
  }
}
