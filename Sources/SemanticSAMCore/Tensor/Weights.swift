import TensorKernels

/// Weights of a product or convolution: in the checkpoint's layout, and, once packed, in that of the kernels.
///
/// A model that is only run packs its weights once, at load (`Module.packWeights()`); weights that are being trained are
/// packed where they are used.
public struct Weights: Sendable {
  /// `[out, in]`, or of a convolution `[out, in, height, width]`; depthwise `[channels, 1, height, width]`.
  public let shape: [Int]
  /// Whether each channel is convolved by itself.
  let isDepthwise: Bool
  /// In what products with these weights are computed, where the kernels for it are worth their while.
  public private(set) var precision = Precision.float32
  private var original: Tensor?
  private var packed: PackedWeights?

  public init(shape: [Int], isDepthwise: Bool = false) {
    self.init(values: Tensor(repeating: 0, shape: shape), isDepthwise: isDepthwise)
  }

  /// Weights of numbers that are there already.
  init(values: Tensor, isDepthwise: Bool = false) {
    shape = values.shape
    original = values
    self.isDepthwise = isDepthwise
  }

  /// The numbers, of the shape `shape`; other numbers are packed anew where they are used.
  /// - Precondition: they were not dropped.
  public var values: Tensor {
    get {
      guard let original else { preconditionFailure("Weights that are only there as packed ones have no values.") }
      return original
    }
    set {
      precondition(newValue.shape == shape, "Weights of the shape \(shape) cannot take numbers of \(newValue.shape).")
      original = newValue
      packed = nil
    }
    _modify {
      guard var values = original else {
        preconditionFailure("Weights that are only there as packed ones have no values.")
      }
      original = nil
      packed = nil
      defer { original = values }
      yield &values
    }
  }

  /// The values, where a tape follows them.
  var recordedValues: Tensor? { original.flatMap { $0.isRecorded ? $0 : nil } }

  /// Numbers in, for each output: `in * height * width`.
  var inputs: Int { shape.dropFirst().reduce(1, *) }
  var outputs: Int { shape[0] }

  /// - Parameter dropsValues: whether nothing but the packed numbers is kept.
  mutating func pack(_ precision: Precision = .float32, dropsValues: Bool = false) {
    use(precision)
    packed = kernelLayout()
    if dropsValues { original = nil }
  }

  /// Computes with these weights in `precision` from now on, packing them where they are used.
  mutating func use(_ precision: Precision) {
    if precision != self.precision { packed = nil }
    self.precision = precision
  }

  /// The precision of the packed numbers. Rounding rows for few outputs, or gathering pieces of few channels, takes longer
  /// than what the product gains.
  var kernelPrecision: Precision {
    isDepthwise || outputs < 32 || shape[1] < 16 ? .float32 : precision
  }

  /// The layout that kernels read: panels of 16 outputs, taps outer and channels inner; depthwise `[taps, channels]`.
  func kernelLayout() -> PackedWeights {
    if let packed { return packed }
    let values = values.detached
    let taps = shape.count == 4 ? shape[2] * shape[3] : 1
    if isDepthwise { return PackedWeights(depthwise: values.transposed(blocks: 1, rows: outputs, columns: taps)) }
    let rows = taps == 1 ? values : values.transposed(blocks: outputs, rows: shape[1], columns: taps)
    return PackedWeights(rows, outputs: outputs, inputs: inputs, precision: kernelPrecision)
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
}
