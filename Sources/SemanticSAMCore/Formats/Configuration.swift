#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The numbers that define a network. They travel as JSON in a checkpoint's metadata, under the key `configuration`.
public struct Configuration: Codable, Hashable, Sendable {
  /// The configuration's name: "default".
  public var model: String
  public var image: ImageRule
  public var backbone: BackboneKind
  public var pixelDecoder: PixelDecoder
  public var decoder: Decoder
  /// A click's queries start from squares of these sizes; absent: all from a box of `decoder.clickSize`.
  public var startingBoxes: StartingBoxes?
  /// An ellipse in each predicted box is added to the mask's logits; absent: nothing is.
  public var maskPrior: MaskPrior?
  /// Prompts can carry an earlier mask; absent: they cannot.
  public var maskPrompt: MaskPrompt?
  /// Masks are drawn once more on a grid over their box; absent: the logits at stride 4 are the mask.
  public var maskRefiner: MaskRefiner?
  /// Masks get names from the checkpoint's maps and vocabularies; absent: they stay unnamed.
  public var names: Names?
  /// The network finds things by itself and classifies them by text; absent: it only answers prompts.
  public var proposals: Proposals?

  /// How a photograph becomes the network's input.
  public struct ImageRule: Codable, Hashable, Sendable {
    /// Of red, green, blue, in bytes.
    public var mean: [Float]
    public var std: [Float]
    /// The input is padded right and below to multiples of this.
    public var sizeDivisibility: Int
    /// The long edge is scaled to this many pixels; or else the short one to `shortEdge`.
    public var longEdge: Int?
    public var shortEdge: Int?

    enum CodingKeys: String, CodingKey {
      case mean, std
      case sizeDivisibility = "size_divisibility"
      case longEdge = "long_edge_inference"
      case shortEdge = "short_edge_inference"
    }
  }

  public struct BackboneKind: Codable, Hashable, Sendable {
    /// "efficientnet-lite0" or "swin".
    public var kind: String
    /// Of res2, res3, res4, res5.
    public var channels: [Int]
    /// Of a Swin: channels of its first stage, blocks and heads of each stage, side of a window, hidden size of a
    /// perceptron in channels.
    public var embeddingSize: Int?
    public var depths: [Int]?
    public var heads: [Int]?
    public var windowSize: Int?
    public var expansion: Double?

    static let efficientNetLite = "efficientnet-lite0"
    static let swin = "swin"

    /// The sizes of a Swin, where the configuration has all of them.
    var swin: Swin.Sizes? {
      guard let embeddingSize, let depths, let heads, let windowSize, let expansion else { return nil }
      return Swin.Sizes(
        channels: embeddingSize, depths: depths, heads: heads, window: windowSize,
        expansion: Int(exactly: expansion) ?? 0)
    }

    enum CodingKeys: String, CodingKey {
      case kind, channels, depths, heads
      case embeddingSize = "embed_dim"
      case windowSize = "window_size"
      case expansion = "mlp_ratio"
    }
  }

  public struct PixelDecoder: Codable, Hashable, Sendable {
    public var channels: Int
    public var maskChannels: Int
    public var layers: Int
    public var heads: Int
    public var points: Int
    public var levels: Int
    public var feedForwardSize: Int
    public var groupNormGroups: Int

    enum CodingKeys: String, CodingKey {
      case layers, heads, points, levels
      case channels = "conv_dim"
      case maskChannels = "mask_dim"
      case feedForwardSize = "ffn_dim"
      case groupNormGroups = "group_norm_groups"
    }
  }

  public struct Decoder: Codable, Hashable, Sendable {
    public var channels: Int
    public var layers: Int
    public var selfAttentionHeads: Int
    public var crossAttentionHeads: Int
    public var crossAttentionPoints: Int
    public var levels: Int
    public var feedForwardSize: Int
    /// Queries of a click.
    public var maskTokens: Int
    public var promptKinds: Int
    /// Rows of `label_enc`; the first is used.
    public var labels: Int
    /// Queries of a box; absent: as many as of a click.
    public var boxQueries: Int?
    /// The prompt kinds that stand for clicks and boxes.
    public var pointKind: Int?
    public var boxKind: Int?
    /// Whether training showed boxes to the network; absent: it did. Where it did not, a box is answered by clicks inside it.
    public var boxesTrained: Bool?
    /// The token that answers each level, by the level's number ("1" is the whole).
    public var levelToToken: [String: Int]?
    /// Width and height of a click's box, as a share of the image, where there are no starting boxes.
    public var clickSize: Float?
    /// Whether the decoder reads the levels from the coarsest to the finest, as the reference's; absent: the other way round,
    /// as the encoder.
    public var readsCoarsestFirst: Bool?
    /// The size of a text encoder's space, of checkpoints that hold projections for one.
    public var textDimension: Int?
    /// Whether there is a projection for names of parts beside that for objects; absent: there is.
    public var classifiesParts: Bool?
    /// Whether the checkpoint holds the learned scale of similarities; absent: it does not.
    public var hasLogitScale: Bool?

    enum CodingKeys: String, CodingKey {
      case layers, levels, labels
      case channels = "hidden_dim"
      case selfAttentionHeads = "self_attention_heads"
      case crossAttentionHeads = "cross_attention_heads"
      case crossAttentionPoints = "cross_attention_points"
      case feedForwardSize = "ffn_dim"
      case maskTokens = "mask_tokens"
      case promptKinds = "prompt_kinds"
      case boxQueries = "box_queries"
      case pointKind = "point_kind"
      case boxKind = "box_kind"
      case boxesTrained = "boxes_trained"
      case levelToToken = "level_to_token"
      case clickSize = "click_size"
      case readsCoarsestFirst = "coarsest_level_first"
      case textDimension = "dim_proj"
      case classifiesParts = "classifies_parts"
      case hasLogitScale = "logit_scale"
    }
  }

  public struct StartingBoxes: Codable, Hashable, Sendable {
    /// Half the side of each token's square, as a share of the padded image's long edge.
    public var halfWidths: [Float]

    enum CodingKeys: String, CodingKey { case halfWidths = "half_widths" }
  }

  public struct MaskPrior: Codable, Hashable, Sendable {
    /// The least that the prior can be, before its gain.
    public var floor: Float
  }

  /// What an earlier mask is looked at with.
  public struct MaskPrompt: Codable, Hashable, Sendable {
    /// Cells on each side of the grid over the mask.
    public var grid: Int
    /// Of the convolutions over it, each of which halves it.
    public var channels: [Int]

    public init(grid: Int = 32, channels: [Int] = [16, 32, 32]) {
      self.grid = grid
      self.channels = channels
    }

    /// Numbers of the last map.
    var features: Int {
      let side = channels.indices.reduce(grid) { side, _ in (side + 1) / 2 }
      return side * side * (channels.last ?? 0)
    }
  }

  public struct MaskRefiner: Codable, Hashable, Sendable {
    /// Cells of the grid on each side.
    public var grid: Int
    /// The grid covers this many times the box.
    public var extent: Float
    public var channels: Int
    /// Channels to which the maps of stride 4, 8 and 16 are reduced.
    public var reduced: [Int]
    public var dilations: [Int]
  }

  public struct Names: Codable, Hashable, Sendable {
    /// Numbers pooled from res4 and res5.
    public var features: Int
    /// The size of the sentence encoder's space.
    public var textDimension: Int
    public var textEncoder: String

    enum CodingKeys: String, CodingKey {
      case features
      case textDimension = "text_dimension"
      case textEncoder = "text_encoder"
    }
  }

  /// Queries that the network chooses itself among the tokens of an image (two-stage selection).
  public struct Proposals: Codable, Hashable, Sendable {
    /// The tokens that become queries: those that fit a name best.
    public var queries: Int
    /// Learned queries after them, for backgrounds; 0 for none.
    public var backgroundQueries: Int
    /// From which boxes the first layer starts.
    public var startingBoxes: StartingBox
    /// Whether queries are learned, instead of being the chosen tokens.
    public var learnsContent: Bool
    /// The most instances in an answer.
    public var maximumInstances: Int

    public enum StartingBox: String, Codable, Hashable, Sendable {
      /// The proposals' boxes (reference: `no`).
      case proposal = "no"
      /// From the first to the last pixel of the initial masks (reference: `mask2box`).
      case maskPixels = "mask2box"
      /// The tight boxes of the initial masks, by pixel edges (reference: `bitmask`).
      case maskEdges = "bitmask"
    }

    enum CodingKeys: String, CodingKey {
      case queries
      case backgroundQueries = "background_queries"
      case startingBoxes = "initialize_box"
      case learnsContent = "learn_tgt"
      case maximumInstances = "maximum_instances"
    }
  }

  enum CodingKeys: String, CodingKey {
    case model, image, backbone, decoder, names, proposals
    case pixelDecoder = "pixel_decoder"
    case startingBoxes = "starting_boxes"
    case maskPrior = "mask_prior"
    case maskPrompt = "mask_prompt"
    case maskRefiner = "mask_refiner"
  }
}

extension Configuration {
  /// Reads and validates the JSON of a checkpoint's metadata.
  public init(json: String) throws(ModelError) {
    do {
      self = try JSONDecoder().decode(Configuration.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw ModelError(
        .invalidConfiguration,
        "The checkpoint's configuration cannot be read (\(Self.reason(error))); use a checkpoint made for this version."
      )
    } catch {
      throw ModelError(
        .invalidConfiguration, "The checkpoint's configuration is not JSON; use a checkpoint made for this version.")
    }
    try validate()
  }

  static func reason(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch error {
    case .keyNotFound(let key, let context): "'\(place(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not JSON" : "'\(place(context.codingPath))' has the wrong type"
    @unknown default: "it is malformed"
    }
  }

  /// The token that answers a level, by level - 1.
  var tokenOfLevel: [Int] {
    guard decoder.maskTokens > 0, let levelToToken = decoder.levelToToken else { return Array(0..<decoder.maskTokens) }
    return (1...decoder.maskTokens).map { levelToToken["\($0)"] ?? $0 - 1 }
  }

  /// A number of parameters that the network has at least: those of its large layers. What is left out are small layers of
  /// bounded size, so whoever compares this with a file knows before anything is built whether the file can fill it.
  /// - Parameter names: how many names the vocabularies have together.
  func leastParameterCount(names nameCount: Int) -> Int {
    func transformerLayer(heads: Int, points: Int, feedForward: Int) -> Int {
      let channels = pixelDecoder.channels
      return 2 * channels * feedForward + 2 * channels * channels + 3 * channels * heads * pixelDecoder.levels * points
    }
    var count =
      pixelDecoder.layers
      * transformerLayer(
        heads: pixelDecoder.heads, points: pixelDecoder.points, feedForward: pixelDecoder.feedForwardSize)
    count +=
      decoder.layers
      * transformerLayer(
        heads: decoder.crossAttentionHeads, points: decoder.crossAttentionPoints, feedForward: decoder.feedForwardSize)
    if backbone.kind == BackboneKind.swin, let swin = backbone.swin {
      for (channels, depth) in zip(swin.stageChannels, swin.depths) {
        count += depth * channels * channels * (4 + 2 * swin.expansion)
      }
    }
    if let maskRefiner { count += maskRefiner.dilations.count * maskRefiner.channels * maskRefiner.channels * 9 }
    if let maskPrompt { count += maskPrompt.features * decoder.channels }
    if let names { count += (2 * names.features + nameCount) * names.textDimension }
    return count
  }
}
