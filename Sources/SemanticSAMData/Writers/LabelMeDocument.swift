import SemanticSAMCore

/// The masks of a photograph in the form of LabelMe, to be opened and corrected there.
///
/// A shape is a polygon of one piece; the pieces of one mask share a `group_id`. Holes are joined to the outline around them
/// by a bridge of no width (see `MaskOutline`).
public struct LabelMeDocument: Encodable, Hashable, Sendable {
  public var version = "5.0.1"
  public var flags: [String: Bool] = [:]
  public var shapes: [Shape]
  /// The photograph, as it is reached from the document's folder.
  public var imagePath: String
  /// In pixels.
  public var imageHeight: Int
  /// In pixels.
  public var imageWidth: Int

  public struct Shape: Encodable, Hashable, Sendable {
    public var label: String
    /// `[x, y]` in pixel edges.
    public var points: [[Double]]
    /// The number of the mask, where it has several pieces.
    public var groupID: Int?
    public var description: String

    enum CodingKeys: String, CodingKey {
      case label, points, description, flags
      case groupID = "group_id"
      case shapeType = "shape_type"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(label, forKey: .label)
      try container.encode(points, forKey: .points)
      // Its reader wants the field, with or without a number.
      try container.encode(groupID, forKey: .groupID)
      try container.encode(description, forKey: .description)
      try container.encode("polygon", forKey: .shapeType)
      try container.encode([String: Bool](), forKey: .flags)
    }
  }

  enum CodingKeys: String, CodingKey {
    case version, flags, shapes, imagePath, imageData, imageHeight, imageWidth
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(flags, forKey: .flags)
    try container.encode(shapes, forKey: .shapes)
    try container.encode(imagePath, forKey: .imagePath)
    // The picture stays where it is.
    try container.encodeNil(forKey: .imageData)
    try container.encode(imageHeight, forKey: .imageHeight)
    try container.encode(imageWidth, forKey: .imageWidth)
  }

  /// - Throws: `invalidArgument` where a mask has no size.
  public init(
    _ masks: [Candidate], classes: ClassList, imagePath: String, width: Int, height: Int
  ) throws(ModelError) {
    var shapes: [Shape] = []
    for (number, candidate) in masks.enumerated() {
      let rings = try MaskOutline(candidate.mask).rings
      let hundredths = candidate.predictedIoU.isFinite ? Int((candidate.predictedIoU * 100).rounded()) : 0
      for ring in rings {
        shapes.append(
          Shape(
            label: classes.name(of: candidate), points: ring.map { [$0.x, $0.y] },
            groupID: rings.count > 1 ? number : nil,
            description: "level \(candidate.granularity.level), predicted IoU \(hundredths) %"))
      }
    }
    self.shapes = shapes
    self.imagePath = imagePath
    imageHeight = height
    imageWidth = width
  }

  /// The document as one line of UTF-8 with sorted keys and a newline at its end.
  public func encoded() throws(ModelError) -> [UInt8] { try JSONLine.encode(self) }
}
