import SemanticSAMCore

/// A photograph with its annotated regions, the same whatever file they came from.
public struct Sample: Sendable {
  public var image: ImageReference
  public var regions: [Region]
  /// Under which terms the photograph may be used, where the annotations say.
  public var licence: String?
  /// The data set's name.
  public var source: String
  /// What else is known where not every category was looked for; nil where all were.
  public var federation: Federation?

  public init(
    image: ImageReference, regions: [Region], licence: String? = nil, source: String, federation: Federation? = nil
  ) {
    self.image = image
    self.regions = regions
    self.licence = licence
    self.source = source
    self.federation = federation
  }

  /// Categories of a photograph of a federated data set, as PACO: what is neither annotated nor listed here may be there or
  /// not. The numbers are the ids that the annotations use.
  public struct Federation: Hashable, Sendable {
    /// Certainly not in the photograph.
    public var absent: [Int]
    /// In the photograph, but not every one is annotated.
    public var notExhaustive: [Int]

    public init(absent: [Int], notExhaustive: [Int]) {
      self.absent = absent
      self.notExhaustive = notExhaustive
    }
  }
}

/// Where a photograph lies, and what its annotations say of its size.
public struct ImageReference: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    case file(String)
    /// Base64 text in a file of lines, from a byte offset on.
    case base64(file: String, offset: UInt64, length: Int)
  }

  /// The image's id or file name, as the annotations call it.
  public var id: String
  public var place: Place
  /// In pixels, as annotated.
  public var width: Int
  public var height: Int

  public init(id: String, place: Place, width: Int, height: Int) {
    self.id = id
    self.place = place
    self.width = width
    self.height = height
  }
}

/// An annotated region of a photograph.
public struct Region: Sendable {
  /// What the annotations say that a region is.
  public enum Kind: Hashable, Sendable {
    case object
    case part
    /// A region of any granularity without a name.
    case unlabelled
  }

  /// The annotation's id, unique in its data set; its place in the sample where the data set has none.
  public var id: Int64
  public var kind: Kind
  /// `nil` where only a box is annotated.
  public var mask: Mask?
  /// As annotated, by pixel edges; it can reach outside the image.
  public var box: Box
  /// As annotated, in pixels; it can differ from the mask's.
  public var area: Double
  /// Places in the data set's `categories.objects` and `categories.parts`.
  public var objectCategory: Int?
  public var partCategory: Int?
  /// The place in the sample of the region that this one is a part of.
  public var parent: Int?
  /// A group that stands for any number of objects.
  public var isCrowd: Bool
  /// Clicks that were annotated with the region.
  public var points: [Point]
  /// Ids of attributes such as colours, where they are annotated (PACO).
  public var attributes: [Int]

  public init(
    id: Int64, kind: Kind, mask: Mask?, box: Box, area: Double, objectCategory: Int? = nil, partCategory: Int? = nil,
    parent: Int? = nil, isCrowd: Bool = false, points: [Point] = [],
    attributes: [Int] = []
  ) {
    self.id = id
    self.kind = kind
    self.mask = mask
    self.box = box
    self.area = area
    self.objectCategory = objectCategory
    self.partCategory = partCategory
    self.parent = parent
    self.isCrowd = isCrowd
    self.points = points
    self.attributes = attributes
  }
}
