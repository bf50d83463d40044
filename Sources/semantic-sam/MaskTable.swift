import SemanticSAMCore

/// The masks as a table for people, best first.
struct MaskTable {
  let text: String

  init(_ segmentations: [[Candidate]]) {
    let hasPrompts = segmentations.count > 1
    var rows = [(hasPrompts ? ["prompt"] : []) + ["level", "IoU", "area", "box (x, y, w, h)", "name"]]
    for (index, candidates) in segmentations.enumerated() {
      for candidate in candidates {
        let box = candidate.box
        let corner = "\(Int(box.x0)), \(Int(box.y0)), \(Int(box.width)), \(Int(box.height))"
        let name = Self.name(candidate)
        rows.append(
          (hasPrompts ? ["\(index)"] : []) + [
            "\(candidate.granularity.level)", Self.twoDecimals(candidate.predictedIoU), "\(candidate.area)", corner,
            name,
          ])
      }
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    text = rows.map { row in
      var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// "cup 0.81", "wheel of car 0.64" or "unknown"; nothing where names were not asked for.
  private static func name(_ candidate: Candidate) -> String {
    guard let recognition = candidate.recognition else { return "" }
    guard let label = candidate.displayName, recognition != .unknown else { return recognition.description }
    return "\(recognition) \(twoDecimals(label.probability))"
  }

  private static func twoDecimals(_ value: Float) -> String {
    guard value.isFinite else { return "\(value)" }
    let hundredths = Int((abs(value) * 100).rounded())
    let decimals = hundredths % 100
    return (value < 0 && hundredths > 0 ? "-" : "") + "\(hundredths / 100)." + (decimals < 10 ? "0" : "")
      + "\(decimals)"
  }
}
