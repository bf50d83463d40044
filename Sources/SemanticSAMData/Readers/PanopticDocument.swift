import SemanticSAMCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON of a panoptic annotation or prediction in COCO's form; the segments themselves lie in one PNG a picture.
///
/// `{"annotations": [{"image_id", "file_name", "segments_info": [{"id", "category_id", "area", "iscrowd"}]}],
/// "categories": [{"id", "name", "isthing"}]}`. Predictions need neither `categories` nor areas.
public struct PanopticDocument: Sendable {
  /// The file, for messages.
  public var path: String
  public var annotations: [Annotation]
  /// Empty where the file has none.
  public var categories: [Category]

  /// The segments of one picture.
  public struct Annotation: Hashable, Sendable {
    /// A number in COCO, a name in some other sets.
    public var imageID: String
    /// The name of the PNG.
    public var fileName: String
    public var segments: [Segment]

    public init(imageID: String, fileName: String, segments: [Segment]) {
      self.imageID = imageID
      self.fileName = fileName
      self.segments = segments
    }
  }

  public struct Segment: Hashable, Sendable {
    /// R + 256 G + 65536 B of its pixels.
    public var id: UInt32
    public var categoryID: Int
    /// As annotated, in pixels.
    public var area: Double?
    /// A group that stands for any number of things.
    public var isCrowd: Bool

    public init(id: UInt32, categoryID: Int, area: Double? = nil, isCrowd: Bool = false) {
      self.id = id
      self.categoryID = categoryID
      self.area = area
      self.isCrowd = isCrowd
    }
  }

  public init(path: String, annotations: [Annotation], categories: [Category] = []) {
    self.path = path
    self.annotations = annotations
    self.categories = categories
  }

  /// - Throws: `unreadableFile`; `limitExceeded` above 2 GiB; `malformedFile` with the record's place where the file is
  ///   not of the form above, or an id stands in it twice.
  public init(contentsOf path: String) throws(ModelError) {
    let bytes = try FileBytes.read(path, limit: 1 << 31)
    func malformed(_ what: String) -> ModelError {
      ModelError(
        .malformedFile,
        "The panoptic annotations of '\(path)' cannot be read: \(what); give a file in COCO's panoptic form.")
    }
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw malformed(error.reason)
    } catch {
      throw malformed("they are not JSON")
    }
    var imageIDs: Set<String> = []
    for annotation in file.annotations {
      let id = annotation.imageID.text
      guard imageIDs.insert(id).inserted else { throw malformed("image \(id) has two annotations") }
      var segmentIDs: Set<UInt32> = []
      for segment in annotation.segments {
        guard segment.id != 0, segment.id < 1 << 24 else {
          throw malformed("segment \(segment.id) of image \(id) is not within 1...16777215")
        }
        guard segmentIDs.insert(segment.id).inserted else {
          throw malformed("segment \(segment.id) stands twice in image \(id)")
        }
      }
    }
    self.path = path
    annotations = file.annotations.map { record in
      Annotation(
        imageID: record.imageID.text, fileName: record.fileName,
        segments: record.segments.map {
          Segment(id: $0.id, categoryID: $0.categoryID, area: $0.area, isCrowd: $0.isCrowd == 1)
        })
    }
    categories = (file.categories ?? []).map {
      Category(id: $0.id, name: $0.name, supercategory: $0.supercategory, isThing: $0.isthing == 1)
    }
  }

  private struct File: Decodable {
    var annotations: [AnnotationRecord]
    var categories: [CategoryRecord]?
  }

  private struct AnnotationRecord: Decodable {
    var imageID: Identifier
    var fileName: String
    var segments: [SegmentRecord]

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case fileName = "file_name"
      case segments = "segments_info"
    }
  }

  private struct SegmentRecord: Decodable {
    var id: UInt32
    var categoryID: Int
    var area: Double?
    var isCrowd: Int?

    enum CodingKeys: String, CodingKey {
      case id, area
      case categoryID = "category_id"
      case isCrowd = "iscrowd"
    }
  }

  private struct CategoryRecord: Decodable {
    var id: Int
    var name: String
    var supercategory: String?
    var isthing: Int
  }

  /// A number or a name.
  private struct Identifier: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int64.self) {
        text = "\(number)"
      } else {
        text = try container.decode(String.self)
      }
    }
  }
}
