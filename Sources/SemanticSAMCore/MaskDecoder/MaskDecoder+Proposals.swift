import TensorKernels

extension MaskDecoder {
  /// What the network says of the things that it finds by itself.
  public struct Findings: Sendable {
    /// `[Q, names]`.
    public var objectLogits: Tensor
    /// `[Q, parts]`; `nil` where no names of parts were asked for, or the network has no classifier for them.
    public var partLogits: Tensor?
    /// `[Q, 4]` (cx, cy, w, h) in 0...1 of the padded image.
    public var boxes: Tensor
    /// `[Q, H/4, W/4]` logits.
    public var masks: Tensor
    /// The first so many queries stand for things; the others are learned, for backgrounds.
    public var foregroundCount: Int
  }

  /// The tokens of an image that fit a set of names best.
  struct Selection {
    /// `[L]`: how well each token fits its best name; minus infinity where it is not valid.
    var scores: [Float]
    /// The chosen tokens, best first.
    var indices: [Int]
    /// `[Q, C]`: what the initial predictions are made of.
    var features: Tensor
    /// `[Q, 4]`, before the sigmoid.
    var boxes: Tensor
  }

  /// Where the decoder's layers start.
  struct Start {
    /// `[Q, C]`.
    var content: Tensor
    /// `[Q, 4]`, before the sigmoid.
    var boxes: Tensor
  }

  /// Chooses the queries.
  /// - Parameter names: embeddings of objects, `[names, D]`.
  /// - Returns: `nil` where the network has no two-stage selection.
  func selection(_ memory: DecoderMemory, names: Tensor) -> Selection? {
    guard let encoded = memory.proposals, let proposals, let textProjections else { return nil }
    // Which tokens are chosen has no gradient.
    let logits = textProjections.detached.objectLogits(encoded.features.detached, names: names)
    let nameCount = names.rowCount
    let scores = logits.withUnsafeBufferPointer { values in
      encoded.isValid.indices.map { row in
        encoded.isValid[row]
          ? values[row * nameCount..<(row + 1) * nameCount].max() ?? -.infinity : -Float.infinity
      }
    }
    let indices = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(proposals.configuration.queries)
    var features = encoded.features.gathered(rows: Array(indices))
    var boxes = boxHead(features) + encoded.proposals.gathered(rows: Array(indices))
    if let content = proposals.content, let background = proposals.boxes {
      features = Tensor.concatenated([features, content])
      boxes = Tensor.concatenated([boxes, background])
    }
    return Selection(scores: scores, indices: Array(indices), features: features, boxes: boxes)
  }

  /// Contents and boxes for the first layer, after what the initial masks say.
  func start(_ selection: Selection, initialMasks: () -> Tensor) -> Start {
    var start = Start(content: selection.features, boxes: selection.boxes)
    guard let proposals else { return start }
    switch proposals.configuration.startingBoxes {
    case .proposal: break
    case .maskPixels: start.boxes = initialMasks().boxesOfMasks(edge: 0).inverseSigmoid()
    case .maskEdges: start.boxes = initialMasks().boxesOfMasks(edge: 1).inverseSigmoid()
    }
    // An image may have fewer tokens than there are learned queries.
    if proposals.configuration.learnsContent, let content = proposals.content {
      start.content = content.rows(0..<selection.indices.count)
    }
    return start
  }

  /// Finds what fits the names of objects, and names it.
  /// - Parameters:
  ///   - objects: embeddings `[names, D]` of unit rows.
  ///   - parts: the same of parts, where queries shall be classified as parts also.
  /// - Returns: the last layer's predictions; `nil` where the network has no two-stage selection.
  public func findings(_ memory: DecoderMemory, objects: Tensor, parts: Tensor? = nil) -> Findings? {
    guard let textProjections, let selection = selection(memory, names: objects) else { return nil }
    let start = start(selection) { masks(norm(selection.features), memory: memory) }
    var findings: Findings?
    let count = start.content.rowCount
    _ = run(
      start.content, reference: start.boxes.sigmoid(), groups: [QueryGroup(count: 1, tokens: count)], memory: memory
    ) { index, x, _, unbounded in
      guard index + 1 == layers.count else { return }
      let normed = norm(x)
      // The reference applies one norm twice, but for the boxes.
      let queries = norm(normed)
      let boxes = (boxHead(normed) + unbounded).sigmoid()
      findings = Findings(
        objectLogits: textProjections.objectLogits(queries, names: objects),
        partLogits: parts.flatMap { textProjections.partLogits(queries, names: $0) },
        boxes: boxes, masks: masks(queries, boxes: boxes, memory: memory), foregroundCount: selection.indices.count)
    }
    return findings
  }
}

extension Tensor {
  /// The box (cx, cy, w, h in 0...1 of the map) of each mask of `[Q, H, W]` logits, where they are above 0.
  /// - Parameter edge: what is added to the last row and column: 1 for boxes by pixel edges, of which an empty mask's is all
  ///   zeros; 0 for boxes by pixels, of which an empty mask's is centre 1, size 0 after clamping (reference: `masks_to_boxes`).
  func boxesOfMasks(edge: Int) -> Tensor {
    let (height, width) = (shape[1], shape[2])
    var boxes: [Float] = []
    withUnsafeBufferPointer { values in
      for mask in 0..<shape[0] {
        var (left, right, top, bottom) = (width, -1, height, -1)
        for y in 0..<height {
          for x in 0..<width where values[(mask * height + y) * width + x] > 0 {
            left = Swift.min(left, x)
            right = Swift.max(right, x)
            top = Swift.min(top, y)
            bottom = y
          }
        }
        guard right >= 0 else {
          boxes += edge == 0 ? [1, 1, 0, 0] : [0, 0, 0, 0]
          continue
        }
        let (x0, x1) = (Float(left), Float(right + edge))
        let (y0, y1) = (Float(top), Float(bottom + edge))
        boxes += [
          (x0 + x1) / 2 / Float(width), (y0 + y1) / 2 / Float(height), (x1 - x0) / Float(width),
          (y1 - y0) / Float(height),
        ]
      }
    }
    return Tensor(boxes, shape: [shape[0], 4])
  }
}
