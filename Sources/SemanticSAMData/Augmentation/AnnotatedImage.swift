import SemanticSAMCore
import SemanticSAMImages

/// A decoded picture and its regions: what augmentations work on.
public struct AnnotatedImage: Sendable {
  public private(set) var image: Image
  public private(set) var regions: [Region]

  /// - Throws: `invalidArgument` where a mask has another size than the picture.
  public init(image: Image, regions: [Region]) throws(ModelError) {
    for region in regions {
      guard let mask = region.mask, mask.width != image.width || mask.height != image.height else { continue }
      throw ModelError(
        .invalidArgument,
        "The mask of region \(region.id) has \(mask.width) x \(mask.height) pixels and its picture \(image.width) x "
          + "\(image.height); give the picture that the masks were drawn on.")
    }
    self.init(uncheckedImage: image, regions: regions)
  }

  /// The picture of a sample, decoded, with its regions.
  /// - Throws: as ``ImageReference/load(limits:)``, and `invalidArgument` where a mask has another size than the picture.
  public init(_ sample: Sample, limits: DecodingLimits = .default) throws(ModelError) {
    try self.init(image: sample.image.load(limits: limits), regions: sample.regions)
  }

  init(uncheckedImage image: Image, regions: [Region]) {
    self.image = image
    self.regions = regions
  }

  /// Picture, masks, boxes and clicks moved together.
  ///
  /// - A mask's box and area are those of its pixels; a region whose mask is empty is removed.
  /// - A box without a mask is cut to the picture, and removed where nothing is left; its area is that of the box.
  /// - A click is removed where it lies outside the picture or on a pixel that is not in its region's mask.
  /// - Parents keep pointing at their region; a part whose parent is removed has none.
  /// - Throws: `outOfMemory`, and `invalidArgument` where the transform is not for this size.
  public func transformed(by transform: GeometricTransform) throws(ModelError) -> AnnotatedImage {
    let image = try transform.apply(to: image)
    var kept: [Region] = []
    var places = [Int?](repeating: nil, count: regions.count)
    for (index, region) in regions.enumerated() {
      guard let moved = try Self.moved(region, by: transform) else { continue }
      places[index] = kept.count
      kept.append(moved)
    }
    for index in kept.indices {
      kept[index].parent = kept[index].parent.flatMap { places.indices.contains($0) ? places[$0] : nil }
    }
    return AnnotatedImage(uncheckedImage: image, regions: kept)
  }

  private static func moved(_ region: Region, by transform: GeometricTransform) throws(ModelError) -> Region? {
    var region = region
    let points = region.points.map { transform.apply(to: $0) }.filter { transform.resultContains($0) }
    if let mask = region.mask {
      let moved = try transform.apply(to: mask)
      guard !moved.isEmpty else { return nil }
      region.mask = moved
      region.box = moved.box
      region.area = Double(moved.area)
      region.points = points.filter { moved.contains(x: Int($0.x.rounded()), y: Int($0.y.rounded())) }
    } else {
      let moved = transform.apply(to: region.box)
      let box = Box(
        x0: max(moved.x0, 0), y0: max(moved.y0, 0), x1: min(moved.x1, Double(transform.width)),
        y1: min(moved.y1, Double(transform.height)))
      guard box.width > 0, box.height > 0 else { return nil }
      region.box = box
      region.area = box.area
      region.points = points
    }
    return region
  }

  /// The same regions on a picture of the same size.
  func recoloured(_ image: Image) -> AnnotatedImage {
    AnnotatedImage(uncheckedImage: image, regions: regions)
  }
}
