import CCairo
import SemanticSAMCore

/// Draws masks over their photograph: translucent colours, outlines, the prompt, and a label chip beside each mask.
public struct Overlay: Hashable, Sendable {
  /// How much of the photograph a mask's colour covers, 0...1.
  public var fillOpacity = 0.42
  public var hasOutlines = true
  /// Whether each mask gets a chip with its name, level and predicted IoU. A chip that finds no free place near its mask is
  /// left out; together they cover at most a fifth of the picture.
  public var hasLabels = true
  /// The long edge of the picture in pixels; `nil` keeps the size of the photograph.
  public var longEdge: Int?

  public init() {}

  /// A picture of the candidates; they take the colours of ``Palette`` in their order, smaller masks lie on larger ones.
  /// - Parameters:
  ///   - candidates: Of this image; the first ones choose their labels' places first.
  ///   - prompts: Their clicks and boxes are drawn too.
  /// - Throws: `invalidArgument` where a mask is not of the size of the image or `longEdge` is below 1, `limitExceeded` where
  ///   a side of the picture would have more than 32767 pixels, `outOfMemory`.
  public func draw(_ image: Image, candidates: [Candidate], prompts: [Prompt] = []) throws(ModelError) -> Image {
    let colors = candidates.indices.map(Palette.color(at:))
    let masks = zip(candidates, colors).map { (mask: $0.mask, color: $1) }
    let (canvas, scale) = try scaled(try Tints.tinted(image, masks: masks, opacity: fillOpacity))
    let measures = Measures(width: Double(canvas.width), height: Double(canvas.height))
    let outlines = candidates.map { Outline($0.mask) }
    if hasOutlines {
      let order = candidates.indices.sorted { candidates[$0].area > candidates[$1].area }
      for index in order {
        outlines[index].draw(on: canvas, color: colors[index], lineWidth: measures.outlineWidth, scale: scale)
      }
    }
    canvas.draw(prompts, measures: measures, scale: scale)
    if hasLabels {
      var chips = ChipLayout(
        width: Double(canvas.width), height: Double(canvas.height), margin: measures.fontSize * 0.4,
        obstacles: clickAreas(prompts, scale: scale, radius: measures.markRadius * 1.4))
      let placed = candidates.indices.compactMap { index in
        Chip(
          candidates[index], color: colors[index], fontSize: measures.fontSize, measuredOn: canvas, layout: &chips,
          beside: outlines[index].extremes.map { Point(x: $0.x * scale, y: $0.y * scale) })
      }
      for chip in placed { chip.drawLeader(on: canvas) }
      for chip in placed { chip.drawPlate(on: canvas) }
    }
    return try canvas.image()
  }

  /// A canvas of the size that was asked for, and how many of its pixels one of the photograph's takes.
  private func scaled(_ photograph: Image) throws(ModelError) -> (canvas: Canvas, scale: Double) {
    let (width, height) = (photograph.width, photograph.height)
    guard let longEdge, longEdge != max(width, height) else { return (try Canvas(photograph), 1) }
    guard longEdge >= 1 else {
      throw ModelError(
        .invalidArgument, "A picture with a long edge of \(longEdge) pixels cannot be drawn; give at least 1.")
    }
    let scale = Double(longEdge) / Double(max(width, height))
    let canvas = try Canvas(
      width: width >= height ? longEdge : max(1, Int((Double(width) * scale).rounded())),
      height: width >= height ? max(1, Int((Double(height) * scale).rounded())) : longEdge, background: .black)
    try canvas.paint(photograph, in: Box(x0: 0, y0: 0, x1: Double(canvas.width), y1: Double(canvas.height)))
    return (canvas, scale)
  }

  /// The rectangles of the picture that clicks cover.
  private func clickAreas(_ prompts: [Prompt], scale: Double, radius: Double) -> [Box] {
    prompts.flatMap(\.clicks).map { click in
      let (x, y) = ((click.point.x + 0.5) * scale, (click.point.y + 0.5) * scale)
      return Box(x0: x - radius, y0: y - radius, x1: x + radius, y1: y + radius)
    }
  }
}
