import TensorKernels

/// Weights of a product or convolution: in the checkpoint's layout, and, once packed, in that of the kernels.
///
/// A model that is only run packs its weights once, at load (`Module.packWeights()`); weights that are being trained are
/// packed where they are used.
public struct Weights: Sendable {
  /// `[out, in]`, or of a convolution `[out, in, height, width]`; depthwise `[channels, 1, height, width]`.
  public var values: Tensor {
    didSet { packed = nil }
  }
  /// Whether each channel is convolved by itself.
  let isDepthwise: Bool
  private var packed: Tensor?

  public init(shape: [Int], isDepthwise: Bool = false) {
    values = Tensor(repeating: 0, shape: shape)
    self.isDepthwise = isDepthwise
  }

  /// Weights of numbers that are there already.
  init(values: Tensor, isDepthwise: Bool = false) {
    self.values = values
    self.isDepthwise = isDepthwise
  }

  /// Numbers in, for each output: `in * height * width`.
  var inputs: Int { values.shape.dropFirst().reduce(1, *) }
  var outputs: Int { values.shape[0] }

  mutating func pack() {
    packed = kernelLayout()
  }

  /// The layout that kernels read: panels of 16 outputs, taps outer and channels inner; depthwise `[taps, channels]`.
  func kernelLayout() -> Tensor {
    if let packed { return packed }
    let values = values.detached
    let taps = values.shape.count == 4 ? values.shape[2] * values.shape[3] : 1
    if isDepthwise { return values.transposed(blocks: 1, rows: outputs, columns: taps) }
    let rows = taps == 1 ? values : values.transposed(blocks: outputs, rows: values.shape[1], columns: taps)
    return rows.panels(outputs: outputs, inputs: inputs)
  }
}

extension Tensor {
  /// Each of `blocks` matrices `[rows, columns]` turned into `[columns, rows]`.
  func transposed(blocks: Int, rows: Int, columns: Int) -> Tensor {
    var output = Tensor(uninitialized: [blocks, columns, rows])
    withExtendedLifetime(self) { tk_transpose_f32(blocks, rows, columns, address, output.mutableAddress) }
    let former = shape
    return output.recorded(from: [self]) { gradient in
      [gradient.transposed(blocks: blocks, rows: columns, columns: rows).reshaped(to: former)]
    }
  }

  /// Rows `[outputs, inputs]` as the panels of `tk_product_f32`.
  func panels(outputs: Int, inputs: Int) -> Tensor {
    var output = Tensor(uninitialized: [tk_packed_size(outputs, inputs)])
    withExtendedLifetime(self) { tk_pack_f32(outputs, inputs, address, inputs, output.mutableAddress) }
    return output
  }

  /// The panels of the transpose: rows `[inputs, outputs]` as the weights of a product with `outputs` outputs.
  func transposedPanels(outputs: Int, inputs: Int) -> Tensor {
    var output = Tensor(uninitialized: [tk_packed_size(outputs, inputs)])
    withExtendedLifetime(self) { tk_pack_transposed_f32(outputs, inputs, address, outputs, output.mutableAddress) }
    return output
  }
}
