import CCairo
import SemanticSAMCore

extension Canvas {
  /// Draws the marks of a prompt over a picture that is scaled and then moved: boxes first, clicks on top.
  func draw(_ marks: [PromptMark], measures: Measures, scale: Double, x: Double = 0, y: Double = 0) {
    for case .box(let box) in marks {
      drawBox(
        Box(x0: x + box.x0 * scale, y0: y + box.y0 * scale, x1: x + box.x1 * scale, y1: y + box.y1 * scale),
        lineWidth: measures.outlineWidth * 1.1)
    }
    for case .click(let point, let isPositive) in marks {
      drawClick(
        x: x + (point.x + 0.5) * scale, y: y + (point.y + 0.5) * scale, radius: measures.markRadius,
        isPositive: isPositive)
    }
  }

  /// White dashes on a dark line: visible on any ground.
  private func drawBox(_ box: Box, lineWidth: Double) {
    cairo_save(context)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
    cairo_rectangle(context, box.x0, box.y0, box.width, box.height)
    stroke(.black, opacity: 0.65, width: lineWidth * 2.2, keepsPath: true)
    let dashes = [lineWidth * 4.5, lineWidth * 3]
    cairo_set_dash(context, dashes, 2, 0)
    stroke(.white, width: lineWidth * 1.2)
    cairo_restore(context)
  }

  private func drawClick(x: Double, y: Double, radius: Double, isPositive: Bool) {
    addCircle(x: x, y: y, radius: radius * 1.35)
    fill(.black, opacity: 0.35)
    addCircle(x: x, y: y, radius: radius * 1.22)
    fill(.white)
    addCircle(x: x, y: y, radius: radius * 0.95)
    fill(isPositive ? Color(hex: 0x15803d) : Color(hex: 0xdc2626))
    let arm = radius * 0.5
    cairo_move_to(context, x - arm, y)
    cairo_line_to(context, x + arm, y)
    if isPositive {
      cairo_move_to(context, x, y - arm)
      cairo_line_to(context, x, y + arm)
    }
    stroke(.white, width: radius * 0.3)
  }
}
