import SemanticSAMCore

/// Found regions as COCO's results: `[{"image_id", "category_id", "bbox", "score", "segmentation"}]`, which `evaluate coco`
/// and pycocotools read.
public struct COCOResultsWriter: Sendable {
  private struct Record: Encodable {
    var imageID: Int64
    var categoryID: Int
    var categoryName: String
    var bbox: [Double]
    var score: Float
    var segmentation: SegmentationDocument.Code

    enum CodingKeys: String, CodingKey {
      case bbox, score, segmentation
      case imageID = "image_id"
      case categoryID = "category_id"
      case categoryName = "category_name"
    }
  }

  private var records: [Record] = []

  public init() {}

  /// The number of regions so far.
  public var count: Int { records.count }

  /// Adds a region.
  /// - Parameters:
  ///   - box: by pixel edges.
  ///   - name: `category_name`, which readers of results leave alone.
  public mutating func add(mask: Mask, box: Box, category: Int, name: String, score: Float, imageID: Int64) {
    records.append(
      Record(
        imageID: imageID, categoryID: category, categoryName: name,
        bbox: [box.x0, box.y0, box.width, box.height], score: score,
        segmentation: SegmentationDocument.Code(
          size: [mask.height, mask.width], counts: mask.runLengths.compressed)))
  }

  /// One line of JSON with sorted keys and a newline at its end.
  /// - Throws: `invalidArgument` where a number is not finite.
  public func encoded() throws(ModelError) -> [UInt8] { try JSONLine.encode(records) }
}
