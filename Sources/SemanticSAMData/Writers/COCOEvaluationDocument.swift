import SemanticSAMCore

/// The numbers of COCO's evaluation as JSON: see Docs/JSON.md.
public struct COCOEvaluationDocument: Encodable, Hashable, Sendable {
  /// "segm" or "bbox".
  public var type: String
  public var columns: [String]
  /// The twelve numbers in the order of the columns, -1 where nothing counts.
  public var stats: [Double]
  /// AP by the category's id; `null` where no true region of it counts.
  public var perCategory: [String: Double?]
  /// Means over seen and unseen parts, where they were asked for.
  public var parts: PartPrecision?

  enum CodingKeys: String, CodingKey {
    case type, columns, stats, parts
    case perCategory = "per_category"
  }

  public init(_ evaluation: COCOAveragePrecision, parts: PartPrecision? = nil) {
    self.parts = parts
    type = evaluation.task.rawValue
    columns = COCOAveragePrecision.columns
    stats = evaluation.statistics
    perCategory = Dictionary(
      evaluation.categories.map { ("\($0.id)", $0.averagePrecision) }, uniquingKeysWith: { first, _ in first })
  }

  /// One line of UTF-8 with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    try JSONLine.encode(self)
  }
}
