/// A region with a name, whatever kind of segmentation found it: what pictures, tables and files are made of.
public struct NamedRegion: Hashable, Sendable {
  public var mask: Mask
  public var name: String
  /// The place of its name in the vocabulary.
  public var category: Int
  /// Countable; otherwise stuff.
  public var isThing: Bool
  /// 0...1; `nil` where there is none, as of the regions of a semantic map.
  public var score: Float?

  public init(mask: Mask, name: String, category: Int, isThing: Bool, score: Float?) {
    self.mask = mask
    self.name = name
    self.category = category
    self.isThing = isThing
    self.score = score
  }

  public init(_ detection: Detection) {
    self.init(
      mask: detection.mask, name: detection.name, category: detection.category, isThing: true, score: detection.score)
  }

  public init(_ part: PartDetection) {
    self.init(mask: part.mask, name: part.fullName, category: part.category, isThing: true, score: part.score)
  }
}

extension PanopticSegmentation {
  /// The segments as regions, in their order.
  /// - Throws: `limitExceeded` where the image has more pixels than a mask can have.
  public func regions() throws(ModelError) -> [NamedRegion] {
    var regions: [NamedRegion] = []
    for segment in segments {
      regions.append(
        NamedRegion(
          mask: try mask(of: segment), name: segment.name, category: segment.category, isThing: segment.isThing,
          score: segment.score))
    }
    return regions
  }
}

extension SemanticMap {
  /// The names that occur as regions, the largest first.
  /// - Throws: `limitExceeded` where the image has more pixels than a mask can have.
  public func regions() throws(ModelError) -> [NamedRegion] {
    var regions: [NamedRegion] = []
    for (category, _) in areas {
      regions.append(
        NamedRegion(
          mask: try mask(of: category), name: names[category], category: category, isThing: false, score: nil))
    }
    return regions
  }
}
