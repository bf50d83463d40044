import SemanticSAMCore
import SemanticSAMDefaultModel

/// The built-in network with an image and a click.
struct DefaultNetwork {
  let model: SemanticSAM
  private var image: Image
  private var point = Point(x: 191, y: 143)
  private(set) var embedding: ImageEmbedding

  /// The image is noise of 384 x 288 pixels, which the network's size rule leaves as it is.
  init(precision: Precision = .float32) throws {
    model = try SemanticSAM.load(.embedded, precision: precision)
    var generator = Generator(state: 1)
    image = try Image(
      width: 384, height: 288,
      pixels: (0..<384 * 288 * 3).map { _ in UInt8.random(in: 0...255, using: &generator) })
    embedding = try model.encode(image)
  }

  mutating func take(_ image: Image, click: Point) throws {
    self.image = image
    point = click
    embedding = try model.encode(image)
  }

  func encode() throws -> ImageEmbedding {
    try model.encode(image)
  }

  func click(includesLogits: Bool = false) throws -> Segmentation {
    let options = SegmentOptions(includesLabels: false, includesLogits: includesLogits)
    return try model.segment(embedding, prompt: .point(point.x, point.y), options: options)
  }

  /// Writes of each mask, level 1 first: `masks` `[6, H, W]` of 0 and 1, `grid` `[6, 32, 32]` logits, `iou` `[6]`.
  func writeClick(to path: String) throws {
    let candidates = try click(includesLogits: true).sorted { $0.granularity < $1.granularity }
    let grids = candidates.compactMap(\.logits)
    var writer = SafetensorsWriter()
    try writer.add("iou", Tensor(candidates.map(\.predictedIoU), shape: [candidates.count]))
    if let grid = grids.first {
      try writer.add("grid", Tensor(grids.flatMap(\.values), shape: [grids.count, grid.height, grid.width]))
    }
    try writer.add(
      "masks",
      Tensor(
        candidates.flatMap { $0.mask.bitmap.map(Float.init) },
        shape: [candidates.count, embedding.imageHeight, embedding.imageWidth]))
    try writer.write(to: path)
  }
}

/// Numbers that are the same in each run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
