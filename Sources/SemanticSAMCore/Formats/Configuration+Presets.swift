/// The configurations that a checkpoint without one in its metadata can be loaded with.
extension Configuration {
  /// A miniature with every mechanism, for tests.
  public static let tiny = reference(
    "tiny",
    backbone: Swin.Sizes(channels: 8, depths: [2, 2, 2, 2], heads: [1, 2, 4, 8], window: 4, expansion: 4),
    channels: 64, maskChannels: 48, encoderLayers: 2, encoderHeads: 4, decoderLayers: 3, feedForward: 96,
    textDimension: 32)

  /// The published Swin-T network (`semantic_sam_only_sa-1b_swinT.yaml`).
  public static let swinT = reference(
    "swinT",
    backbone: Swin.Sizes(channels: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24], window: 7, expansion: 4))

  /// The published Swin-L network (`semantic_sam_only_sa-1b_swinL.yaml`).
  public static let swinL = reference(
    "swinL",
    backbone: Swin.Sizes(channels: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48], window: 12, expansion: 4))

  /// The published OpenSeeD network with Swin-T (`openseed_swint_lang.yaml`), which answers by text instead of prompts.
  public static let openseedSwinT = openSeeD(
    "openseedSwinT", from: swinT,
    Proposals(
      queries: 300, backgroundQueries: 0, startingBoxes: .proposal, learnsContent: false, maximumInstances: 100))

  /// The published OpenSeeD networks with Swin-L, whose decoder has learned queries for backgrounds.
  public static let openseedSwinLDecoupled = openSeeD(
    "openseedSwinLDecoupled", from: swinL,
    Proposals(
      queries: 300, backgroundQueries: 100, startingBoxes: .proposal, learnsContent: false, maximumInstances: 300),
    levels: 5)

  /// The presets by name.
  static let presets = [tiny, swinT, swinL, openseedSwinT, openseedSwinLDecoupled]

  /// The preset of a name: "tiny", "swinT", "swinL", "openseedSwinT" or "openseedSwinLDecoupled".
  /// - Throws: `invalidArgument` for another name.
  public static func preset(_ name: String) throws(ModelError) -> Configuration {
    guard let preset = presets.first(where: { $0.model == name }) else {
      throw ModelError(
        .invalidArgument,
        "There is no configuration \(ModelError.quoted(name.prefix(40))); choose tiny, swinT, swinL, openseedSwinT or "
          + "openseedSwinLDecoupled.")
    }
    return preset
  }

  /// The published network that a file without a configuration holds, by the width of its backbone and the parameters that
  /// only networks with two-stage selection, and with queries for backgrounds, have; `nil` for any other.
  static func published(in file: Checkpoint) -> Configuration? {
    let model = "model.sem_seg_head.predictor."
    let width = file.entries["model.backbone.patch_embed.proj.weight"]?.shape.first
    let selects = file.entries[model + "enc_output.weight"] != nil
    let backgrounds = file.entries[model + "query_feat.weight"]?.shape.first ?? 0
    return [swinT, swinL, openseedSwinT, openseedSwinLDecoupled].first {
      $0.backbone.embeddingSize == width && ($0.proposals != nil) == selects
        && ($0.proposals?.backgroundQueries ?? 0) == backgrounds
    }
  }

  /// A network of the reference's that finds things by itself and has no prompts.
  /// - Parameter levels: of the pixel decoder; the fifth is that of stride 4.
  static func openSeeD(
    _ model: String, from base: Configuration, _ proposals: Proposals, levels: Int = 4
  ) -> Configuration {
    var configuration = base
    configuration.model = model
    // The demonstration's size; COCO's evaluation takes 800 pixels.
    configuration.image.shortEdge = 512
    configuration.pixelDecoder.levels = levels
    configuration.decoder.levels = levels
    configuration.decoder.maskTokens = 0
    configuration.decoder.promptKinds = 0
    configuration.decoder.labels = 0
    configuration.decoder.pointKind = nil
    configuration.decoder.boxKind = nil
    configuration.decoder.levelToToken = nil
    configuration.decoder.clickSize = nil
    configuration.decoder.classifiesParts = false
    configuration.decoder.hasLogitScale = true
    configuration.proposals = proposals
    return configuration
  }

  /// A network of the reference. Levels are answered by the tokens that its demo found by looking: 3, 2, 0, 4, 1, 5.
  /// The published weights saw clicks only (`prepare_targets_interactive` draws no boxes).
  private static func reference(
    _ model: String, backbone: Swin.Sizes, channels: Int = 256, maskChannels: Int = 256, encoderLayers: Int = 6,
    encoderHeads: Int = 8, decoderLayers: Int = 9, feedForward: Int = 2048, textDimension: Int = 512
  ) -> Configuration {
    Configuration(
      model: model,
      image: ImageRule(
        mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375], sizeDivisibility: 32, longEdge: nil,
        shortEdge: 640),
      backbone: BackboneKind(
        kind: BackboneKind.swin, channels: backbone.stageChannels, embeddingSize: backbone.channels,
        depths: backbone.depths, heads: backbone.heads, windowSize: backbone.window,
        expansion: Double(backbone.expansion)),
      pixelDecoder: PixelDecoder(
        channels: channels, maskChannels: maskChannels, layers: encoderLayers, heads: encoderHeads, points: 4,
        levels: 4, feedForwardSize: feedForward, groupNormGroups: 32),
      decoder: Decoder(
        channels: channels, layers: decoderLayers, selfAttentionHeads: 8, crossAttentionHeads: 8,
        crossAttentionPoints: 4, levels: 4, feedForwardSize: feedForward, maskTokens: 6, promptKinds: 2, labels: 2,
        pointKind: 0, boxKind: 1, boxesTrained: false,
        levelToToken: ["1": 3, "2": 2, "3": 0, "4": 4, "5": 1, "6": 5], clickSize: 0.005, readsCoarsestFirst: true,
        textDimension: textDimension))
  }
}
