import SemanticSAMCore

/// Everything of a segmentation that a caller can see, to the bit.
struct Fingerprint: Hashable {
  private struct Entry: Hashable {
    var mask: Mask
    var level: Int
    var predictedIoU: UInt32
    var stability: UInt32?
    var labels: Labels?
    var displayName: Label?
    var logits: LogitMap?
  }

  private var entries: [Entry]

  init(_ segmentation: Segmentation) {
    entries = segmentation.map {
      Entry(
        mask: $0.mask, level: $0.granularity.level, predictedIoU: $0.predictedIoU.bitPattern,
        stability: $0.stability?.bitPattern, labels: $0.labels, displayName: $0.displayName, logits: $0.logits)
    }
  }
}
