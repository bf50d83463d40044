import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDefaultModel
import SemanticSAMImages

/// How well text prompts are answered: each name that is annotated in a photograph of COCO is asked for as a text.
@main
struct TextBenchmarks: ParsableCommand {
  @Argument(help: "The folder of COCO.")
  var folder: String

  @Option(help: "val2017 or train2017.")
  var split = "val2017"

  @Option(help: "Only so many photographs, the first ones.")
  var limit: Int?

  func run() throws {
    guard let coco = DatasetDescriptor.all.first(where: { $0.name == "coco" }) else {
      throw ValidationError("There is no reader of COCO.")
    }
    let dataset = try coco.open(folder, split: split)
    let model = try SemanticSAM.load(.default)
    let names = dataset.categories.objects.map(\.name)
    var scores = (count: 0, instance: 0.0, whole: 0.0, best: 0.0, answered: 0, right: 0)
    for index in 0..<min(dataset.count, limit ?? .max) {
      let sample = try dataset.sample(at: index)
      var truths: [Int: [Mask]] = [:]
      for region in sample.regions where !region.isCrowd {
        guard let mask = region.mask, let category = region.objectCategory else { continue }
        truths[category, default: []].append(mask)
      }
      let asked = truths.keys.sorted()
      guard !asked.isEmpty else { continue }
      let embedding = try model.encode(try sample.image.load())
      let masks = try model.automaticMasks(embedding)
      let answers = try model.segment(embedding, prompts: asked.map { .text(names[$0]) })
      for (category, answer) in zip(asked, answers) {
        guard let first = answer.best, let instances = truths[category] else { continue }
        let whole = try instances.dropFirst().reduce(instances[0]) { try $0.union($1) }
        let hit = try instances.map { try first.mask.iou($0) }.max() ?? 0
        scores.count += 1
        scores.instance += hit
        scores.whole += try first.mask.iou(whole)
        scores.best += try masks.flatMap { mask in try instances.map { try mask.mask.iou($0) } }.max() ?? 0
        if first.recognition != .unknown {
          scores.answered += 1
          if hit >= 0.5 { scores.right += 1 }
        }
      }
    }
    let count = Double(scores.count)
    print("names asked for: \(scores.count)")
    print(
      "IoU of the first mask with the best instance: \(scores.instance / count) (best mask of all: \(scores.best / count))"
    )
    print("IoU of the first mask with all instances: \(scores.whole / count)")
    print("recognised: \(scores.answered), of these with an IoU of 0.5 or more: \(scores.right)")
  }
}
