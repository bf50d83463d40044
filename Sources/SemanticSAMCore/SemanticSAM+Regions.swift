extension SemanticSAM {
  /// The number of features of a region: the channels of res4 and res5.
  public var regionFeatureCount: Int { configuration.backbone.channels[2...3].reduce(0, +) }

  /// What the backbone sees under masks: the means of res4 and res5, each cell weighted by the share of it that the mask
  /// covers. Classifiers of regions, the built-in ones and heads of one's own, read these.
  /// - Parameter masks: of the size of the image.
  /// - Returns: `[masks, C4 + C5]`; zeros for an empty mask.
  /// - Throws: `invalidArgument` for a mask of another size, or an embedding of other weights.
  public func regionFeatures(of masks: [Mask], in embedding: ImageEmbedding) throws(ModelError) -> Tensor {
    try check(embedding)
    for mask in masks where mask.width != embedding.imageWidth || mask.height != embedding.imageHeight {
      throw ModelError(
        .invalidArgument,
        "A mask of \(mask.width) x \(mask.height) pixels does not lie in an image of \(embedding.imageWidth) x "
          + "\(embedding.imageHeight); give masks of the image's size.")
    }
    return regionFeatures(of: masks.map { Self.padded($0, embedding) }, embedding)
  }

  /// - Parameter masks: at the padded size.
  func regionFeatures(of masks: [[UInt8]], _ embedding: ImageEmbedding) -> Tensor {
    let rows = masks.compactMap { mask in
      mask.withUnsafeBufferPointer { mask in
        mask.baseAddress.map { RegionNames.pooled(res4: embedding.res4, res5: embedding.res5, mask: $0) }
      }
    }
    return rows.isEmpty ? Tensor(repeating: 0, shape: [0, regionFeatureCount]) : Tensor.concatenated(rows)
  }

  /// Names regions by a vocabulary. The image is not looked at again: another vocabulary costs one product.
  /// - Parameters:
  ///   - features: `[regions, C4 + C5]`, as `regionFeatures(of:in:)` gives them.
  ///   - vocabulary: `nil`: the names that came with the weights.
  /// - Returns: the best five names of each kind for each region; empty where the weights name nothing.
  /// - Throws: `invalidArgument` for features or embeddings of other sizes.
  public func labels(ofRegions features: Tensor, vocabulary: Vocabulary? = nil) throws(ModelError) -> [Labels] {
    guard features.shape.count == 2, features.channels == regionFeatureCount else {
      throw ModelError(
        .invalidArgument,
        "Features of shape \(features.shape) are not those of regions, [N, \(regionFeatureCount)]; take them from "
          + "regionFeatures(of:in:).")
    }
    if let vocabulary { try check(vocabulary) }
    guard let names = network.names, let vocabulary = vocabulary ?? self.vocabulary else { return [] }
    return names.labels(of: features, vocabulary)
  }

  /// What the backbone sees everywhere: res4 and, resized bilinearly to it, res5.
  /// - Returns: `[H/16, W/16, C4 + C5]` of the padded input.
  public func denseFeatures(of embedding: ImageEmbedding) throws(ModelError) -> Tensor {
    try check(embedding)
    let (fine, coarse) = (embedding.res4, embedding.res5)
    let (height, width) = (fine.shape[0], fine.shape[1])
    let resized = coarse.resized(height: height, width: width)
    let channels = fine.channels + coarse.channels
    var output = Tensor(uninitialized: [height, width, channels])
    output.withUnsafeMutableBufferPointer { target in
      for (map, column) in [(fine, 0), (resized, fine.channels)] {
        map.withUnsafeBufferPointer { source in
          for cell in 0..<height * width {
            for channel in 0..<map.channels {
              target[cell * channels + column + channel] = source[cell * map.channels + channel]
            }
          }
        }
      }
    }
    return output
  }

  /// The queries of the decoder's last layer for clicks: `[clicks * tokens, C]`, the tokens of a click one after the other.
  /// - Throws: `promptOutsideImage` and others for clicks that no image, or not this one, can answer.
  public func queryFeatures(of clicks: [Point], in embedding: ImageEmbedding) throws(ModelError) -> Tensor {
    try check(embedding)
    try checkAnswersPrompts()
    for click in clicks {
      try Prompt.point(click.x, click.y).validate(width: embedding.imageWidth, height: embedding.imageHeight)
    }
    let empty = Tensor(repeating: 0, shape: [0, configuration.decoder.channels])
    guard !clicks.isEmpty else { return empty }
    let decoder = network.maskDecoder
    let queries = decoder.prompts(clicks: centres(of: clicks, embedding), boxes: [], size: embedding.inputSize)
    return decoder(queries, memory: embedding.memory).predictions.last?.queries ?? empty
  }

  /// Names candidates anew, by another vocabulary or a head, without asking the network again.
  /// - Parameters:
  ///   - threshold: the least probability of a name that a mask is recognised by.
  ///   - labels: names for regions by their features `[candidates, C4 + C5]`.
  /// - Returns: the candidates with new labels, recognition and display name; empty masks keep none.
  public func naming(
    _ candidates: [Candidate], in embedding: ImageEmbedding, threshold: Float = 0.3,
    by labels: (Tensor) throws(ModelError) -> [Labels]
  ) throws(ModelError) -> [Candidate] {
    let features = try regionFeatures(of: candidates.map(\.mask), in: embedding)
    let found = try labels(features)
    var named = candidates
    for (index, labels) in zip(candidates.indices, found) {
      named[index].labels = candidates[index].mask.isEmpty ? nil : labels
      named[index].displayName = nil
      named[index].recognition = nil
    }
    return try DisplayNames.chosen(for: named, threshold: threshold)
  }
}
