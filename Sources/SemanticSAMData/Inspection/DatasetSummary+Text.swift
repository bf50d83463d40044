extension DatasetSummary {
  /// The counts as lines for people; of categories the first `limit`.
  public func text(limit: Int = 20) -> String {
    var lines = [
      "data set    \(name)",
      "images      \(images), \(imagesWithoutRegions) of them without regions",
      "size        \(smallestImage.width) x \(smallestImage.height) to \(largestImage.width) x \(largestImage.height) pixels",
      "regions     \(regions): \(objects) objects, \(parts) parts, \(unlabelled) unlabelled",
      "            \(crowds) crowds, \(withoutMask) without a mask, \(partsWithoutParent) parts without their object",
    ]
    lines += Self.histogram("share of the image", sizes, of: regions)
    lines += Self.histogram("regions around it, with itself", nesting, of: regions)
    lines += Self.table("objects", objectCategories, limit)
    lines += Self.table("parts", partCategories, limit)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func histogram(_ title: String, _ steps: [Step], of total: Int) -> [String] {
    guard total > 0 else { return [] }
    let width = steps.map(\.label.count).max() ?? 0
    return ["", title]
      + steps.map { step in
        let bar = String(repeating: "#", count: (step.count * 40 + total - 1) / total)
        return "  " + padded(step.label, width) + "  " + padded("\(step.count)", 8) + bar
      }
  }

  private static func table(_ title: String, _ counts: [Count], _ limit: Int) -> [String] {
    guard !counts.isEmpty else { return [] }
    let rest = counts.count > limit ? ["  and \(counts.count - limit) more"] : []
    return ["", "\(title) (\(counts.count) categories)"]
      + counts.prefix(limit).map { "  " + padded("\($0.count)", 8) + "\($0.name)" } + rest
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
