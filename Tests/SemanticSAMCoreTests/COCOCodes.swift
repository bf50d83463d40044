import Foundation

/// Masks whose codes, areas and boxes pycocotools computed.
struct COCOCodes: Decodable {
  struct Code: Decodable {
    /// Height, width.
    var size: [Int]
    var counts: String
    var runs: [UInt32]
    var area: Int
    /// x, y, width, height.
    var bbox: [Double]
  }

  struct Group: Decodable {
    var truth: [String]
    var detections: [String]
    var size: [Int]
    var iou: [[Double]]
    /// 1 where `iou` divides by the detection's area instead.
    var iscrowd: [Int]
    var unionCounts: String
    var intersectionCounts: String
  }

  var masks: [Code]
  var iouGroups: [Group]?

  /// The fixture, or the whole list where the shared data are at hand.
  static func load() throws -> COCOCodes {
    let file =
      if let shared = ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"] {
        URL(filePath: shared).appending(path: "evaluation/coco_rle.json")
      } else {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
          .appending(path: "Fixtures/run_lengths.json")
      }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(COCOCodes.self, from: Data(contentsOf: file))
  }
}
