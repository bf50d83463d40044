import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The numbers of COCO's evaluation as JSON: see Docs/JSON.md.
public struct COCOEvaluationDocument: Encodable, Hashable, Sendable {
  /// "segm" or "bbox".
  public var type: String
  public var columns: [String]
  /// The twelve numbers in the order of the columns, -1 where nothing counts.
  public var stats: [Double]
  /// AP by the category's id; `null` where no true region of it counts.
  public var perCategory: [String: Double?]

  enum CodingKeys: String, CodingKey {
    case type, columns, stats
    case perCategory = "per_category"
  }

  public init(_ evaluation: COCOAveragePrecision) {
    type = evaluation.task.rawValue
    columns = COCOAveragePrecision.columns
    stats = evaluation.statistics
    perCategory = Dictionary(
      evaluation.categories.map { ("\($0.id)", $0.averagePrecision) }, uniquingKeysWith: { first, _ in first })
  }

  /// One line of UTF-8 with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite and JSON has no form for it.
  public func encoded() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      throw ModelError(
        .invalidArgument, "The evaluation cannot be written as JSON: a number is not finite; check the results.")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }
}
