import CCairo
import SemanticSAMCore

/// Draws candidates side by side, one panel each: the photograph dimmed outside of the mask, the prompt, and a caption.
public struct ContactSheet: Hashable, Sendable {
  /// The width of a full row in pixels, at least 300.
  public var width = 1500
  /// Panels in a row, at least 1.
  public var columns = 3
  /// A line above the panels.
  public var title: String?

  public init(title: String? = nil) {
    self.title = title
  }

  /// A sheet of the candidates from the whole to the smallest part. Outlines have the colours that ``Overlay`` gives to the
  /// same list; the candidate with the best predicted IoU is marked.
  /// - Throws: `invalidArgument` where there are no candidates, a mask is not of the size of the image, or the layout cannot
  ///   be; `limitExceeded` where a side of the sheet would have more than 32767 pixels; `outOfMemory`.
  public func draw(_ image: Image, candidates: [Candidate], prompts: [Prompt] = []) throws(ModelError) -> Image {
    guard !candidates.isEmpty else {
      throw ModelError(.invalidArgument, "A contact sheet needs at least one candidate; it was given none.")
    }
    guard width >= 300, width <= Canvas.maximumSide, columns >= 1, columns <= width / 100 else {
      throw ModelError(
        .invalidArgument,
        "A contact sheet of \(columns) columns cannot be \(width) pixels wide; give 300 to \(Canvas.maximumSide) pixels and "
          + "at least 100 for each column.")
    }
    let layout = Layout(sheet: self, image: image, panelCount: candidates.count)
    let canvas = try Canvas(width: layout.width, height: layout.height, background: Color(hex: 0xfbfbfa))
    if let title {
      canvas.setFont(size: layout.fontSize * 1.35, weight: .bold)
      canvas.setColor(Color(hex: 0x16191d))
      let text = canvas.shortened(title, toFit: Double(layout.width) - 2 * layout.margin)
      canvas.drawText(text, x: layout.margin, y: layout.margin + layout.fontSize * 1.25)
    }
    let best = candidates.count > 1 ? candidates.indices.max { rank(candidates[$0]) < rank(candidates[$1]) } : nil
    let order = candidates.indices.sorted {
      let (first, second) = (candidates[$0].granularity, candidates[$1].granularity)
      return first != second ? first < second : $0 < $1
    }
    for (position, index) in order.enumerated() {
      let candidate = candidates[index]
      let color = Palette.color(at: index)
      let frame = layout.picture(at: position)
      try drawPicture(of: candidate, image: image, prompts: prompts, color: color, in: frame, on: canvas)
      drawCaption(
        of: candidate, color: color, isBest: index == best, in: layout.caption(at: position), fontSize: layout.fontSize,
        on: canvas)
    }
    return try canvas.image()
  }

  /// NaN is worse than every number.
  private func rank(_ candidate: Candidate) -> Float {
    candidate.predictedIoU.isNaN ? -.infinity : candidate.predictedIoU
  }

  private func drawPicture(
    of candidate: Candidate, image: Image, prompts: [Prompt], color: Color, in frame: Box, on canvas: Canvas
  ) throws(ModelError) {
    try canvas.paint(try Tints.dimmed(image, outside: candidate.mask), in: frame)
    let scale = frame.width / Double(image.width)
    let measures = Measures(width: frame.width, height: frame.height)
    let outline = Outline(candidate.mask)
    canvas.clipped(to: frame) {
      outline.draw(on: canvas, color: color, lineWidth: measures.outlineWidth, scale: scale, x: frame.x0, y: frame.y0)
      canvas.draw(prompts, measures: measures, scale: scale, x: frame.x0, y: frame.y0)
    }
  }

  private func drawCaption(
    of candidate: Candidate, color: Color, isBest: Bool, in box: Box, fontSize: Double, on canvas: Canvas
  ) {
    let caption = Caption(candidate)
    let radius = fontSize * 0.36
    let baseline = box.y0 + fontSize * 1.35
    canvas.addCircle(x: box.x0 + radius, y: baseline - fontSize * 0.36, radius: radius)
    canvas.fill(color)
    var end = box.x1
    canvas.setFont(size: fontSize * 0.78, weight: .bold)
    if isBest {
      let width = canvas.textWidth("best") + fontSize * 0.9
      let plate = Box(x0: end - width, y0: baseline - fontSize * 0.98, x1: end, y1: baseline + fontSize * 0.26)
      canvas.addRoundedRectangle(plate, radius: fontSize)
      canvas.fill(Color(hex: 0x16191d))
      canvas.setColor(.white)
      canvas.drawText("best", x: plate.x0 + fontSize * 0.45, y: baseline - fontSize * 0.08)
      end -= width + fontSize * 0.5
    }
    canvas.setFont(size: fontSize, weight: .bold)
    canvas.setColor(Color(hex: 0x16191d))
    var x = box.x0 + 2 * radius + fontSize * 0.45
    x = canvas.drawText(canvas.shortened("Level \(candidate.granularity.level)", toFit: end - x), x: x, y: baseline)
    canvas.setFont(size: fontSize)
    canvas.setColor(Color(hex: 0x3c434b))
    canvas.drawText(
      canvas.shortened(" · predicted IoU \(caption.predictedIoU)", toFit: end - x), x: x, y: baseline)
    // The second line: the name, then how much of the picture the mask takes.
    let second = baseline + fontSize * 1.4
    x = box.x0 + 2 * radius + fontSize * 0.45
    let share = Caption.percent(Float(candidate.area) / Float(candidate.mask.width * candidate.mask.height))
    var details = "\(share) of the picture"
    if let stability = caption.stability { details += " · stability \(stability)" }
    if let name = caption.name {
      canvas.setFont(size: fontSize * 0.9, weight: .bold)
      x = canvas.drawText(
        canvas.shortened(name, ending: caption.probability, toFit: box.x1 - x), x: x, y: second)
      details = " · " + details
    }
    canvas.setFont(size: fontSize * 0.9)
    canvas.setColor(Color(hex: 0x6b737c))
    canvas.drawText(canvas.shortened(details, toFit: box.x1 - x), x: x, y: second)
  }
}

/// Where the parts of a sheet lie, in pixels.
private struct Layout {
  let width: Int
  let height: Int
  let fontSize: Double
  let margin: Double
  private let columns: Int
  private let gap: Double
  private let headerHeight: Double
  private let captionHeight: Double
  private let panelWidth: Double
  private let panelHeight: Double
  private let pictureWidth: Double
  private let pictureHeight: Double

  init(sheet: ContactSheet, image: Image, panelCount: Int) {
    let unit = Double(sheet.width) / 1500
    fontSize = 17 * unit
    margin = (24 * unit).rounded()
    gap = (22 * unit).rounded()
    columns = min(sheet.columns, panelCount)
    headerHeight = sheet.title == nil ? 0 : (fontSize * 2.4).rounded()
    captionHeight = (fontSize * 3.2).rounded()
    // A sheet of few panels does not blow them up.
    let widest = Double(sheet.width) / 2 - 2 * margin
    let share = (Double(sheet.width) - 2 * margin - Double(columns - 1) * gap) / Double(columns)
    panelWidth = min(share, max(widest, 1)).rounded(.down)
    // The picture fits a panel at most one and a half times as high as wide.
    let scale = min(panelWidth / Double(image.width), 1.5 * panelWidth / Double(image.height))
    pictureWidth = max((Double(image.width) * scale).rounded(), 1)
    pictureHeight = max((Double(image.height) * scale).rounded(), 1)
    panelHeight = pictureHeight + captionHeight
    let rows = (panelCount + columns - 1) / columns
    width = Int(2 * margin + Double(columns) * panelWidth + Double(columns - 1) * gap)
    height = Int(2 * margin + headerHeight + Double(rows) * panelHeight + Double(rows - 1) * gap)
  }

  /// The picture of the panel number `position`.
  func picture(at position: Int) -> Box {
    let (left, top) = origin(of: position)
    return Box(x0: left, y0: top, x1: left + pictureWidth, y1: top + pictureHeight)
  }

  /// The room for the caption of the panel number `position`.
  func caption(at position: Int) -> Box {
    let (left, top) = origin(of: position)
    return Box(x0: left, y0: top + pictureHeight, x1: left + panelWidth, y1: top + panelHeight)
  }

  private func origin(of position: Int) -> (x: Double, y: Double) {
    let (row, column) = position.quotientAndRemainder(dividingBy: columns)
    return (
      margin + Double(column) * (panelWidth + gap), margin + headerHeight + Double(row) * (panelHeight + gap)
    )
  }
}
