import TensorKernels

/// The pixels of an image that belong to a thing, kept as run lengths: a mask of a photograph takes some kilobytes.
public struct Mask: Hashable, Sendable {
  /// COCO's run-length code of the mask.
  public let runLengths: RunLengths

  public init(_ runLengths: RunLengths) {
    self.runLengths = runLengths
  }

  /// A mask from one byte a pixel.
  /// - Parameter bitmap: `[height, width]`, row by row; 0 is outside, everything else inside.
  /// - Throws: `invalidArgument` where a size is not positive or does not fit the number of bytes, `limitExceeded` above
  ///   `UInt32.max` pixels.
  public init(width: Int, height: Int, bitmap: [UInt8]) throws(ModelError) {
    let result = bitmap.withUnsafeBufferPointer { buffer in
      Result { () throws(ModelError) in try Mask(width: width, height: height, bitmap: buffer) }
    }
    self = try result.get()
  }

  /// A mask from one byte a pixel, copied from a buffer.
  /// - Parameter bitmap: `[height, width]`, row by row; 0 is outside, everything else inside.
  /// - Throws: `invalidArgument` where a size is not positive or does not fit the number of bytes, `limitExceeded` above
  ///   `UInt32.max` pixels.
  public init(width: Int, height: Int, bitmap: UnsafeBufferPointer<UInt8>) throws(ModelError) {
    let pixels = try RunLengths.checkedPixelCount(height: height, width: width)
    guard bitmap.count == pixels, let base = bitmap.baseAddress else {
      throw ModelError(
        .invalidArgument,
        "A mask of \(width) x \(height) pixels cannot be made from \(bitmap.count) bytes; give one byte a pixel.")
    }
    func runs(capacity: Int) -> (runs: [UInt32], needed: Int) {
      var needed = 0
      let runs = [UInt32](unsafeUninitializedCapacity: capacity) { buffer, count in
        guard let output = buffer.baseAddress else { return }
        needed = tk_bitmap_runs(height, width, base, output, capacity)
        count = min(needed, capacity)
      }
      return (runs, needed)
    }
    // Few masks have more runs than this; those that do are read twice.
    var attempt = runs(capacity: 8 * width + 8)
    if attempt.needed > attempt.runs.count { attempt = runs(capacity: attempt.needed) }
    runLengths = RunLengths(uncheckedHeight: height, width: width, counts: attempt.runs)
  }

  /// In pixels.
  public var width: Int { runLengths.width }
  /// In pixels.
  public var height: Int { runLengths.height }

  /// One byte a pixel, `[height, width]`, row by row: 1 inside, 0 outside.
  public var bitmap: [UInt8] {
    let pixels = width * height
    return [UInt8](unsafeUninitializedCapacity: pixels) { buffer, count in
      guard let output = buffer.baseAddress else { return }
      runLengths.counts.withUnsafeBufferPointer { runs in
        guard let runBase = runs.baseAddress else { return }
        tk_runs_bitmap(height, width, runBase, runs.count, output)
      }
      count = pixels
    }
  }

  /// The number of pixels inside.
  public var area: Int {
    var area = 0
    var index = 1
    while index < runLengths.counts.count {
      area += Int(runLengths.counts[index])
      index += 2
    }
    return area
  }

  /// Whether no pixel is inside.
  public var isEmpty: Bool { runLengths.counts.count < 2 }

  /// The tight box, by pixel edges; `(0, 0, 0, 0)` for an empty mask.
  public var box: Box {
    guard !isEmpty else { return Box(x0: 0, y0: 0, x1: 0, y1: 0) }
    var left = width
    var right = 0
    var top = height
    var bottom = 0
    for range in runLengths.setRanges {
      let (firstColumn, firstRow) = range.lowerBound.quotientAndRemainder(dividingBy: height)
      let (lastColumn, lastRow) = (range.upperBound - 1).quotientAndRemainder(dividingBy: height)
      left = min(left, firstColumn)
      right = max(right, lastColumn + 1)
      // A run over the end of a column holds its last row and the first one of the next.
      top = min(top, firstColumn == lastColumn ? firstRow : 0)
      bottom = max(bottom, firstColumn == lastColumn ? lastRow + 1 : height)
    }
    return Box(x0: Double(left), y0: Double(top), x1: Double(right), y1: Double(bottom))
  }

  /// Whether pixel (x, y) is inside; false outside of the image. The time grows with the number of runs.
  public func contains(x: Int, y: Int) -> Bool {
    guard x >= 0, x < width, y >= 0, y < height else { return false }
    var rest = x * height + y
    for (index, run) in runLengths.counts.enumerated() {
      rest -= Int(run)
      if rest < 0 { return !index.isMultiple(of: 2) }
    }
    return false
  }
}
