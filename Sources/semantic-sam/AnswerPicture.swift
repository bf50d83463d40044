import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing

/// A picture of what a network in training answers: photographs with clicks in their largest regions, the true masks on the
/// left and the best of the answers on the right.
enum AnswerPicture {
  private static let photographs = 3
  private static let clicks = 4

  static func draw(_ run: TrainingRun) throws(ModelError) -> Image {
    let model = try SemanticSAM.load(.bytes(run.trainer.weights(), name: run.folder + "/model.safetensors"))
    var panels: [SampleSheet.Panel] = []
    for sample in try run.nextSamples(photographs) {
      let masks = sample.targets.compactMap(\.mask).sorted { $0.area > $1.area }.prefix(clicks)
      var truths: [Mask] = []
      var answers: [Mask] = []
      var prompts: [Prompt] = []
      var sum = 0.0
      let embedding = try model.encode(sample.image)
      for mask in masks {
        guard let click = try mask.interiorPoint() else { continue }
        let prompt = Prompt.point(Double(click.x), Double(click.y))
        let answer = try model.segment(
          embedding, prompt: prompt, options: SegmentOptions(includesLabels: false))
        var best = (mask: Mask?.none, iou: 0.0)
        for candidate in answer {
          let iou = try candidate.mask.iou(mask)
          if iou > best.iou { best = (candidate.mask, iou) }
        }
        truths.append(mask)
        if let mask = best.mask { answers.append(mask) }
        prompts.append(prompt)
        sum += best.iou
      }
      panels.append(SampleSheet.Panel(image: sample.image, masks: truths, prompts: prompts, title: "true masks"))
      let share = Int((100 * sum / Double(max(prompts.count, 1))).rounded())
      panels.append(
        SampleSheet.Panel(
          image: sample.image, masks: answers, prompts: prompts, title: "best answers, step \(run.trainer.step)",
          detail: "mean IoU \(share) %"))
    }
    var sheet = SampleSheet()
    sheet.columns = 2
    sheet.width = 1000
    return try sheet.draw(panels)
  }
}
