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
}
