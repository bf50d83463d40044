import CCairo
import SemanticSAMCore

/// The label of a candidate in a picture: a dark plate with a dot in the mask's colour, the name, the level and the
/// predicted IoU.
struct Chip {
  private let caption: Caption
  private let color: Color
  private let fontSize: Double

  init(_ candidate: Candidate, color: Color, fontSize: Double) {
    caption = Caption(candidate)
    self.color = color
    self.fontSize = fontSize
  }

  /// Draws the chip at a free place, with a line to its mask where the two are apart; nothing where there is no place.
  func draw(on canvas: Canvas, layout: inout ChipLayout, beside targets: [Point]) {
    let padding = fontSize * 0.5
    let dot = fontSize * 0.32
    let details = "\(caption.level) · IoU \(caption.predictedIoU)"
    canvas.setFont(size: fontSize * 0.9)
    let detailsWidth = canvas.textWidth(details)
    canvas.setFont(size: fontSize, weight: .bold)
    // A long name gives way before the picture does.
    let room = Double(canvas.width) * 0.9 - detailsWidth - 2 * padding - 3.5 * dot - fontSize * 0.5
    let name = caption.name.map { canvas.shortened($0, toFit: room) } ?? ""
    let nameWidth = name.isEmpty ? 0 : canvas.textWidth(name) + fontSize * 0.5
    let width = 2 * padding + 3.2 * dot + nameWidth + detailsWidth
    let height = fontSize * 1.65
    guard let box = layout.place(width: width, height: height, beside: targets) else { return }
    drawLeader(on: canvas, from: box, to: targets)
    canvas.addRoundedRectangle(box, radius: height * 0.3)
    canvas.fill(Color(hex: 0x111418), opacity: 0.82)
    var x = box.x0 + padding
    let baseline = box.y0 + height * 0.5 + fontSize * 0.36
    canvas.addCircle(x: x + dot, y: box.y0 + height / 2, radius: dot * 1.15)
    canvas.fill(color)
    x += 3.2 * dot
    if !name.isEmpty {
      canvas.setColor(.white)
      canvas.drawText(name, x: x, y: baseline)
      x += nameWidth
    }
    canvas.setFont(size: fontSize * 0.9)
    canvas.setColor(Color(hex: 0xd7dce2))
    canvas.drawText(details, x: x, y: baseline)
  }

  private func drawLeader(on canvas: Canvas, from box: Box, to targets: [Point]) {
    let nearest = targets.min { ChipLayout.distance(from: $0, to: box) < ChipLayout.distance(from: $1, to: box) }
    guard let nearest, ChipLayout.distance(from: nearest, to: box) > fontSize else { return }
    cairo_move_to(canvas.context, min(max(nearest.x, box.x0), box.x1), min(max(nearest.y, box.y0), box.y1))
    cairo_line_to(canvas.context, nearest.x, nearest.y)
    canvas.stroke(Color(hex: 0x111418), opacity: 0.82, width: fontSize * 0.16, keepsPath: true)
    canvas.stroke(color, width: fontSize * 0.09)
    canvas.addCircle(x: nearest.x, y: nearest.y, radius: fontSize * 0.2)
    canvas.fill(color)
  }
}
