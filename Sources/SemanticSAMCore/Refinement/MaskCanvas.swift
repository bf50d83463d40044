import TensorKernels

/// Draws logits of the padded image at the size of the original image, straight to run lengths.
///
/// The reference upsamples twice: bilinear from stride 4 to the padded input, cut to the input, bilinear to the image. Both
/// steps are linear along each axis, so here they are one: each pixel is a weighted sum of three cells along each axis.
struct MaskCanvas: Sendable {
  /// Of the picture, in pixels.
  let width: Int
  let height: Int
  private let horizontal: Axis
  private let vertical: Axis

  /// - Parameters:
  ///   - rows, columns: of the logits.
  ///   - size: of the network's input, padded and not.
  ///   - width, height: of the picture, in pixels.
  /// - Returns: `nil` for logits with fewer than three cells along an axis, or with more cells than the padded input.
  init?(rows: Int, columns: Int, size: InputSize, width: Int, height: Int) {
    guard
      let horizontal = Axis(cells: columns, padded: size.paddedWidth, input: size.width, output: width),
      let vertical = Axis(cells: rows, padded: size.paddedHeight, input: size.height, output: height)
    else { return nil }
    self.width = width
    self.height = height
    self.horizontal = horizontal
    self.vertical = vertical
  }

  /// The mask of what is above 0, and the pixels above `offset`, 0 and -`offset`.
  /// - Parameter logits: `[rows, columns]`.
  func mask(_ logits: Tensor, offset: Float) throws(ModelError) -> (mask: Mask, counts: LogitCounts) {
    let pixels = try RunLengths.checkedPixelCount(height: height, width: width)
    // Room for the most runs there can be; pages that are not written cost nothing.
    let capacity = pixels + 1
    let storage = Storage(count: capacity)
    var counts = LogitCounts()
    let runs = withExtendedLifetime((logits, storage)) {
      storage.pointer.withMemoryRebound(to: UInt32.self, capacity: capacity) { runs in
        horizontal.withKernelAxis { horizontal in
          vertical.withKernelAxis { vertical in
            let count = tk_draw_runs(
              logits.shape[0], logits.shape[1], logits.address, vertical, horizontal, offset, runs, capacity, &counts)
            return Array(UnsafeBufferPointer(start: runs, count: count))
          }
        }
      }
    }
    guard !runs.isEmpty else {
      throw ModelError(.outOfMemory, "There is no memory to draw a mask of \(width) x \(height) pixels; free some.")
    }
    return (Mask(RunLengths(uncheckedHeight: height, width: width, counts: runs)), counts)
  }

  /// What each coordinate of the picture is made of.
  private struct Axis: Sendable {
    /// The first of three cells.
    private var first: [Int32] = []
    /// What the three count.
    private var shares: [Float] = []

    init?(cells: Int, padded: Int, input: Int, output: Int) {
      guard cells >= 3, cells <= padded else { return nil }
      first.reserveCapacity(output)
      shares.reserveCapacity(3 * output)
      for index in 0..<output {
        let pixels = Taps(index, of: output, from: input)
        let near = Taps(pixels.first, of: padded, from: cells)
        let far = Taps(pixels.second, of: padded, from: cells)
        let start = min(near.first, cells - 3)
        var sums = SIMD4<Double>.zero
        sums[near.first - start] += (1 - pixels.share) * (1 - near.share)
        sums[near.second - start] += (1 - pixels.share) * near.share
        sums[far.first - start] += pixels.share * (1 - far.share)
        sums[far.second - start] += pixels.share * far.share
        first.append(Int32(start))
        shares += [Float(sums.x), Float(sums.y), Float(sums.z)]
      }
    }

    func withKernelAxis<Result>(_ body: (UnsafePointer<DrawingAxis>) -> Result) -> Result {
      first.withUnsafeBufferPointer { first in
        shares.withUnsafeBufferPointer { shares in
          guard let cells = first.baseAddress, let weights = shares.baseAddress else {
            preconditionFailure("A picture has pixels.")
          }
          var axis = DrawingAxis(count: first.count, first: cells, shares: weights)
          return body(&axis)
        }
      }
    }
  }

  /// The two neighbours that bilinear interpolation (align_corners false) reads, and what the second one counts.
  private struct Taps {
    let first: Int
    let second: Int
    let share: Double

    init(_ index: Int, of outputs: Int, from inputs: Int) {
      let place = max((Double(index) + 0.5) * (Double(inputs) / Double(outputs)) - 0.5, 0)
      first = min(Int(place), inputs - 1)
      second = min(first + 1, inputs - 1)
      share = second > first ? place - Double(first) : 0
    }
  }
}
