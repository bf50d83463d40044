import TensorKernels

/// Draws each mask once more on a grid over its own box, adds that to the coarse logits, and scores the result.
public struct MaskRefiner: Module {
  /// 1x1 convolutions of the fused map (stride 4) and of the encoder's maps of stride 8 and 16.
  public var reduce4: Convolution
  public var reduce8: Convolution
  public var reduce16: Convolution
  public var input: Convolution
  public var query: Linear
  public var convolutions: [Convolution]
  public var output: Convolution
  public var quality: Perceptron
  /// Cells of the grid on each side.
  public let grid: Int
  /// The grid covers this many times the box.
  public let extent: Float

  /// Channels that say where a cell lies and what the coarse mask has there.
  private static let geometryChannels = 5
  /// Numbers about the mask itself that the quality head reads.
  private static let statistics = 4

  init(_ configuration: Configuration.MaskRefiner, channels: Int, queryChannels: Int) {
    func reduce(_ index: Int) -> Convolution {
      Convolution(inputs: channels, outputs: configuration.reduced[index], kernel: 1, padding: .symmetric(0))
    }
    let width = configuration.channels
    reduce4 = reduce(0)
    reduce8 = reduce(1)
    reduce16 = reduce(2)
    input = Convolution(
      inputs: configuration.reduced.reduce(0, +) + Self.geometryChannels, outputs: width, kernel: 3,
      padding: .symmetric(1))
    query = Linear(inputs: queryChannels, outputs: width)
    convolutions = configuration.dilations.map {
      Convolution(inputs: width, outputs: width, kernel: 3, dilation: $0, padding: .symmetric($0))
    }
    output = Convolution(inputs: width, outputs: 1, kernel: 1, padding: .symmetric(0))
    quality = Perceptron(sizes: [2 * width + queryChannels + Self.statistics, queryChannels, 1])
    grid = configuration.grid
    extent = configuration.extent
  }

  public mutating func visit<V: ParameterVisitor>(_ visitor: inout V) throws(ModelError) {
    try visitor.module("reduce_4", &reduce4)
    try visitor.module("reduce_8", &reduce8)
    try visitor.module("reduce_16", &reduce16)
    try visitor.module("conv_in", &input)
    try visitor.module("query", &query)
    try visitor.modules("convs", &convolutions)
    try visitor.module("conv_out", &output)
    try visitor.module("quality", &quality)
  }

  /// The part of the work that depends on the image only: maps `[H, W, C]` at stride 4, 8 and 16.
  public func reducedMaps(of features: PixelDecoder.Output) -> [Tensor] {
    [reduce4(features.fusedMap), reduce8(features.map(level: 0)), reduce16(features.map(level: 1))]
  }

  /// Boxes and masks of the prediction are constants to a tape: the refiner does not teach the decoder where to look.
  /// - Parameters:
  ///   - prediction: the decoder's last, of Q queries.
  ///   - clicks: `[Q, 2]` (x, y) in 0...1 of the padded image, NaN for the queries of boxes.
  /// - Returns: logits `[Q, grid, grid]` over `extent` times each box, and the predicted IoU `[Q, 1]`.
  public func callAsFunction(
    _ prediction: MaskDecoder.Prediction, clicks: Tensor, maps: [Tensor]
  ) -> (logits: Tensor, iou: Tensor) {
    let boxes = prediction.boxes.detached
    let masks = prediction.masks.detached
    let coarse = masks.reshaped(to: masks.shape + [1])
      .sampled(boxes: boxes, grid: grid, extent: extent, oneMapPerBox: true)
    let channels = inputChannels(maps: maps, coarse: coarse, boxes: boxes, clicks: clicks)
    // The query joins as a bias of its own grid, before the ReLU.
    let bias = query(prediction.queries).adding(row: input.bias)
    var y = input(channels, bias: bias, activation: .relu)
    for convolution in convolutions { y = convolution(y, activation: .relu, residual: y) }
    let logits = output(y, residual: coarse)
    let iou = quality(statistics(logits: logits, features: y, queries: prediction.queries, boxes: boxes))
    return (logits.reshaped(to: [boxes.rowCount, grid, grid]), iou)
  }

  /// What the first convolution reads: the maps' channels, then where a cell lies and what the coarse mask has there,
  /// `[Q, grid, grid, _]`.
  /// - Parameter coarse: `[Q, grid, grid, 1]`, a constant to a tape, as the boxes are.
  private func inputChannels(maps: [Tensor], coarse: Tensor, boxes: Tensor, clicks: Tensor) -> Tensor {
    var output = Tensor(
      uninitialized: [boxes.rowCount, grid, grid, maps.reduce(Self.geometryChannels) { $0 + $1.channels }])
    var columns: [Int] = []
    var column = 0
    for map in maps {
      map.sample(boxes: boxes, grid: grid, extent: extent, into: &output, column: column)
      columns.append(column)
      column += map.channels
    }
    withExtendedLifetime((boxes, clicks, coarse)) {
      tk_refiner_channels_f32(
        boxes.rowCount, boxes.address, clicks.address, grid, extent, coarse.address, output.mutableAddress + column,
        output.channels)
    }
    let shapes = maps.map { $0.isRecorded ? $0.shape : nil }
    return output.recorded(from: maps) { [boxes, columns, grid, extent] gradient in
      zip(shapes, columns).map { shape, column in
        shape.map {
          gradient.samplingGradient(boxes: boxes, grid: grid, extent: extent, column: column, mapShape: $0)
        }
      }
    }
  }

  /// What the quality head reads: `[Q, 2 * width + C + 4]`.
  private func statistics(logits: Tensor, features: Tensor, queries: Tensor, boxes: Tensor) -> Tensor {
    let count = queries.rowCount
    let cells = grid * grid
    let queryChannels = queries.channels
    let width = features.channels
    var output = Tensor(uninitialized: [count, 2 * width + queryChannels + Self.statistics])
    let stride = output.channels
    let target = output.mutableAddress
    withExtendedLifetime((logits, features, queries, boxes)) {
      tk_refiner_statistics_f32(
        count, cells, width, logits.address, features.address, boxes.address, queryChannels, target, stride)
      for index in 0..<count {
        (target + index * stride + 2 * width)
          .update(from: queries.address + index * queryChannels, count: queryChannels)
      }
    }
    return output.recorded(from: [logits, features, queries]) {
      [logits = logits.detached, features = features.detached, statistics = output] gradient in
      var byLogits = Tensor(uninitialized: logits.shape)
      var byFeatures = Tensor(uninitialized: features.shape)
      var byQueries = Tensor(uninitialized: [count, queryChannels])
      let rows = byQueries.mutableAddress
      let isDone = withExtendedLifetime((logits, features, statistics, gradient)) {
        for index in 0..<count {
          (rows + index * queryChannels)
            .update(from: gradient.address + index * stride + 2 * width, count: queryChannels)
        }
        return tk_refiner_statistics_gradient_f32(
          count, cells, width, logits.address, features.address, queryChannels, statistics.address, gradient.address,
          stride, byLogits.mutableAddress, byFeatures.mutableAddress)
      }
      precondition(isDone, "No memory for the gradient of \(count) masks.")
      return [byLogits, byFeatures, byQueries]
    }
  }
}
