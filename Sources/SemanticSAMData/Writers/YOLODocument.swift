import SemanticSAMCore

/// The masks of a photograph as YOLO's segmentation labels: a line for each mask, `class x1 y1 x2 y2 ...`, coordinates as
/// shares of width and height.
///
/// The form has one polygon a line and no holes. A hole, and a piece that lies apart, is joined by a bridge of no width (see
/// `MaskOutline`), so the even-odd rule fills exactly the mask. An empty mask has no line.
public struct YOLODocument: Sendable {
  public let text: String

  /// - Throws: `invalidArgument` where a mask has no size.
  public init(_ masks: [Candidate], classes: ClassList) throws(ModelError) {
    var lines = ""
    for candidate in masks {
      guard let ring = try MaskOutline(candidate.mask).joined else { continue }
      let (width, height) = (Double(candidate.mask.width), Double(candidate.mask.height))
      lines += "\(classes.place(of: candidate))"
      for vertex in ring { lines += " \(Self.decimal(vertex.x / width)) \(Self.decimal(vertex.y / height))" }
      lines += "\n"
    }
    text = lines
  }

  /// A number of 0...1 with at most seven decimals, fine enough for pictures of a million pixels' width.
  static func decimal(_ share: Double) -> String {
    let unit = 10_000_000
    let value = Int((share * Double(unit)).rounded())
    guard value % unit != 0 else { return "\(value / unit)" }
    var digits = "\(value % unit)"
    digits = String(repeating: "0", count: 7 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(value / unit).\(digits)"
  }
}
