import CCairo
import SemanticSAMCore

/// Draws regions with names over their photograph: a colour for each name, outlines, names where they fit, and a legend
/// beside the picture that lists all names by the area that they cover.
public struct NamedOverlay: Hashable, Sendable {
  /// How much of the photograph a region's colour covers, 0...1.
  public var fillOpacity = 0.5
  public var hasOutlines = true
  /// Whether names stand in their regions where these are large enough.
  public var hasNames = true
  public var hasLegend = true

  public init() {}

  /// A name of the legend.
  struct Entry {
    var name: String
    var color: Color
    var count: Int
    var area: Int
    var isThing: Bool
  }

  /// The photograph with the regions; with a legend the picture is wider than the photograph.
  /// - Parameter regions: of this image. Names take the colours of ``Palette`` in the order of the area that they cover, the
  ///   largest first, so the colours of the largest differ most.
  /// - Throws: `invalidArgument` where a mask is not of the size of the image, `limitExceeded` where the picture would have
  ///   more than 32767 pixels a side, `outOfMemory`.
  public func draw(_ image: Image, regions: [NamedRegion]) throws(ModelError) -> Image {
    let entries = Self.entries(of: regions)
    let places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    func color(_ region: NamedRegion) -> Color { entries[places[region.name] ?? 0].color }
    let tinted = try Tints.tinted(
      image, masks: regions.map { ($0.mask, color($0)) }, opacity: fillOpacity)
    let measures = Measures(width: Double(image.width), height: Double(image.height))
    let legend = Legend(entries, pixels: image.width * image.height, height: Double(image.height), measures: measures)
    let legendWidth = hasLegend && !entries.isEmpty ? Int(try legend.width().rounded(.up)) : 0
    let canvas = try Canvas(
      width: image.width + legendWidth, height: image.height, background: Color(hex: 0xfbfbfa))
    let frame = Box(x0: 0, y0: 0, x1: Double(image.width), y1: Double(image.height))
    try canvas.paint(tinted, in: frame)
    if hasOutlines {
      canvas.clipped(to: frame) {
        for region in regions.sorted(by: { $0.mask.area > $1.mask.area }) {
          Outline(region.mask).draw(on: canvas, color: color(region), lineWidth: measures.outlineWidth * 0.8, scale: 1)
        }
      }
    }
    if hasNames { try drawNames(of: regions, on: canvas, measures: measures, frame: frame) }
    if legendWidth > 0 { legend.draw(on: canvas, left: frame.x1) }
    return try canvas.image()
  }

  /// The names by the area that they cover.
  static func entries(of regions: [NamedRegion]) -> [Entry] {
    var entries: [String: Entry] = [:]
    for region in regions {
      entries[region.name, default: Entry(name: region.name, color: .black, count: 0, area: 0, isThing: region.isThing)]
        .count += 1
      entries[region.name]?.area += region.mask.area
    }
    return entries.values.sorted { ($1.area, $0.name) < ($0.area, $1.name) }.enumerated().map { index, entry in
      var entry = entry
      entry.color = Palette.color(at: index)
      return entry
    }
  }

  /// Writes names at the deepest points of regions, on dark plates that do not overlap.
  private func drawNames(
    of regions: [NamedRegion], on canvas: Canvas, measures: Measures, frame: Box
  ) throws(ModelError) {
    var taken: [Box] = []
    let fontSize = measures.fontSize * 0.9
    canvas.setFont(size: fontSize, weight: .bold)
    for region in regions.sorted(by: { $0.mask.area > $1.mask.area }) {
      guard let point = try region.mask.interiorPoint() else { continue }
      // A plate may be wider than the region is deep, but not much.
      let depth = Double(point.squaredDistance).squareRoot()
      guard depth > fontSize * 0.8 else { continue }
      let text = canvas.shortened(region.name, toFit: frame.width * 0.4)
      let (width, height) = (canvas.textWidth(text) + fontSize * 0.8, fontSize * 1.5)
      let x = min(max(Double(point.x) + 0.5 - width / 2, 0), max(frame.width - width, 0))
      let y = min(max(Double(point.y) + 0.5 - height / 2, 0), max(frame.height - height, 0))
      let plate = Box(x0: x, y0: y, x1: x + width, y1: y + height)
      guard !text.isEmpty, taken.allSatisfy({ $0.intersectionArea(plate) == 0 }) else { continue }
      taken.append(plate)
      canvas.addRoundedRectangle(plate, radius: height * 0.3)
      canvas.fill(Color(hex: 0x111418), opacity: 0.72)
      canvas.setColor(.white)
      canvas.drawText(text, x: plate.x0 + fontSize * 0.4, y: plate.y0 + fontSize * 1.1)
    }
  }
}
