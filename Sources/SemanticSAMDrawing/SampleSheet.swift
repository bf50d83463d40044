import CCairo
import SemanticSAMCore

/// Draws annotated photographs side by side: regions tinted and outlined, boxes where there is no mask, names below.
public struct SampleSheet: Hashable, Sendable {
  /// The width of a full row in pixels, at least 300.
  public var width = 1500
  /// Photographs in a row, at least 1.
  public var columns = 3

  public init() {}

  /// A photograph with its regions.
  public struct Panel: Sendable {
    public var image: Image
    /// Of the image's size; empty ones are not drawn.
    public var masks: [Mask]
    /// By pixel edges.
    public var boxes: [Box]
    /// Clicks and boxes that are drawn on top.
    public var prompts: [Prompt]
    /// A line below the photograph, shortened where it is too long.
    public var title: String
    /// A second line.
    public var detail: String

    public init(
      image: Image, masks: [Mask], boxes: [Box] = [], prompts: [Prompt] = [], title: String, detail: String = ""
    ) {
      self.image = image
      self.masks = masks
      self.boxes = boxes
      self.prompts = prompts
      self.title = title
      self.detail = detail
    }
  }

  /// - Throws: `invalidArgument` where there are no panels, a mask is not of the size of its image, or the layout cannot be;
  ///   `limitExceeded` where a side of the sheet would have more than 32767 pixels; `outOfMemory`.
  public func draw(_ panels: [Panel]) throws(ModelError) -> Image {
    guard !panels.isEmpty else {
      throw ModelError(.invalidArgument, "A sheet needs at least one photograph; it was given none.")
    }
    guard width >= 300, width <= Canvas.maximumSide, columns >= 1, columns <= width / 100 else {
      throw ModelError(
        .invalidArgument,
        "A sheet of \(columns) columns cannot be \(width) pixels wide; give 300 to \(Canvas.maximumSide) pixels and at "
          + "least 100 for each column.")
    }
    let columns = min(columns, panels.count)
    let margin = Double(width) / 125
    let fontSize = Double(width) / 100
    let side = ((Double(width) - margin) / Double(self.columns) - margin).rounded(.down)
    let rowHeight = side * 0.75 + fontSize * 3.6 + margin
    let rows = (panels.count + columns - 1) / columns
    let canvas = try Canvas(
      width: Int(margin + Double(columns) * (side + margin)), height: Int(margin + Double(rows) * rowHeight),
      background: Color(hex: 0xfbfbfa))
    for (place, panel) in panels.enumerated() {
      let left = margin + Double(place % columns) * (side + margin)
      let top = margin + Double(place / columns) * rowHeight
      try drawPhotograph(panel, left: left, top: top, width: side, height: side * 0.75, on: canvas)
      canvas.setColor(Color(hex: 0x16191d))
      canvas.setFont(size: fontSize, weight: .bold)
      let base = top + side * 0.75 + fontSize * 1.4
      canvas.drawText(canvas.shortened(panel.title, toFit: side), x: left, y: base)
      canvas.setFont(size: fontSize, weight: .regular)
      canvas.drawText(canvas.shortened(panel.detail, toFit: side), x: left, y: base + fontSize * 1.4)
    }
    return try canvas.image()
  }

  /// Fits the photograph into a rectangle, in its middle.
  private func drawPhotograph(
    _ panel: Panel, left: Double, top: Double, width: Double, height: Double, on canvas: Canvas
  ) throws(ModelError) {
    let image = panel.image
    let masks = panel.masks.filter { !$0.isEmpty }
    let colored = masks.enumerated().map { (mask: $1, color: Palette.color(at: $0)) }
    let tinted = try Tints.tinted(image, masks: colored, opacity: 0.45)
    let scale = min(width / Double(image.width), height / Double(image.height))
    let (shownWidth, shownHeight) = (Double(image.width) * scale, Double(image.height) * scale)
    let (x, y) = (left + (width - shownWidth) / 2, top + (height - shownHeight) / 2)
    try canvas.paint(tinted, in: Box(x0: x, y0: y, x1: x + shownWidth, y1: y + shownHeight))
    let lineWidth = max(1, width / 300)
    // Smaller regions lie on larger ones, as their colours do.
    for entry in colored.sorted(by: { $0.mask.area > $1.mask.area }) {
      Outline(entry.mask).draw(on: canvas, color: entry.color, lineWidth: lineWidth, scale: scale, x: x, y: y)
    }
    for (place, box) in panel.boxes.enumerated() {
      cairo_rectangle(canvas.context, x + box.x0 * scale, y + box.y0 * scale, box.width * scale, box.height * scale)
      canvas.stroke(Palette.color(at: masks.count + place), width: lineWidth)
    }
    canvas.draw(
      panel.prompts, measures: Measures(width: shownWidth, height: shownHeight), scale: scale, x: x, y: y)
  }
}
