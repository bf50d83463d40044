extension Configuration {
  /// Refuses what no network can be built from, or only one that asks for all of the memory.
  func validate() throws(ModelError) {
    func require(_ condition: Bool, _ what: String) throws(ModelError) {
      guard condition else {
        throw ModelError(
          .invalidConfiguration,
          "The checkpoint's configuration \(ModelError.quoted(model.prefix(40))) cannot be used: \(what); use a checkpoint made for this "
            + "version.")
      }
    }
    try require(
      [BackboneKind.efficientNetLite, BackboneKind.swin].contains(backbone.kind),
      "backbone \(ModelError.quoted(backbone.kind.prefix(40))) is not one of this version's (\(BackboneKind.efficientNetLite), "
        + "\(BackboneKind.swin))")
    if backbone.kind == BackboneKind.swin {
      try require(
        backbone.swin?.isBuildable ?? false && backbone.channels == backbone.swin?.stageChannels,
        "a Swin needs embed_dim, four depths, heads that divide the channels, window_size and mlp_ratio in range")
    } else {
      try require(
        backbone.channels == EfficientNetLite.channels,
        "an EfficientNet-Lite0 has \(EfficientNetLite.channels) channels, not \(Array(backbone.channels.prefix(8)))")
    }
    try require(
      image.mean.count == 3 && image.std.count == 3 && image.std.allSatisfy { $0 > 0 }
        && image.mean.allSatisfy(\.isFinite), "image.mean and image.std need three numbers each, std above 0")
    try require(image.sizeDivisibility == 32, "image.size_divisibility must be 32")
    let edge = image.longEdge ?? image.shortEdge ?? 0
    try require((32...4096).contains(edge), "image.long_edge_inference or short_edge_inference must be 32...4096")

    let sizes = [pixelDecoder.channels, decoder.channels]
    try require(
      sizes.allSatisfy { (32...2048).contains($0) && $0 % 32 == 0 } && pixelDecoder.channels == decoder.channels,
      "conv_dim and hidden_dim must be one multiple of 32 up to 2048")
    try require(
      [pixelDecoder.feedForwardSize, decoder.feedForwardSize].allSatisfy { (1...16384).contains($0) }
        && (1...2048).contains(pixelDecoder.maskChannels), "ffn_dim or mask_dim is out of range")
    try require(
      [pixelDecoder.layers, decoder.layers].allSatisfy { (1...64).contains($0) }, "layers must be 1...64")
    try require(
      [pixelDecoder.heads, decoder.selfAttentionHeads, decoder.crossAttentionHeads]
        .allSatisfy { (1...64).contains($0) && pixelDecoder.channels % $0 == 0 },
      "heads must divide the channels")
    try require(
      [pixelDecoder.points, decoder.crossAttentionPoints].allSatisfy { (1...16).contains($0) }
        && (4...5).contains(pixelDecoder.levels) && decoder.levels == pixelDecoder.levels,
      "points must be 1...16 and levels 4 or 5")
    try require(
      (1...256).contains(pixelDecoder.groupNormGroups) && pixelDecoder.channels % pixelDecoder.groupNormGroups == 0,
      "group_norm_groups must divide conv_dim")

    if decoder.maskTokens > 0 || proposals == nil {
      try require(
        decoder.maskTokens == Granularity.allCases.count, "mask_tokens must be \(Granularity.allCases.count)")
      try require(
        (1...8).contains(decoder.promptKinds) && (1...8).contains(decoder.labels)
          && [decoder.pointKind ?? 0, decoder.boxKind ?? 1].allSatisfy { (0..<decoder.promptKinds).contains($0) }
          && (1...decoder.maskTokens).contains(decoder.boxQueries ?? 1), "prompt kinds or box_queries are out of range")
      try require(
        tokenOfLevel.sorted() == Array(0..<decoder.maskTokens), "level_to_token must name each token once")
    } else {
      try require(
        decoder.maskTokens == 0 && maskRefiner == nil && maskPrior == nil && maskPrompt == nil && startingBoxes == nil,
        "a network without mask_tokens answers no prompts, so it has neither mask_prior, mask_prompt, mask_refiner nor "
          + "starting_boxes"
      )
    }
    if let proposals {
      try require(
        (1...4096).contains(proposals.queries) && (0...4096).contains(proposals.backgroundQueries)
          && (1...1 << 20).contains(proposals.maximumInstances) && decoder.textDimension != nil
          && !(proposals.learnsContent && proposals.backgroundQueries > 0),
        "proposals need dim_proj, queries and maximum_instances above 0, and either learn_tgt or background_queries")
    }
    try require(
      (decoder.clickSize ?? 0.005) > 0 && (decoder.clickSize ?? 0.005) <= 1, "click_size must be in 0...1")
    try require((1...8192).contains(decoder.textDimension ?? 1), "dim_proj must be 1...8192")
    if let startingBoxes {
      try require(
        startingBoxes.halfWidths.count == decoder.maskTokens
          && startingBoxes.halfWidths.allSatisfy { $0 > 0 && $0.isFinite }, "half_widths needs one number a token")
    }
    if let maskPrior { try require(maskPrior.floor.isFinite, "mask_prior.floor must be a number") }
    if let maskPrompt {
      try require(
        (2...256).contains(maskPrompt.grid) && (1...8).contains(maskPrompt.channels.count)
          && maskPrompt.channels.allSatisfy { (1...512).contains($0) }, "mask_prompt is out of range")
    }
    if let maskRefiner {
      try require(
        (2...256).contains(maskRefiner.grid) && maskRefiner.extent > 0 && maskRefiner.extent <= 16
          && (1...512).contains(maskRefiner.channels) && maskRefiner.reduced.count == 3
          && maskRefiner.reduced.allSatisfy { (1...512).contains($0) } && maskRefiner.dilations.count <= 16
          && maskRefiner.dilations.allSatisfy { (1...32).contains($0) }, "mask_refiner is out of range")
    }
    if let names {
      try require(
        names.features == backbone.channels[2] + backbone.channels[3] && (1...8192).contains(names.textDimension),
        "names.features must be the channels of res4 and res5")
    }
  }
}
