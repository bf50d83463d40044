import SemanticSAMCore

/// Multiply-adds that a network of the published kind (Swin backbone, no refiner) cannot do without: products, convolutions,
/// attention and the samples of deformable attention; no norms, activations, or drawing of masks.
struct NecessaryArithmetic {
  /// Backbone and pixel decoder.
  let encoder: Int
  /// The value projections of the decoder's layers.
  let values: Int
  /// One query through the decoder, without its mask.
  let query: Int
  /// The mask of one query at stride 4.
  let mask: Int

  /// - Parameters:
  ///   - depths: the blocks of each stage of the backbone.
  ///   - window: the side of its windows, in cells.
  ///   - width, height: the padded size of the input, in pixels.
  init(
    _ configuration: Configuration, depths: [Int] = [2, 2, 6, 2], window: Int = 7, width: Int, height: Int
  ) {
    func cells(_ stride: Int) -> Int { ((width + stride - 1) / stride) * ((height + stride - 1) / stride) }
    let decoder = configuration.decoder
    let pixels = configuration.pixelDecoder
    let (c, stages) = (pixels.channels, configuration.backbone.channels)

    var backbone = cells(4) * 4 * 4 * 3 * stages[0]
    for (stage, depth) in depths.enumerated() {
      let (tokens, channels) = (cells(4 << stage), stages[stage])
      // Four projections and a perceptron of four times the channels; then products within windows.
      let block = 12 * channels * channels + 2 * window * window * channels
      backbone += depth * tokens * block
      if stage + 1 < depths.count { backbone += cells(8 << stage) * 8 * channels * channels }
    }

    /// Sampling, the projections around it, and the feed-forward, of one query.
    func layer(heads: Int, levels: Int, points: Int, hidden: Int) -> Int {
      let samples = heads * levels * points
      return 3 * samples * c + c * c + samples * 4 * c / heads + 2 * c * hidden
    }
    let levels = [4, 8, 16, 32, 64].suffix(pixels.levels)
    let tokens = levels.reduce(0) { $0 + cells($1) }
    var decoding = cells(64) * 9 * stages[3] * c
    decoding += cells(4) * (stages[0] + 9 * c + pixels.maskChannels) * c
    for (stage, stride) in zip(stages, [4, 8, 16, 32]).suffix(pixels.levels - 1) {
      decoding += cells(stride) * stage * c
    }
    let encoderLayer = layer(
      heads: pixels.heads, levels: pixels.levels, points: pixels.points, hidden: pixels.feedForwardSize)
    decoding += pixels.layers * tokens * (encoderLayer + c * c)
    encoder = backbone + decoding
    values = decoder.layers * tokens * c * c

    let attention = 4 * c * c + 2 * decoder.maskTokens * c
    let place = 3 * c * c
    let boxHead = 2 * c * c + 4 * c
    let sampling = layer(
      heads: decoder.crossAttentionHeads, levels: decoder.levels, points: decoder.crossAttentionPoints,
      hidden: decoder.feedForwardSize)
    query = decoder.layers * (attention + place + boxHead + sampling) + boxHead + 2 * c * c + c
    mask = 2 * c * c + c * pixels.maskChannels + cells(4) * pixels.maskChannels
  }
}
