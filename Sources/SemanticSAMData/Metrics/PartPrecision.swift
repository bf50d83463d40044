import SemanticSAMCore

/// Categories of parts that a model was trained on (seen), and those that it was not (unseen).
public struct PartGroups: Hashable, Sendable {
  private let unseen: Set<Int>

  /// - Parameters:
  ///   - names: of unseen categories, or of objects whose parts all are unseen: "bus" is also "bus:wheel". PASCAL Part's
  ///     published division is `["bus", "dog"]`, 16 categories of 93.
  ///   - categories: of the annotations.
  ///   - path: the annotations, for messages.
  /// - Throws: `invalidArgument` where a name is no category's.
  public init(unseen names: [String], categories: [Category], path: String) throws(ModelError) {
    var unseen: Set<Int> = []
    for name in names {
      let found = categories.filter { $0.name == name || $0.name.hasPrefix(name + ":") }
      guard !found.isEmpty else {
        throw ModelError(
          .invalidArgument,
          "'\(path)' has no category '\(name)' and no '\(name):...'; give names of its categories.")
      }
      unseen.formUnion(found.map(\.id))
    }
    self.unseen = unseen
  }

  func contains(_ category: COCOAveragePrecision.CategoryResult) -> Bool {
    unseen.contains(category.id)
  }
}

/// Part AP: the means of AP and AP50 over seen and unseen categories, as the published evaluation of parts takes them
/// (means of each category's mean; categories without a true region left out). There in percent, here shares.
public struct PartPrecision: Hashable, Sendable, Encodable {
  /// Of one group; `nil` where no category of it has a true region.
  public struct Mean: Hashable, Sendable, Encodable {
    public var averagePrecision: Double?
    public var averagePrecision50: Double?
    /// With a true region.
    public var categories: Int

    enum CodingKeys: String, CodingKey {
      case averagePrecision = "AP"
      case averagePrecision50 = "AP50"
      case categories
    }

    init(_ evaluation: COCOAveragePrecision, where isIncluded: (COCOAveragePrecision.CategoryResult) -> Bool) {
      let means = evaluation.means(where: isIncluded)
      averagePrecision = means?.averagePrecision
      averagePrecision50 = means?.averagePrecision50
      categories = evaluation.categories.count { isIncluded($0) && $0.averagePrecision != nil }
    }

    /// What is undefined is `null`.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(averagePrecision, forKey: .averagePrecision)
      try container.encode(averagePrecision50, forKey: .averagePrecision50)
      try container.encode(categories, forKey: .categories)
    }
  }

  public var all: Mean
  public var seen: Mean
  public var unseen: Mean

  public init(_ evaluation: COCOAveragePrecision, _ groups: PartGroups) {
    all = Mean(evaluation) { _ in true }
    seen = Mean(evaluation) { !groups.contains($0) }
    unseen = Mean(evaluation) { groups.contains($0) }
  }

  /// The numbers for people.
  public var table: String {
    MetricTable(
      rows: [["parts", "AP", "AP50", "categories"]]
        + [("all", all), ("seen", seen), ("unseen", unseen)].map { name, mean in
          [
            name, MetricTable.decimals(mean.averagePrecision), MetricTable.decimals(mean.averagePrecision50),
            "\(mean.categories)",
          ]
        }
    ).text
  }
}
