import SemanticSAMCore

/// The segment of every pixel of a picture, as panoptic PNG files have it.
public struct SegmentMap: Hashable, Sendable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// `[height, width]`, row by row; 0 is void.
  public let ids: [UInt32]

  /// A map from its ids.
  /// - Throws: `invalidArgument` where the sizes are not positive or do not fit the number of ids.
  public init(width: Int, height: Int, ids: [UInt32]) throws(ModelError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, ids.count == count else {
      throw ModelError(
        .invalidArgument,
        "A map of \(width) x \(height) segments cannot be made from \(ids.count) ids; give one id a pixel.")
    }
    self.width = width
    self.height = height
    self.ids = ids
  }

  /// The map that a panoptic picture encodes: id = R + 256 G + 65536 B (`rgb2id` of panopticapi).
  public init(_ image: Image) {
    width = image.width
    height = image.height
    ids = image.pixels.withUnsafeBufferPointer { pixels in
      [UInt32](unsafeUninitializedCapacity: pixels.count / 3) { output, count in
        count = pixels.count / 3
        for index in 0..<count {
          output[index] =
            UInt32(pixels[3 * index]) | UInt32(pixels[3 * index + 1]) << 8 | UInt32(pixels[3 * index + 2]) << 16
        }
      }
    }
  }
}

extension SegmentMap {
  /// Two segments of two maps of the same picture.
  struct Pair: Hashable {
    var truth: UInt32
    var prediction: UInt32
  }

  /// The number of pixels that lie in a segment of this map and in one of the other. Both have the same size.
  func overlaps(with prediction: SegmentMap) -> [Pair: Int] {
    var counts: [Pair: Int] = [:]
    guard var last = zip(ids, prediction.ids).first(where: { _ in true }).map(Pair.init(truth:prediction:)) else {
      return counts
    }
    // Segments lie in stretches along the rows, so the table is asked once a stretch.
    var length = 0
    for index in ids.indices {
      if ids[index] == last.truth && prediction.ids[index] == last.prediction {
        length += 1
      } else {
        counts[last, default: 0] += length
        last = Pair(truth: ids[index], prediction: prediction.ids[index])
        length = 1
      }
    }
    counts[last, default: 0] += length
    return counts
  }
}
