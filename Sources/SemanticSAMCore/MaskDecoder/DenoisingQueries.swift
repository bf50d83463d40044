/// Queries made from known things, which the decoder is trained to recover: the embedding of the true name as content, a
/// moved true box as the place to start (DN-DETR; reference: `OpenSeeDDecoder.prepare_for_dn`). The groups are copies of all
/// things with other noise; each sees itself and the queries of the image, which see none of them.
public struct DenoisingQueries: Sendable {
  /// `[groups * things, C]`.
  public var content: Tensor
  /// `[groups * things, 4]`, before the sigmoid.
  public var boxes: Tensor
  public var groupCount: Int
  public var thingCount: Int

  /// - Parameters:
  ///   - labels: the row of `names` of each thing.
  ///   - boxes: of each thing (cx, cy, w, h) in 0...1 of the padded image.
  ///   - names: embeddings `[names, D]`.
  ///   - noise: numbers in 0..<1, `[groups * things, 4]`; their number decides how many groups there are.
  ///   - scale: how far a box may move: centres by so many half sizes, sizes by so many times themselves.
  public init(
    labels: [Int], boxes: [SIMD4<Float>], names: Tensor, noise: [SIMD4<Float>], scale: Float,
    projections: TextProjections
  ) {
    thingCount = labels.count
    groupCount = labels.isEmpty ? 0 : noise.count / labels.count
    let rows = (0..<groupCount).flatMap { _ in labels }
    content = projections.contents(names: names.gathered(rows: rows))
    var moved: [Float] = []
    for (row, noise) in noise.prefix(rows.count).enumerated() {
      let box = boxes[row % thingCount]
      let reach = SIMD4(box.z / 2, box.w / 2, box.z, box.w)
      let place = (box + (noise * 2 - 1) * reach * scale).clamped(lowerBound: .zero, upperBound: .one)
      moved += [place.x, place.y, place.z, place.w]
    }
    self.boxes = Tensor(moved, shape: [rows.count, 4]).inverseSigmoid()
  }

  /// Which queries see each other when these come before `following` queries of the image.
  public func groups(following: Int) -> [QueryGroup] {
    let count = content.rowCount
    return [
      QueryGroup(count: groupCount, tokens: thingCount, alsoSees: count..<count + following),
      QueryGroup(count: 1, tokens: following),
    ]
  }
}
