import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The masks of photographs in the form of COCO's instance annotations: see Docs/JSON.md.
///
/// Photographs are added one by one; what was written can be read and continued, and a run that was interrupted and continued
/// gives the same bytes as one that was not.
public struct COCOMaskDocument: Sendable {
  /// With which weights and options the masks were made. Masks of different settings do not belong into one file.
  public struct Settings: Codable, Hashable, Sendable {
    /// The SHA-256 of the weights.
    public var checkpoint: String
    public var pointsPerSide: Int
    public var pointsPerBatch: Int?
    public var predictedIoUThreshold: Float
    public var stabilityThreshold: Float
    public var stabilityOffset: Float
    public var boxNMSThreshold: Double
    public var cropLayers: Int
    public var cropOverlap: Double
    public var cropPointDownscale: Int
    public var cropNMSThreshold: Double
    public var minimumRegionArea: Int
    public var levels: [Int]
    public var longEdge: Int?
    /// The SHA-256 of the names in use; absent: those of the weights.
    public var names: String?

    enum CodingKeys: String, CodingKey {
      case checkpoint, levels, names
      case pointsPerSide = "points_per_side"
      case pointsPerBatch = "points_per_batch"
      case predictedIoUThreshold = "iou_threshold"
      case stabilityThreshold = "stability_threshold"
      case stabilityOffset = "stability_offset"
      case boxNMSThreshold = "box_nms"
      case cropLayers = "crop_layers"
      case cropOverlap = "crop_overlap"
      case cropPointDownscale = "crop_downscale"
      case cropNMSThreshold = "crop_nms"
      case minimumRegionArea = "minimum_area"
      case longEdge = "long_edge"
    }

    /// - Parameters:
    ///   - checksum: the SHA-256 of the weights.
    ///   - names: that of the names; `nil`: those of the weights.
    public init(_ options: AutomaticMaskOptions, checksum: String, names: String? = nil) {
      checkpoint = checksum
      self.names = names
      pointsPerSide = options.pointsPerSide
      // Masks depend on the batches only where its clicks see each other.
      pointsPerBatch = options.promptsSeeEachOther ? options.pointsPerBatch : nil
      predictedIoUThreshold = options.predictedIoUThreshold
      stabilityThreshold = options.stabilityThreshold
      stabilityOffset = options.stabilityOffset
      boxNMSThreshold = options.boxNMSThreshold
      cropLayers = options.cropLayers
      cropOverlap = options.cropOverlap
      cropPointDownscale = options.cropPointDownscale
      cropNMSThreshold = options.cropNMSThreshold
      minimumRegionArea = options.minimumRegionArea
      levels = options.levels.map(\.level)
      longEdge = options.longEdgeLimit
    }
  }

  private struct Info: Codable {
    var description: String
    var settings: RunSettings

    init(_ settings: RunSettings) {
      let subject =
        switch settings {
        case .automatic: "Masks of everything in the photographs"
        case .prompted: "Masks of what prompts show in the photographs"
        }
      description = "\(subject), by semantic-sam \(settings.command)."
      self.settings = settings
    }
  }

  private struct ImageRecord: Codable {
    var id: Int
    var fileName: String
    var width: Int
    var height: Int

    enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  private struct Annotation: Codable {
    var id: Int
    var image: Int
    var category: Int
    var segmentation: SegmentationDocument.Code
    var box: [Double]
    var area: Int
    var isCrowd = 0
    var predictedIoU: Float
    /// Absent where it is undefined.
    var stability: Float?
    var level: Int
    /// Absent where prompts were given.
    var points: [[Double]]?
    var crop: [Double]?

    enum CodingKeys: String, CodingKey {
      case id, segmentation, area, level
      case image = "image_id"
      case category = "category_id"
      case box = "bbox"
      case isCrowd = "iscrowd"
      case predictedIoU = "predicted_iou"
      case stability = "stability_score"
      case points = "point_coords"
      case crop = "crop_box"
    }
  }

  private struct Category: Codable {
    var id: Int
    var name: String
  }

  private struct Contents: Codable {
    var info: Info
    var images: [ImageRecord]
    var annotations: [Annotation]
  }

  private let settings: RunSettings
  private let classes: ClassList
  private var fileNames: Set<String> = []
  /// The records as JSON, separated by commas, so that a long list is not encoded anew for each photograph.
  private var images: [UInt8] = []
  private var annotations: [UInt8] = []
  /// How many masks the document holds.
  public private(set) var maskCount = 0

  /// - Parameter classes: the categories, their ids from 1; without it all masks are of the category "object".
  public init(_ settings: RunSettings, classes: ClassList = ClassList(nil)) {
    self.settings = settings
    self.classes = classes
  }

  /// Continues a file.
  /// - Throws: `malformedFile` where it is no such document; `invalidArgument` where other settings made it;
  ///   `unreadableFile`.
  public init(
    continuing path: String, _ settings: RunSettings, classes: ClassList = ClassList(nil)
  ) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: 1 << 33)
    guard let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes)) else {
      throw ModelError(
        .malformedFile, "'\(path)' holds no masks of 'semantic-sam \(settings.command)' to continue; give another file."
      )
    }
    guard contents.info.settings == settings else {
      throw ModelError(
        .invalidArgument,
        "The masks in '\(path)' were made with other weights or options; repeat those or give another file.")
    }
    self.init(settings, classes: classes)
    for record in contents.images {
      fileNames.insert(record.fileName)
      try Self.append(record, to: &images)
    }
    for record in contents.annotations { try Self.append(record, to: &annotations) }
    maskCount = contents.annotations.count
  }

  /// The number of photographs.
  public var imageCount: Int { fileNames.count }

  /// Whether the masks of a photograph are there.
  public func contains(_ fileName: String) -> Bool { fileNames.contains(fileName) }

  /// Adds a photograph with its masks.
  /// - Throws: `invalidArgument` where it is there already, or a number is not finite.
  public mutating func add(
    _ fileName: String, width: Int, height: Int, masks: [Candidate]
  ) throws(ModelError) {
    guard !contains(fileName) else {
      throw ModelError(.invalidArgument, "The masks of '\(fileName)' are there already; add each photograph once.")
    }
    let image = fileNames.count + 1
    var added: [UInt8] = []
    for (index, mask) in masks.enumerated() {
      let box = mask.box
      try Self.append(
        Annotation(
          id: maskCount + index + 1, image: image, category: classes.place(of: mask) + 1,
          segmentation: SegmentationDocument.Code(
            size: [mask.mask.height, mask.mask.width], counts: mask.mask.runLengths.compressed),
          box: [box.x0, box.y0, box.width, box.height], area: mask.area, predictedIoU: mask.predictedIoU,
          stability: mask.stability, level: mask.granularity.level,
          points: mask.point.map { [[$0.x, $0.y]] },
          crop: mask.crop.map { [$0.x0, $0.y0, $0.width, $0.height] }), to: &added)
    }
    try Self.append(ImageRecord(id: image, fileName: fileName, width: width, height: height), to: &images)
    if !added.isEmpty, !annotations.isEmpty { annotations.append(UInt8(ascii: ",")) }
    annotations += added
    maskCount += masks.count
    fileNames.insert(fileName)
  }

  /// The document as one line of UTF-8 with sorted keys and a newline at its end.
  public func encoded() throws(ModelError) -> [UInt8] {
    var categories: [UInt8] = []
    var info: [UInt8] = []
    for (place, name) in classes.names.enumerated() {
      try Self.append(Category(id: place + 1, name: name), to: &categories)
    }
    try Self.append(Info(settings), to: &info)
    return Array("{\"annotations\":[".utf8) + annotations + Array("],\"categories\":[".utf8) + categories
      + Array("],\"images\":[".utf8) + images + Array("],\"info\":".utf8) + info + Array("}\n".utf8)
  }

  private static func append(_ record: some Encodable, to list: inout [UInt8]) throws(ModelError) {
    let line = try JSONLine.encode(record)
    if !list.isEmpty { list.append(UInt8(ascii: ",")) }
    list += line.dropLast()
  }
}
