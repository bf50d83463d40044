import TensorKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Queries with the scores of names and their masks, from which panoptic, semantic and instance results are made.
struct NamedQueries: Sendable {
  let masks: QueryMasks
  /// `[Q, 4]` (cx, cy, w, h) in 0...1 of the padded image.
  let boxes: Tensor
  let size: InputSize
  let rules: FindingRules
  let names: [String]
  let isThing: [Bool]
  /// Only the first so many queries are instances.
  let foregroundCount: Int
  /// `[Q, names]`: sigmoids of the logits.
  let plainScores: [[Float]]
  /// `[Q, names]`: what maps are made with.
  let sharpScores: [[Float]]

  /// - Parameters:
  ///   - logits: `[Q, names]`; with `hasSoftmaxWithBackground` one more column.
  ///   - masks: `[Q, H/4, W/4]`.
  ///   - width, height: of the original image.
  init(
    logits: Tensor, boxes: Tensor, masks: Tensor, foregroundCount: Int? = nil, size: InputSize, width: Int,
    height: Int, names: [String], isThing: [Bool], rules: FindingRules
  ) {
    self.masks = QueryMasks(masks, size: size, width: width, height: height)
    self.boxes = boxes
    self.size = size
    self.rules = rules
    self.names = names
    self.isThing = isThing
    self.foregroundCount = foregroundCount ?? boxes.rowCount
    let rows = (0..<logits.rowCount).map { logits.rows($0..<$0 + 1).values.map { Double($0) } }
    let plain = rows.map { $0.map { 1 / (1 + exp(-$0)) } }
    plainScores = plain.map { $0.prefix(names.count).map { Float($0) } }
    if rules.hasSoftmaxWithBackground {
      sharpScores = rows.map { Self.softmax($0).dropLast().map { Float($0) } }
    } else if let temperature = rules.temperature {
      sharpScores = plain.map { Self.softmax($0.map { $0 / Double(temperature) }).map { Float($0) } }
    } else {
      sharpScores = plainScores
    }
  }

  private static func softmax(_ values: [Double]) -> [Double] {
    let largest = values.max() ?? 0
    let exponentials = values.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// The box of a query by pixel edges of the original image.
  func box(of query: Int) -> Box {
    let box = boxes.rows(query..<query + 1).values.map { Double($0) }
    let scaleX = Double(size.paddedWidth) / Double(size.width) * Double(masks.width)
    let scaleY = Double(size.paddedHeight) / Double(size.height) * Double(masks.height)
    return Box(
      x0: (box[0] - box[2] / 2) * scaleX, y0: (box[1] - box[3] / 2) * scaleY, x1: (box[0] + box[2] / 2) * scaleX,
      y1: (box[1] + box[3] / 2) * scaleY)
  }
}

extension [Float] {
  /// The first of the largest numbers; `nil` where there is none.
  var largest: (index: Int, value: Float)? {
    guard var best = first.map({ (index: 0, value: $0) }) else { return nil }
    for (index, value) in enumerated() where value > best.value { best = (index, value) }
    return best
  }
}
