import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

extension InteractiveTask {
  /// The photograph at the task's size, encoded.
  func encoded(by model: SemanticSAM, _ options: ModelOptions) throws(ModelError) -> ImageEmbedding {
    let photograph = try image.load().resized(width: width, height: height)
    return try model.encode(photograph, longEdgeLimit: options.longEdge)
  }

  /// The model's answers to the task's prompts.
  func answers(of model: SemanticSAM, _ options: ModelOptions) throws(ModelError) -> [Segmentation] {
    try model.segment(
      try encoded(by: model, options), prompts: prompts, options: SegmentOptions(includesLabels: false))
  }
}
