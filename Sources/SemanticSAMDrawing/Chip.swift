import CCairo
import SemanticSAMCore

/// The label of a candidate in a picture: a dark plate with a dot in the mask's colour, the name, the level and the
/// predicted IoU.
struct Chip {
  private let name: String
  private let details: String
  private let color: Color
  private let fontSize: Double
  private let nameWidth: Double
  private let box: Box
  /// Where the line to the mask ends; `nil` where the chip stands beside its mask.
  private let leaderEnd: Point?

  private var padding: Double { fontSize * 0.5 }
  private var dotRadius: Double { fontSize * 0.36 }

  /// A chip at a free place beside its mask, or `nil` where there is none.
  init?(
    _ candidate: Candidate, color: Color, fontSize: Double, measuredOn canvas: Canvas, layout: inout ChipLayout,
    beside targets: [Point]
  ) {
    let caption = Caption(candidate)
    self.color = color
    self.fontSize = fontSize
    details = "\(caption.level) · IoU \(caption.predictedIoU)"
    let fixedWidth = fontSize * 2.05
    canvas.setFont(size: fontSize * 0.9)
    let detailsWidth = canvas.textWidth(details)
    canvas.setFont(size: fontSize, weight: .bold)
    // A long name gives way before the picture does.
    let room = min(Double(canvas.width) * 0.9 - detailsWidth - fixedWidth, fontSize * 16)
    name = caption.name.map { canvas.shortened($0, ending: caption.probability, toFit: room) } ?? ""
    nameWidth = name.isEmpty ? 0 : canvas.textWidth(name) + fontSize * 0.5
    let place = layout.place(
      width: fixedWidth + nameWidth + detailsWidth, height: fontSize * 1.65, beside: targets)
    guard let place else { return nil }
    box = place
    let nearest = targets.min { ChipLayout.distance(from: $0, to: place) < ChipLayout.distance(from: $1, to: place) }
    leaderEnd = nearest.flatMap { ChipLayout.distance(from: $0, to: place) > fontSize ? $0 : nil }
  }

  func drawPlate(on canvas: Canvas) {
    canvas.addRoundedRectangle(box, radius: box.height * 0.3)
    canvas.fill(Color(hex: 0x111418), opacity: 0.82)
    var x = box.x0 + padding
    let baseline = box.y0 + box.height * 0.5 + fontSize * 0.36
    canvas.addCircle(x: x + dotRadius, y: box.y0 + box.height / 2, radius: dotRadius)
    canvas.fill(color)
    x += fontSize * 1.05
    if !name.isEmpty {
      canvas.setFont(size: fontSize, weight: .bold)
      canvas.setColor(.white)
      canvas.drawText(name, x: x, y: baseline)
      x += nameWidth
    }
    canvas.setFont(size: fontSize * 0.9)
    canvas.setColor(Color(hex: 0xd7dce2))
    canvas.drawText(details, x: x, y: baseline)
  }

  /// Draws the line to the mask; all lines should lie below all plates.
  func drawLeader(on canvas: Canvas) {
    guard let end = leaderEnd else { return }
    cairo_move_to(canvas.context, min(max(end.x, box.x0), box.x1), min(max(end.y, box.y0), box.y1))
    cairo_line_to(canvas.context, end.x, end.y)
    canvas.stroke(Color(hex: 0x111418), opacity: 0.82, width: fontSize * 0.18, keepsPath: true)
    canvas.stroke(color, width: fontSize * 0.1)
    canvas.addCircle(x: end.x, y: end.y, radius: fontSize * 0.2)
    canvas.fill(color)
  }
}
