import CCairo
import SemanticSAMCore

/// The list of names beside a picture: a swatch, the name, how often it occurs and how much of the picture it covers.
struct Legend {
  private let rows: [(name: String, detail: String, color: Color?)]
  private let fontSize: Double
  private var rowHeight: Double { fontSize * 1.75 }

  /// - Parameters:
  ///   - entries: the largest first; those for which there is no room are counted in a last row.
  ///   - pixels: of the picture.
  ///   - height: of the picture.
  init(_ entries: [NamedOverlay.Entry], pixels: Int, height: Double, measures: Measures) {
    fontSize = measures.fontSize
    let room = max(Int((height - fontSize) / (fontSize * 1.75)), 1)
    let shown = entries.count <= room ? entries.count : room - 1
    var rows: [(name: String, detail: String, color: Color?)] = entries.prefix(shown).map { entry in
      let share = Caption.percent(Float(entry.area) / Float(max(pixels, 1)))
      return (entry.name, entry.isThing && entry.count > 1 ? "\(entry.count) × · \(share)" : share, entry.color)
    }
    if shown < entries.count { rows.append(("\(entries.count - shown) more", "", nil)) }
    self.rows = rows
  }

  /// How wide the list is, in pixels.
  func width() throws(ModelError) -> Double {
    let canvas = try Canvas(width: 1, height: 1, background: .white)
    let texts = rows.map { row in
      canvas.setFont(size: fontSize, weight: .bold)
      let name = canvas.textWidth(canvas.shortened(row.name, toFit: fontSize * 14))
      canvas.setFont(size: fontSize * 0.9)
      return name + canvas.textWidth(row.detail)
    }
    return (texts.max() ?? 0) + fontSize * 4.2
  }

  func draw(on canvas: Canvas, left: Double) {
    for (index, row) in rows.enumerated() {
      let top = fontSize * 0.5 + Double(index) * rowHeight
      let baseline = top + rowHeight * 0.5 + fontSize * 0.36
      var x = left + fontSize * 0.8
      if let color = row.color {
        let side = fontSize * 1.05
        let middle = top + rowHeight / 2
        canvas.addRoundedRectangle(
          Box(x0: x, y0: middle - side / 2, x1: x + side, y1: middle + side / 2), radius: side * 0.25)
        canvas.fill(color, keepsPath: true)
        canvas.stroke(Color(hex: 0x16191d), opacity: 0.4, width: max(fontSize * 0.06, 0.5))
      }
      x += fontSize * 1.6
      canvas.setFont(size: fontSize, weight: row.color == nil ? .regular : .bold)
      canvas.setColor(Color(hex: 0x16191d))
      x = canvas.drawText(canvas.shortened(row.name, toFit: fontSize * 14), x: x, y: baseline)
      canvas.setFont(size: fontSize * 0.9)
      canvas.setColor(Color(hex: 0x4a525c))
      canvas.drawText(row.detail, x: x + fontSize * 0.7, y: baseline)
    }
  }
}
