import TensorKernels

/// Weights in the layout that kernels read, and the products with them.
struct PackedWeights: Sendable {
  /// What the numbers are: f32, or two of bf16 in the place of one. Depthwise weights are f32.
  let precision: Precision
  private let numbers: Tensor

  /// Weights `[taps, channels]` of a depthwise convolution.
  init(depthwise numbers: Tensor) {
    precision = .float32
    self.numbers = numbers
  }

  /// Rows `[outputs, inputs]` as panels of 16 outputs.
  init(_ rows: Tensor, outputs: Int, inputs: Int, precision: Precision = .float32) {
    self.precision = precision
    var numbers = Tensor(uninitialized: [Self.places(outputs: outputs, inputs: inputs, precision)])
    withExtendedLifetime(rows) {
      let target = numbers.mutableAddress
      switch precision {
      case .float32: tk_pack_f32(outputs, inputs, rows.address, inputs, target)
      case .bfloat16: target.withPairs(numbers.count) { tk_pack_bf16(outputs, inputs, rows.address, inputs, $0) }
      }
    }
    self.numbers = numbers
  }

  /// The panels of the transpose: rows `[inputs, outputs]` as the weights of a product with `outputs` outputs.
  init(transposing rows: Tensor, outputs: Int, inputs: Int, precision: Precision = .float32) {
    self.precision = precision
    var numbers = Tensor(uninitialized: [Self.places(outputs: outputs, inputs: inputs, precision)])
    withExtendedLifetime(rows) {
      let target = numbers.mutableAddress
      switch precision {
      case .float32: tk_pack_transposed_f32(outputs, inputs, rows.address, outputs, target)
      case .bfloat16:
        target.withPairs(numbers.count) { tk_pack_transposed_bf16(outputs, inputs, rows.address, outputs, $0) }
      }
    }
    self.numbers = numbers
  }

  /// f32 numbers that take as much room as the panels.
  private static func places(outputs: Int, inputs: Int, _ precision: Precision) -> Int {
    switch precision {
    case .float32: tk_packed_size(outputs, inputs)
    case .bfloat16: tk_packed_bf16_size(outputs, inputs) / 2
    }
  }

  /// Bytes of the numbers.
  var size: Int { numbers.count * MemoryLayout<Float>.stride }

  /// `tk_product_f32` or `tk_product_bf16` with the outputs from `firstOutput` on, a multiple of 16.
  func product(
    rows: Int, outputs: Int, inputs: Int, firstOutput: Int, input: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue
  ) {
    withExtendedLifetime(numbers) {
      switch precision {
      case .float32:
        tk_product_f32(
          rows, outputs, inputs, input, inputs, numbers.address + firstOutput * inputs, output, outputs, epilogue)
      case .bfloat16:
        let first = firstOutput * ((inputs + 1) / 2)
        (numbers.address + first).withPairs(numbers.count - first) {
          tk_product_bf16(rows, outputs, inputs, input, inputs, $0, output, outputs, epilogue)
        }
      }
    }
  }

  /// `tk_convolution_f32` or `tk_convolution_bf16`.
  func convolution(
    _ geometry: ConvolutionShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue
  ) {
    withExtendedLifetime(numbers) {
      switch precision {
      case .float32: tk_convolution_f32(geometry, input, numbers.address, output, epilogue)
      case .bfloat16:
        numbers.address.withPairs(numbers.count) { tk_convolution_bf16(geometry, input, $0, output, epilogue) }
      }
    }
  }

  /// `tk_depthwise_f32`.
  func depthwise(
    _ geometry: ConvolutionShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue
  ) {
    withExtendedLifetime(numbers) { tk_depthwise_f32(geometry, input, numbers.address, output, epilogue) }
  }

  /// `tk_feed_forward_f32` or `tk_feed_forward_bf16` of these weights and those of the second layer, of one precision.
  func feedForward(
    _ contract: PackedWeights, rows: Int, outputs: Int, inputs: Int, hidden: Int, input: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, activation: Activation, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue
  ) -> Bool {
    withExtendedLifetime((numbers, contract.numbers)) {
      switch precision {
      case .float32:
        tk_feed_forward_f32(
          rows, outputs, inputs, hidden, input, numbers.address, bias, activation, contract.numbers.address, output,
          epilogue)
      case .bfloat16:
        numbers.address.withPairs(numbers.count) { first in
          contract.numbers.address.withPairs(contract.numbers.count) { second in
            tk_feed_forward_bf16(
              rows, outputs, inputs, hidden, input, first, bias, activation, second, output, epilogue)
          }
        }
      }
    }
  }
}

extension UnsafePointer<Float> {
  /// The same memory as two numbers of 16 bits in the place of each.
  fileprivate func withPairs<Result>(_ count: Int, _ body: (UnsafePointer<UInt16>) -> Result) -> Result {
    UnsafeRawPointer(self).withMemoryRebound(to: UInt16.self, capacity: 2 * count, body)
  }
}

extension UnsafeMutablePointer<Float> {
  fileprivate func withPairs(_ count: Int, _ body: (UnsafeMutablePointer<UInt16>) -> Void) {
    UnsafeMutableRawPointer(self).withMemoryRebound(to: UInt16.self, capacity: 2 * count, body)
  }
}
