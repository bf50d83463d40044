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
    /// What the mask was made from: `polygons` with the codes of each alone, a box x, y, width, height, or runs.
    var polygons: [[Double]]?
    var partCounts: [String]?
    var inputBox: [Double]?
    var inputRuns: [UInt32]?
  }

  struct Group: Decodable {
    var truth: [String]
    var detections: [String]
    var size: [Int]
    var iou: [[Double]]
    /// 1 where `iou` divides by the detection's area instead.
    var iscrowd: [Int]
    var boxTruth: [[Double]]
    var boxDetections: [[Double]]
    var boxIou: [[Double]]
    var unionCounts: String
    var intersectionCounts: String
  }

  var masks: [Code]
  var iouGroups: [Group]?

  /// The fixture, or the whole list where the shared data are at hand.
  static func load() throws -> COCOCodes {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = SharedFiles.file("evaluation/coco_rle.json") ?? SharedFiles.fixture("run_lengths.json")
    return try decoder.decode(COCOCodes.self, from: Data(contentsOf: file))
  }
}

/// Where the tests' files lie.
enum SharedFiles {
  /// A file of the shared data, `nil` where they are not at hand.
  static func file(_ path: String) -> URL? {
    ProcessInfo.processInfo.environment["SEMANTIC_SAM_SHARED"].map { URL(filePath: $0).appending(path: path) }
  }

  static func fixture(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(name)")
  }
}
