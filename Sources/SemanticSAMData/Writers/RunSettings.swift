import SemanticSAMCore

/// What made the masks of a file or a folder. Those of different settings do not belong together.
public enum RunSettings: Codable, Hashable, Sendable {
  /// Everything in the photographs.
  case automatic(COCOMaskDocument.Settings)
  /// The answers to the same prompts in each photograph.
  case prompted(Prompts)

  public struct Prompts: Codable, Hashable, Sendable {
    /// The SHA-256 of the weights.
    public var checkpoint: String
    public var prompts: [Record]
    /// Those that are written; absent: the best mask of each prompt.
    public var levels: [Int]?
    public var longEdge: Int?
    /// The SHA-256 of the names in use; absent: those of the weights.
    public var names: String?

    public struct Record: Codable, Hashable, Sendable {
      public var points: [[Double]]
      /// 1 positive, 0 negative.
      public var labels: [Int]
      /// `[x0, y0, x1, y1]`.
      public var box: [Double]?
      public var text: String?
    }

    enum CodingKeys: String, CodingKey {
      case checkpoint, prompts, levels, names
      case longEdge = "long_edge"
    }

    /// - Parameters:
    ///   - checksum: the SHA-256 of the weights.
    ///   - names: that of the names; `nil`: those of the weights.
    public init(
      _ prompts: [Prompt], levels: Set<Granularity>?, longEdge: Int?, checksum: String, names: String? = nil
    ) {
      checkpoint = checksum
      self.prompts = prompts.map { prompt in
        Record(
          points: prompt.clicks.map { [$0.point.x, $0.point.y] }, labels: prompt.clicks.map { $0.isPositive ? 1 : 0 },
          box: prompt.box.map { [$0.x0, $0.y0, $0.x1, $0.y1] }, text: prompt.text)
      }
      self.levels = levels.map { $0.map(\.level).sorted() }
      self.longEdge = longEdge
      self.names = names
    }
  }

  /// "generate" or "segment": the subcommand that has such settings.
  var command: String {
    switch self {
    case .automatic: "generate"
    case .prompted: "segment"
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .automatic(let settings): try container.encode(settings)
    case .prompted(let settings): try container.encode(settings)
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let settings = try? container.decode(Prompts.self) {
      self = .prompted(settings)
    } else {
      self = .automatic(try container.decode(COCOMaskDocument.Settings.self))
    }
  }
}
