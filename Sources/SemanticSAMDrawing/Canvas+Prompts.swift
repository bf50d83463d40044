import CCairo
import SemanticSAMCore

extension Canvas {
  /// Draws prompts over a picture that is scaled and then moved, boxes first, clicks on top: a box as a dashed rectangle, a
  /// positive click as a green dot with a plus, a negative one as a red dot with a minus. What lies beyond the canvas, or is
  /// not a number, is left out.
  func draw(_ prompts: [Prompt], measures: Measures, scale: Double, x: Double = 0, y: Double = 0) {
    // Cairo counts in 24-bit integers and would walk along every dash: edges far outside are brought near.
    let rim = 100.0
    let farRight = Double(width) + rim
    let farDown = Double(height) + rim
    for box in prompts.compactMap(\.box) {
      let (x0, y0, x1, y1) = (x + box.x0 * scale, y + box.y0 * scale, x + box.x1 * scale, y + box.y1 * scale)
      guard [x0, y0, x1, y1].allSatisfy(\.isFinite) else { continue }
      drawBox(
        Box(
          x0: min(max(x0, -rim), farRight), y0: min(max(y0, -rim), farDown), x1: min(max(x1, -rim), farRight),
          y1: min(max(y1, -rim), farDown)),
        lineWidth: measures.outlineWidth * 0.85)
    }
    for click in prompts.flatMap(\.clicks) {
      let (clickX, clickY) = (x + (click.point.x + 0.5) * scale, y + (click.point.y + 0.5) * scale)
      guard clickX > -rim, clickX < farRight, clickY > -rim, clickY < farDown else { continue }
      drawClick(x: clickX, y: clickY, radius: measures.markRadius, isPositive: click.isPositive)
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
