/// How an earlier mask enters the decoder (the part that Segment Anything's mask prompts play): each query of its prompt is
/// told what the mask and the clicks look like, and says how much of them its own logits take.
///
/// The last layers of both ways begin as zeros, so a network that gets this module answers as before until it is trained.
/// A checkpoint has it where its configuration has `mask_prompt`.
public struct MaskPromptEncoding: Module {
  /// Over the mask and the clicks, each halving the grid.
  public var convolutions: [Convolution]
  /// From the last map to what is added to each query of the prompt.
  public var content: Linear
  /// From a query to the factors of the earlier logits and of the bells at positive and negative clicks, which are added to
  /// the query's own logits.
  public var logits: Linear
  /// Cells of the grid on each side.
  let grid: Int

  /// The grid covers this many times the box around mask and clicks.
  private static let extent: Float = 1.25
  /// Of a cell: the logit, bells at positive and negative clicks, and the box.
  private static let channels = 7

  init(_ configuration: Configuration.MaskPrompt, queryChannels: Int) {
    grid = configuration.grid
    let sizes = [Self.channels] + configuration.channels
    convolutions = zip(sizes, sizes.dropFirst()).map {
      Convolution(inputs: $0, outputs: $1, kernel: 3, stride: 2, padding: .symmetric(1))
    }
    content = Linear(inputs: configuration.features, outputs: queryChannels)
    logits = Linear(inputs: queryChannels, outputs: 3)
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.modules("convs", &convolutions)
    try visitor.module("content", &content)
    try visitor.module("logits", &logits)
  }

  /// What is added to each query of prompts: `[P, C]`.
  func contents(_ masks: [CarriedMask]) -> Tensor {
    let x = convolutions.reduce(input(masks)) { $1($0, activation: .relu) }
    return content(x.reshaped(to: [masks.count, x.count / max(masks.count, 1)]))
  }

  /// Each mask and its clicks on a grid around them: `[P, grid, grid, 7]`, about -1...1.
  func input(_ masks: [CarriedMask]) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(masks.count * grid * grid * Self.channels)
    for mask in masks {
      let box = mask.box
      let sampled = mask.logits.reshaped(to: mask.logits.shape + [1]).sampled(
        boxes: Tensor([box.x, box.y, box.z, box.w], shape: [1, 4]), grid: grid, extent: Self.extent,
        oneMapPerBox: false
      ).values
      let size = box.highHalf * Self.extent
      let corner = box.lowHalf - size / 2
      let bells = [mask.positives, mask.negatives].map { clicks in
        CarriedMask.bells(clicks.map { ($0 - corner) / size }, height: grid, width: grid)
      }
      for cell in 0..<grid * grid {
        values += [
          sampled[cell] / CarriedMask.limit, bells[0][cell], bells[1][cell], 2 * box.x - 1, 2 * box.y - 1, box.z, box.w,
        ]
      }
    }
    return Tensor(values, shape: [masks.count, grid, grid, Self.channels])
  }

  /// Mask logits `[Q, h, w]` with what each query takes of its prompt's earlier mask and clicks.
  /// - Parameter queries: `[Q, C]`, normed.
  func added(to masks: Tensor, queries: Tensor, _ carried: [CarriedFeatures]) -> Tensor {
    let factors = logits(queries)
    let taken = carried.map { factors.rows($0.queries).linear($0.features) }
    return masks + Tensor.concatenated(taken).reshaped(to: masks.shape)
  }
}

/// What the queries of a prompt can take of its earlier mask.
struct CarriedFeatures: Sendable {
  let queries: Range<Int>
  /// `[h * w, 3]`.
  let features: Weights
}

extension MaskDecoder {
  /// The queries of prompts that are answered once more, each with its earlier mask.
  /// - Returns: the queries without the masks where the checkpoint has no module for them.
  func queries(_ encoded: [EncodedPrompt], carrying masks: [CarriedMask]) -> PromptQueries {
    var queries = prompts.queries(encoded)
    guard let maskPrompt, encoded.count == masks.count, !encoded.isEmpty else { return queries }
    var carried: [CarriedFeatures] = []
    var promptOfQuery: [Int] = []
    for (place, prompt) in encoded.enumerated() {
      let start = promptOfQuery.count
      promptOfQuery += Array(repeating: place, count: prompt.boxes.count)
      carried.append(CarriedFeatures(queries: start..<promptOfQuery.count, features: masks[place].features))
    }
    queries.content = queries.content + maskPrompt.contents(masks).gathered(rows: promptOfQuery)
    queries.carried = carried
    return queries
  }
}
