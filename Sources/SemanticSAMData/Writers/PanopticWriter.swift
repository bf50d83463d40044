import SemanticSAMCore
import SemanticSAMImages

/// Panoptic segmentations in the form of COCO: a JSON for all pictures, and a PNG for each in which every pixel holds its
/// segment's id, R + 256 G + 65536 B. `evaluate panoptic` and panopticapi read it.
public struct PanopticWriter: Sendable {
  private struct Document: Encodable {
    var images: [ImageRecord] = []
    var annotations: [AnnotationRecord] = []
    var categories: [CategoryRecord] = []
  }

  private struct ImageRecord: Encodable {
    var id: Int64
    var fileName: String
    var width: Int
    var height: Int

    enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  private struct AnnotationRecord: Encodable {
    var imageID: Int64
    var fileName: String
    var segmentsInfo: [SegmentRecord]

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case fileName = "file_name"
      case segmentsInfo = "segments_info"
    }
  }

  private struct SegmentRecord: Encodable {
    var id: Int
    var categoryID: Int
    var area: Int
    var bbox: [Int]
    var iscrowd = 0
    var score: Float

    enum CodingKeys: String, CodingKey {
      case id, area, bbox, iscrowd, score
      case categoryID = "category_id"
    }
  }

  private struct CategoryRecord: Encodable {
    var id: Int
    var name: String
    var supercategory: String?
    var isthing: Int
  }

  private var document = Document()
  private let categories: [Category]

  /// - Parameter categories: in the order of the vocabulary; their ids are what is written.
  public init(categories: [Category]) {
    self.categories = categories
    document.categories = categories.map {
      CategoryRecord(id: $0.id, name: $0.name, supercategory: $0.supercategory, isthing: $0.isThing ? 1 : 0)
    }
  }

  /// Adds a picture.
  /// - Parameters:
  ///   - fileName: of the photograph.
  ///   - mapName: of the PNG; `nil`: the photograph's with its own extension.
  /// - Throws: `invalidArgument` where a segment's name is not of the categories.
  public mutating func add(
    _ segmentation: PanopticSegmentation, fileName: String, mapName: String? = nil, imageID: Int64
  ) throws(ModelError) {
    let boxes = Self.boxes(of: segmentation)
    var segments: [SegmentRecord] = []
    for segment in segmentation.segments {
      guard categories.indices.contains(segment.category) else {
        throw ModelError(
          .invalidArgument,
          "The segment '\(segment.name)' is of none of the \(categories.count) categories; give those of its vocabulary."
        )
      }
      segments.append(
        SegmentRecord(
          id: segment.id, categoryID: categories[segment.category].id, area: segment.area,
          bbox: boxes[segment.id] ?? [0, 0, 0, 0], score: segment.score))
    }
    document.images.append(
      ImageRecord(id: imageID, fileName: fileName, width: segmentation.width, height: segmentation.height))
    document.annotations.append(
      AnnotationRecord(imageID: imageID, fileName: mapName ?? Self.pngName(of: fileName), segmentsInfo: segments))
  }

  /// The JSON: one line with sorted keys and a newline at its end.
  public func encoded() throws(ModelError) -> [UInt8] { try JSONLine.encode(document) }

  /// "street.png" for "street.jpg".
  public static func pngName(of fileName: String) -> String {
    guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return fileName + ".png" }
    return fileName[..<dot] + ".png"
  }

  /// `[x, y, width, height]` by id.
  private static func boxes(of segmentation: PanopticSegmentation) -> [Int: [Int]] {
    var edges: [Int32: (x0: Int, y0: Int, x1: Int, y1: Int)] = [:]
    for y in 0..<segmentation.height {
      let row = y * segmentation.width
      var x = 0
      // Runs of one id, of which there are few in a row.
      while x < segmentation.width {
        let id = segmentation.map[row + x]
        let start = x
        while x < segmentation.width, segmentation.map[row + x] == id { x += 1 }
        guard id != 0 else { continue }
        let known = edges[id] ?? (start, y, x, y + 1)
        edges[id] = (min(known.x0, start), min(known.y0, y), max(known.x1, x), max(known.y1, y + 1))
      }
    }
    return Dictionary(
      uniqueKeysWithValues: edges.map {
        (Int($0.key), [$0.value.x0, $0.value.y0, $0.value.x1 - $0.value.x0, $0.value.y1 - $0.value.y0])
      })
  }
}

extension PanopticSegmentation {
  /// The map as COCO's PNG: R + 256 G + 65536 B is a pixel's segment.
  /// - Throws: `outOfMemory`.
  public func encodePNG() throws(ModelError) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(map.count * 3)
    for id in map {
      pixels.append(UInt8(truncatingIfNeeded: id))
      pixels.append(UInt8(truncatingIfNeeded: id >> 8))
      pixels.append(UInt8(truncatingIfNeeded: id >> 16))
    }
    return try PNG.encode(pixels: pixels, width: width, height: height, format: .rgb)
  }
}

extension SemanticMap {
  /// The map as a PNG of labels: a grey sample is the place of a pixel's name, 255 where it has none; with 255 names or more
  /// R + 256 G is the place, 65535 for none. `evaluate semantic` reads both.
  /// - Throws: `outOfMemory`.
  public func encodePNG() throws(ModelError) -> [UInt8] {
    if names.count < 255 {
      return try PNG.encode(
        pixels: categories.map { UInt8(min($0, 255)) }, width: width, height: height, format: .gray)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(categories.count * 3)
    for category in categories {
      pixels += [UInt8(truncatingIfNeeded: category), UInt8(truncatingIfNeeded: category >> 8), 0]
    }
    return try PNG.encode(pixels: pixels, width: width, height: height, format: .rgb)
  }
}
