/// A linear resampling along one axis: each output is a weighted sum of neighbouring inputs. Two of them, one after the
/// other, are one again; so several steps of resizing cost no more than one.
struct AxisResampling: Sendable {
  /// The weights of the inputs from `first` on.
  struct Row: Sendable {
    var first: Int
    var weights: [Double]
  }

  /// One for each output.
  var rows: [Row]

  /// Bilinear, with `align_corners` false and without antialiasing (torch's `interpolate`).
  static func bilinear(from inputs: Int, to outputs: Int) -> AxisResampling {
    AxisResampling(
      rows: (0..<outputs).map { output in
        let centre = max((Double(output) + 0.5) * Double(inputs) / Double(outputs) - 0.5, 0)
        let first = min(Int(centre), inputs - 1)
        let share = first + 1 < inputs ? centre - Double(first) : 0
        return share > 0 ? Row(first: first, weights: [1 - share, share]) : Row(first: first, weights: [1])
      })
  }

  /// Bicubic with a = -0.5, its support widened where the picture shrinks (torch's `interpolate` with `antialias`, and Pillow).
  static func bicubic(from inputs: Int, to outputs: Int) -> AxisResampling {
    let scale = Double(inputs) / Double(outputs)
    let stretch = max(scale, 1)
    return AxisResampling(
      rows: (0..<outputs).map { output in
        let centre = (Double(output) + 0.5) * scale
        let first = max(Int(centre - 2 * stretch + 0.5), 0)
        let end = min(Int(centre + 2 * stretch + 0.5), inputs)
        let weights = (first..<end).map { cubic(abs((Double($0) - centre + 0.5) / stretch)) }
        let sum = weights.reduce(0, +)
        return Row(first: first, weights: weights.map { $0 / sum }).trimmed
      })
  }

  /// Keys' cubic convolution kernel.
  private static func cubic(_ x: Double) -> Double {
    let a = -0.5
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }

  /// This resampling of another one's outputs.
  func after(_ before: AxisResampling) -> AxisResampling {
    AxisResampling(
      rows: rows.map { row in
        let sources = row.weights.indices.map { before.rows[row.first + $0] }
        let first = sources.map(\.first).min() ?? 0
        let end = sources.map { $0.first + $0.weights.count }.max() ?? first
        var weights = [Double](repeating: 0, count: end - first)
        for (share, source) in zip(row.weights, sources) {
          for (index, weight) in source.weights.enumerated() { weights[source.first - first + index] += share * weight }
        }
        return Row(first: first, weights: weights).trimmed
      })
  }
}

extension AxisResampling.Row {
  /// The inputs of the row.
  var range: Range<Int> { first..<first + weights.count }

  /// The same without zeros at its ends.
  fileprivate var trimmed: Self {
    guard let begin = weights.firstIndex(where: { $0 != 0 }), let last = weights.lastIndex(where: { $0 != 0 }) else {
      return self
    }
    return Self(first: first + begin, weights: Array(weights[begin...last]))
  }
}
