import CCairo
import SemanticSAMCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Draws curves over a common axis, one chart below the other: the course of a training run.
public struct CurvePlot: Hashable, Sendable {
  /// In pixels, 300...10000.
  public var width = 1200
  /// The height of a chart, axes and title included, in pixels.
  public var chartHeight = 320

  public init() {}

  /// Numbers along the axis.
  public struct Curve: Hashable, Sendable {
    public struct Point: Hashable, Sendable {
      public var x: Double
      public var y: Double

      public init(x: Double, y: Double) {
        self.x = x
        self.y = y
      }
    }

    public var name: String
    /// In rising order of x; what is not a finite number is left out.
    public var points: [Point]
    /// Whether a dot marks each point.
    public var hasMarks: Bool

    public init(name: String, points: [Point], hasMarks: Bool = false) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.hasMarks = hasMarks
    }
  }

  public struct Chart: Hashable, Sendable {
    public var title: String
    public var curves: [Curve]

    public init(title: String, curves: [Curve]) {
      self.title = title
      self.curves = curves
    }
  }

  /// - Parameter axis: what the common axis counts.
  /// - Throws: `invalidArgument` where no chart has a point, or the size cannot be; `outOfMemory`.
  public func draw(_ charts: [Chart], axis: String) throws(ModelError) -> Image {
    let charts = charts.filter { chart in chart.curves.contains { !$0.points.isEmpty } }
    let all = charts.flatMap { $0.curves.flatMap(\.points) }
    guard let least = all.map(\.x).min(), let most = all.map(\.x).max() else {
      throw ModelError(.invalidArgument, "There is nothing to plot: no curve has a point.")
    }
    guard (300...10_000).contains(width), (120...10_000).contains(chartHeight) else {
      throw ModelError(
        .invalidArgument, "A plot cannot have charts of \(width) x \(chartHeight) pixels; give 300 x 120 or more.")
    }
    let canvas = try Canvas(
      width: width, height: chartHeight * charts.count + 30, background: Color(hex: 0xfbfbfa))
    let horizontal = Ticks(from: least, to: most > least ? most : least + 1, count: 8, coversRange: false)
    for (index, chart) in charts.enumerated() {
      draw(chart, top: Double(index * chartHeight), horizontal: horizontal, on: canvas)
    }
    canvas.setFont(size: 13)
    canvas.setColor(Self.ink)
    canvas.drawText(
      axis, x: (Double(width) - canvas.textWidth(axis)) / 2, y: Double(chartHeight * charts.count) + 16)
    return try canvas.image()
  }

  private static let ink = Color(hex: 0x33383f)
  private static let grid = Color(hex: 0xdfe2e6)

  private func draw(_ chart: Chart, top: Double, horizontal: Ticks, on canvas: Canvas) {
    let area = Box(x0: 70, y0: top + 40, x1: Double(width) - 24, y1: top + Double(chartHeight) - 26)
    let values = chart.curves.flatMap { $0.points.map(\.y) }
    guard let least = values.min(), let most = values.max() else { return }
    let vertical = Ticks(from: least, to: most > least ? most : least + max(abs(least), 1) * 0.1, count: 5)
    func x(_ value: Double) -> Double { area.x0 + horizontal.share(value) * area.width }
    func y(_ value: Double) -> Double { area.y1 - vertical.share(value) * area.height }
    canvas.setFont(size: 12)
    for tick in vertical.places {
      line(canvas, area.x0, y(tick), area.x1, y(tick))
      let label = vertical.label(tick)
      canvas.setColor(Self.ink)
      canvas.drawText(label, x: area.x0 - 8 - canvas.textWidth(label), y: y(tick) + 4)
    }
    for tick in horizontal.places {
      line(canvas, x(tick), area.y0, x(tick), area.y1)
      let label = horizontal.label(tick)
      canvas.setColor(Self.ink)
      canvas.drawText(label, x: x(tick) - canvas.textWidth(label) / 2, y: area.y1 + 17)
    }
    for (index, curve) in chart.curves.enumerated() {
      let color = Palette.color(at: index)
      for (place, point) in curve.points.enumerated() {
        if place == 0 {
          cairo_move_to(canvas.context, x(point.x), y(point.y))
        } else {
          cairo_line_to(canvas.context, x(point.x), y(point.y))
        }
      }
      canvas.stroke(color, width: 1.8)
      guard curve.hasMarks || curve.points.count == 1 else { continue }
      for point in curve.points {
        canvas.addCircle(x: x(point.x), y: y(point.y), radius: 3.2)
        canvas.fill(color)
      }
    }
    drawLegend(chart, left: area.x0, right: area.x1, baseline: top + 26, on: canvas)
  }

  private func line(_ canvas: Canvas, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
    cairo_move_to(canvas.context, x0, y0)
    cairo_line_to(canvas.context, x1, y1)
    canvas.stroke(Self.grid, width: 1)
  }

  /// The title, and behind it the name of each curve in its colour, as far as there is room.
  private func drawLegend(_ chart: Chart, left: Double, right: Double, baseline: Double, on canvas: Canvas) {
    canvas.setFont(size: 15, weight: .bold)
    canvas.setColor(Self.ink)
    var x = canvas.drawText(chart.title, x: left, y: baseline) + 24
    canvas.setFont(size: 13)
    for (index, curve) in chart.curves.enumerated() where x + 26 + canvas.textWidth(curve.name) <= right {
      cairo_move_to(canvas.context, x, baseline - 4.5)
      cairo_line_to(canvas.context, x + 18, baseline - 4.5)
      canvas.stroke(Palette.color(at: index), width: 3)
      canvas.setColor(Self.ink)
      x = canvas.drawText(curve.name, x: x + 24, y: baseline) + 20
    }
  }

  /// Round numbers that divide a range.
  private struct Ticks {
    let lower: Double
    let upper: Double
    let places: [Double]
    private let digits: Int

    /// - Parameter coversRange: whether the axis goes on to the round numbers outside of the range.
    init(from least: Double, to most: Double, count: Int, coversRange: Bool = true) {
      let rough = (most - least) / Double(count)
      let magnitude = pow(10, log10(rough).rounded(.down))
      let step = ([1, 2, 5, 10].first { $0 * magnitude >= rough } ?? 10) * magnitude
      let first = (least / step).rounded(.down)
      let last = (most / step).rounded(.up)
      lower = coversRange ? first * step : least
      upper = coversRange ? last * step : most
      digits = max(0, Int(-log10(step).rounded(.down)))
      let (lower, upper) = (lower, upper)
      places = stride(from: first, through: last, by: 1).map { $0 * step }
        .filter { $0 >= lower - step * 1e-9 && $0 <= upper + step * 1e-9 }
    }

    func share(_ value: Double) -> Double { (value - lower) / (upper - lower) }

    func label(_ value: Double) -> String {
      let scale = pow(10, Double(min(digits, 9)))
      let rounded = Int((value * scale).rounded())
      guard digits > 0 else { return "\(rounded)" }
      let (whole, part) = rounded.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
      let fraction = String(repeating: "0", count: max(0, digits - "\(part)".count)) + "\(part)"
      return (rounded < 0 ? "-" : "") + "\(whole).\(fraction)"
    }
  }
}
