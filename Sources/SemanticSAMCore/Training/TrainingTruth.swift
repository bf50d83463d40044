/// What is true of a picture, in the place of the network's input.
public struct TrainingTruth: Hashable, Sendable {
  /// Nil for data with boxes only.
  public var masks: TruthMasks?
  /// (cx, cy, w, h), in 0...1 of the padded input.
  public var boxes: [SIMD4<Double>]
  /// The class of each thing among the object names, and among the part names; nil where it has no such label, empty where
  /// the data set has none.
  public var objects: [Int?]
  public var parts: [Int?]
  /// Classes of which there may be more than is annotated (federated data sets).
  public var incompleteObjects: Set<Int> = []
  public var incompleteParts: Set<Int> = []

  public init(masks: TruthMasks?, boxes: [SIMD4<Double>], objects: [Int?] = [], parts: [Int?] = []) {
    self.masks = masks
    self.boxes = boxes
    self.objects = objects
    self.parts = parts
  }

  /// The truth of masks, with their tight boxes.
  /// - Parameters:
  ///   - width: of the network's input with its padding, in pixels.
  ///   - height: likewise.
  /// - Throws: `invalidArgument` where the masks differ in size or are larger than the input.
  public init(
    _ masks: [Mask], width: Int, height: Int, objects: [Int?] = [], parts: [Int?] = []
  ) throws(ModelError) {
    self.init(
      masks: try TruthMasks(masks, width: width, height: height),
      boxes: masks.map { mask in
        let box = mask.box
        let size = SIMD4(Double(width), Double(height), Double(width), Double(height))
        return SIMD4((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, box.width, box.height) / size
      }, objects: objects, parts: parts)
  }
}

/// What one layer of a decoder predicts for all queries of a picture.
public struct LayerPrediction: Sendable {
  /// Logits `[Q, h, w]`.
  public var masks: Tensor
  /// `[Q, 4]`, (cx, cy, w, h).
  public var boxes: Tensor
  /// Predicted IoU, Q numbers; nil where the decoder has no such head.
  public var ious: Tensor?
  /// Logits of the names of objects and of parts, `[Q, C]`.
  public var objects: Tensor?
  public var parts: Tensor?

  public init(masks: Tensor, boxes: Tensor, ious: Tensor? = nil, objects: Tensor? = nil, parts: Tensor? = nil) {
    self.masks = masks
    self.boxes = boxes
    self.ious = ious
    self.objects = objects
    self.parts = parts
  }
}
