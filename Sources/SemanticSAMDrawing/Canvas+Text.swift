import CCairo

/// Text in DejaVu Sans, or in what the system takes for it.
extension Canvas {
  enum Weight {
    case regular, bold
  }

  /// Smooth glyphs at their true widths: text looks the same at every size and place.
  func configureText() {
    guard let options = cairo_font_options_create() else { return }
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
  }

  func setFont(size: Double, weight: Weight = .regular) {
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
      weight == .bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }

  /// The way the pen moves over a text of the current font.
  func textWidth(_ text: String) -> Double {
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Draws a text of the current font and colour whose baseline begins at (x, y); returns where it ends.
  @discardableResult
  func drawText(_ text: String, x: Double, y: Double) -> Double {
    cairo_move_to(context, x, y)
    cairo_show_text(context, text)
    return x + textWidth(text)
  }

  /// The text, or as much of its beginning as fits a width together with an ellipsis and an ending that stays; empty where
  /// not even these fit.
  func shortened(_ text: String, ending: String = "", toFit width: Double) -> String {
    // No picture has room for more; names come from files.
    var kept = String(text.prefix(200))
    if kept.utf8.count == text.utf8.count, textWidth(text + ending) <= width { return text + ending }
    while !kept.isEmpty {
      kept.removeLast()
      let candidate = kept + "…" + ending
      if textWidth(candidate) <= width { return candidate }
    }
    return ""
  }
}
