import TensorKernels

/// Mask logits of queries, drawn at the size of the original image as the reference draws them: bilinearly to the padded
/// input, cut to the input, then bicubically with antialiasing to the image, all before any sigmoid.
///
/// The steps are linear along each axis, so they are done as one, from the logits at stride 4.
struct QueryMasks: Sendable {
  /// `[Q, H/4, W/4]`.
  let logits: Tensor
  /// Of the original image, in pixels.
  let width: Int
  let height: Int
  private let columns: [(first: Int, weights: [Float])]
  private let lines: [(first: Int, weights: [Float])]

  var count: Int { logits.shape[0] }

  /// - Parameters:
  ///   - size: of the network's input, padded and not.
  ///   - width, height: of the original image.
  init(_ logits: Tensor, size: InputSize, width: Int, height: Int) {
    self.logits = logits
    self.width = width
    self.height = height
    columns = Self.weights(cells: logits.shape[2], padded: size.paddedWidth, input: size.width, output: width)
    lines = Self.weights(cells: logits.shape[1], padded: size.paddedHeight, input: size.height, output: height)
  }

  private static func weights(
    cells: Int, padded: Int, input: Int, output: Int
  ) -> [(first: Int, weights: [Float])] {
    AxisResampling.bicubic(from: input, to: output).after(.bilinear(from: cells, to: padded)).rows
      .map { ($0.first, $0.weights.map { Float($0) }) }
  }

  /// The logits of a query in some rows of the image, `[rows, width]`.
  func draw(_ query: Int, rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    guard let top = rows.map({ lines[$0].first }).min(),
      let bottom = rows.map({ lines[$0].first + lines[$0].weights.count }).max()
    else { return }
    let cells = logits.shape[2]
    var stretched = Tensor(uninitialized: [bottom - top, width])
    let scratch = stretched.mutableAddress
    withExtendedLifetime((logits, stretched)) {
      let source = logits.address + query * logits.shape[1] * cells
      for (x, column) in columns.enumerated() {
        for line in top..<bottom {
          let row = source + line * cells + column.first
          var sum: Float = 0
          for (index, weight) in column.weights.enumerated() { sum += weight * row[index] }
          scratch[(line - top) * width + x] = sum
        }
      }
      for (place, y) in rows.enumerated() {
        let output = target + place * width
        let (first, weights) = lines[y]
        for (index, weight) in weights.enumerated() {
          let row = scratch + (first + index - top) * width
          if index == 0 {
            for x in 0..<width { output[x] = weight * row[x] }
          } else {
            for x in 0..<width { output[x] += weight * row[x] }
          }
        }
      }
    }
  }

  /// The logits of a query, `[height, width]`.
  func logits(of query: Int) -> Tensor {
    var output = Tensor(uninitialized: [height, width])
    draw(query, rows: 0..<height, into: output.mutableAddress)
    return output
  }
}
