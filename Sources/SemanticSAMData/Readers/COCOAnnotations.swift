import SemanticSAMCore

/// The index of an annotation file in the form of COCO: `images`, `annotations`, `categories` and `licenses`.
///
/// Kept are flat arrays of sizes, ids, areas and boxes; masks stay in the file and are decoded when they are asked for. Files
/// of any length can be read: see ``init(contentsOf:problem:)``.
public final class COCOAnnotations: Sendable {
  /// An annotation without its mask.
  public struct Annotation: Hashable, Sendable {
    /// How the mask is written.
    public enum Form: UInt8, Hashable, Sendable {
      case none, empty, polygons, code
    }

    public var id: Int64
    /// As annotated, in pixels; NaN where the file has none.
    public var area: Double
    /// As annotated: left, top, width and height in pixels; NaN where the file has none.
    public var left: Double
    public var top: Double
    public var width: Double
    public var height: Double
    var offset: UInt64
    var length: UInt32
    /// The place in ``COCOAnnotations/categories``.
    public var category: Int32
    public var form: Form
    public var isCrowd: Bool

    public var hasArea: Bool { !area.isNaN }
    public var hasBox: Bool { !width.isNaN }
  }

  /// An image without its file name.
  public struct Image: Hashable, Sendable {
    public var id: Int64
    /// In pixels.
    public var width: Int32
    public var height: Int32
    /// The place in ``COCOAnnotations/licences``, or -1.
    var licence: Int32
    var length: UInt32
    var offset: UInt64
    /// Where the name ends in the joined names.
    var nameEnd: UInt64
  }

  public struct Licence: Hashable, Sendable {
    public var id: Int64
    public var name: String
    public var address: String
  }

  let file: AnnotationFile
  /// In the order of the file.
  public let images: [Image]
  /// In the order of the file.
  public let categories: [Category]
  public let licences: [Licence]
  /// What `attribute_ids` of annotations stand for (PACO).
  public let attributes: [Category]
  /// Whether any annotation or image has the lists of PACO: attributes, categories that are absent or not exhaustive.
  let hasNumbers: Bool
  /// Those of image 0 first, then those of image 1 and so on; in the order of the file within an image.
  public let annotations: [Annotation]
  /// The place of image i's first annotation; one more entry than images.
  private let starts: [UInt32]
  /// The ids of the annotations that annotations are a part of (`part_of`, `obj_ann_id`), `Int64.min` for none; empty where
  /// the file has none at all.
  private let wholes: [Int64]
  /// All file names, one after the other, in UTF-8.
  private let names: [UInt8]
  /// Ids of images that are text; empty where they are numbers.
  private let textIDs: [String]

  init(_ contents: Contents) {
    file = contents.file
    images = contents.images
    categories = contents.categories
    licences = contents.licences
    attributes = contents.attributes
    hasNumbers = contents.hasNumbers
    annotations = contents.annotations
    starts = contents.starts
    wholes = contents.wholes
    names = contents.names
    textIDs = contents.textIDs
  }

  /// What a loader has gathered.
  struct Contents {
    var file: AnnotationFile
    var images: [Image] = []
    var categories: [Category] = []
    var licences: [Licence] = []
    var attributes: [Category] = []
    var hasNumbers = false
    var annotations: [Annotation] = []
    var starts: [UInt32] = []
    var wholes: [Int64] = []
    var names: [UInt8] = []
    var textIDs: [String] = []
  }

  public var path: String { file.path }

  /// The places in ``annotations`` of those of an image.
  public func annotations(ofImage index: Int) -> Range<Int> {
    Int(starts[index])..<Int(starts[index + 1])
  }

  /// The image's file name as the file gives it.
  public func fileName(ofImage index: Int) -> String {
    let start = index > 0 ? Int(images[index - 1].nameEnd) : 0
    return String(decoding: names[start..<Int(images[index].nameEnd)], as: UTF8.self)
  }

  /// The image's id as text.
  public func identifier(ofImage index: Int) -> String {
    textIDs.isEmpty ? "\(images[index].id)" : textIDs[index]
  }

  public func licence(ofImage index: Int) -> Licence? {
    let place = Int(images[index].licence)
    return place >= 0 ? licences[place] : nil
  }

  /// The id of the annotation that the one at `place` is a part of.
  public func whole(ofAnnotation place: Int) -> Int64? {
    guard !wholes.isEmpty, wholes[place] != .min else { return nil }
    return wholes[place]
  }

  /// Whether the ids of images are texts; then the numbers of ``Image/id`` are places.
  var hasTextIDs: Bool { !textIDs.isEmpty }

  /// Whether any annotation names the one that it is a part of.
  public var hasWholes: Bool { !wholes.isEmpty }

  /// The bytes of the arrays that are kept.
  public var keptBytes: Int {
    images.count * MemoryLayout<Image>.stride + annotations.count * MemoryLayout<Annotation>.stride
      + starts.count * 4 + wholes.count * 8 + names.count
  }
}
