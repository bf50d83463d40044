import TensorKernels
import Testing

/// A convolution to compute, dense or depthwise.
private struct ConvolutionCase {
  let shape: ConvolutionShape
  let isDepthwise: Bool
  let input: [Float], weights: [Float], packed: [Float], bias: [Float], residual: [Float]

  init(
    batch: Int = 1, height: Int, width: Int, channels: Int, kernel: (Int, Int), stride: Int = 1, dilation: Int = 1,
    padding: (top: Int, left: Int), output: (Int, Int)? = nil, outputChannels: Int? = nil, seed: UInt64 = 21
  ) {
    func size(_ length: Int, _ kernel: Int, _ padding: Int) -> Int {
      let reach = dilation * (kernel - 1) + 1
      return length + 2 * padding < reach ? 0 : (length + 2 * padding - reach) / stride + 1
    }
    isDepthwise = outputChannels == nil
    let outputChannels = outputChannels ?? channels
    let (outputHeight, outputWidth) =
      output ?? (size(height, kernel.0, padding.top), size(width, kernel.1, padding.left))
    shape = ConvolutionShape(
      batch: batch, height: height, width: width, channels: channels, kernel_height: kernel.0, kernel_width: kernel.1,
      stride: stride, dilation: dilation, padding_top: padding.top, padding_left: padding.left,
      output_height: outputHeight, output_width: outputWidth, output_channels: outputChannels)
    var generator = SeededGenerator(seed: seed)
    input = generator.floats(batch * height * width * channels)
    let taps = kernel.0 * kernel.1
    weights = generator.floats(isDepthwise ? taps * channels : outputChannels * taps * channels)
    bias = generator.floats(outputChannels)
    residual = generator.floats(batch * outputHeight * outputWidth * outputChannels)
    if isDepthwise {
      packed = []
    } else {
      var packed = [Float](repeating: .nan, count: tk_packed_size(outputChannels, taps * channels))
      tk_pack_f32(outputChannels, taps * channels, weights, taps * channels, &packed)
      self.packed = packed
    }
  }

  func run(bias hasBias: Bool = true, residual hasResidual: Bool = false, activation: Activation = .none)
    -> GuardedBuffer
  {
    var buffer = GuardedBuffer(count: residual.count)
    bias.withUnsafeBufferPointer { bias in
      residual.withUnsafeBufferPointer { residual in
        let epilogue = Epilogue(
          bias: hasBias ? bias.baseAddress : nil, residual: hasResidual ? residual.baseAddress : nil,
          residual_stride: shape.output_channels, activation: activation)
        buffer.withPointer { output in
          if isDepthwise {
            tk_depthwise_f32(shape, input, weights, output, epilogue)
          } else {
            tk_convolution_f32(shape, input, packed, output, epilogue)
          }
        }
      }
    }
    return buffer
  }

  /// The definition of a convolution in f64, from the unpacked weights.
  func exact() -> [Double] {
    var result: [Double] = []
    for b in 0..<shape.batch {
      for y in 0..<shape.output_height {
        for x in 0..<shape.output_width {
          for o in 0..<shape.output_channels {
            var sum = Double(bias[o])
            for i in 0..<shape.kernel_height {
              for j in 0..<shape.kernel_width {
                let row = y * shape.stride - shape.padding_top + i * shape.dilation
                let column = x * shape.stride - shape.padding_left + j * shape.dilation
                guard (0..<shape.height).contains(row), (0..<shape.width).contains(column) else { continue }
                let pixel = ((b * shape.height + row) * shape.width + column) * shape.channels
                let tap = i * shape.kernel_width + j
                if isDepthwise {
                  sum += Double(input[pixel + o]) * Double(weights[tap * shape.channels + o])
                } else {
                  let start = (o * shape.kernel_height * shape.kernel_width + tap) * shape.channels
                  for c in 0..<shape.channels { sum += Double(input[pixel + c]) * Double(weights[start + c]) }
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  /// As for products (see GemmTests): twice k u times the largest sum of magnitudes there can be, k.
  var bound: Double {
    let k = shape.kernel_height * shape.kernel_width * (isDepthwise ? 1 : shape.channels)
    return 2 * Double(k + 3) * 0x1p-24 * Double(k + 2)
  }

  func check(_ buffer: GuardedBuffer, against expected: [Double], _ isa: InstructionSet) {
    #expect(buffer.isIntact, "\(isa) \(shape) wrote outside")
    for (index, (value, reference)) in zip(buffer.values, expected).enumerated()
    where !(abs(Double(value) - reference) <= bound) {
      Issue.record("\(isa) \(shape) number \(index): \(value), not \(reference)")
      return
    }
  }
}

extension KernelTests {
  @Suite(.serialized) struct ConvolutionTests {
    /// Sizes around the edges' reach, kernels that see beyond both edges at once, paddings on one side only.
    @Test(arguments: [(3, 1, 1), (3, 2, 1), (3, 1, 2), (3, 1, 4), (5, 2, 1), (1, 2, 1), (2, 3, 1)])
    func denseConvolutionsMatchTheirDefinition(kernel: Int, stride: Int, dilation: Int) {
      for (height, width) in [(1, 1), (2, 3), (7, 5), (9, 14)] {
        for (channels, outputChannels) in [(1, 1), (3, 17), (5, 24)] {
          for padding in Set([0, dilation * (kernel / 2), dilation * (kernel - 1)]) {
            let convolution = ConvolutionCase(
              batch: 2, height: height, width: width, channels: channels, kernel: (kernel, kernel), stride: stride,
              dilation: dilation, padding: (padding, padding), outputChannels: outputChannels)
            let expected = convolution.exact()
            withEveryInstructionSet { convolution.check(convolution.run(), against: expected, $0) }
          }
        }
      }
    }

    /// Few outputs and wide rows are not gathered: edges, paddings wider than the picture, rows dealt to tasks, residuals.
    @Test(arguments: [(3, 1, 1), (3, 2, 1), (3, 1, 2), (3, 1, 4), (5, 2, 3), (4, 3, 1)])
    func wideConvolutionsMatchTheirDefinition(kernel: Int, stride: Int, dilation: Int) {
      let output = (height: 9, width: 31)
      for (channels, outputChannels) in [(1, 1), (3, 32), (24, 24), (12, 17)] {
        for padding in [0, dilation * (kernel / 2), 40] {
          let convolution = ConvolutionCase(
            batch: 2, height: 11, width: 33, channels: channels, kernel: (kernel, kernel), stride: stride,
            dilation: dilation, padding: (padding / 4, padding), output: output, outputChannels: outputChannels)
          let expected = zip(convolution.exact(), convolution.residual).map { $0 + Double($1) }
          withEveryInstructionSet { convolution.check(convolution.run(residual: true), against: expected, $0) }
        }
      }
    }

    /// The first convolution of a network that pads at the end only, and a kernel that is not square.
    @Test func outputSizesAreTheCallers() {
      let cases = [
        ConvolutionCase(
          height: 8, width: 10, channels: 3, kernel: (3, 3), stride: 2, padding: (0, 0), output: (4, 5),
          outputChannels: 32),
        ConvolutionCase(
          batch: 3, height: 6, width: 9, channels: 4, kernel: (1, 5), padding: (0, 3), output: (6, 11),
          outputChannels: 7),
        ConvolutionCase(
          height: 8, width: 10, channels: 19, kernel: (3, 3), stride: 2, padding: (0, 0), output: (4, 5)),
        ConvolutionCase(height: 5, width: 31, channels: 17, kernel: (5, 3), padding: (2, 2), output: (7, 33)),
      ]
      for convolution in cases {
        let expected = convolution.exact()
        withEveryInstructionSet { convolution.check(convolution.run(), against: expected, $0) }
      }
    }

    @Test func pointwiseConvolutionsAreProducts() {
      let convolution = ConvolutionCase(
        batch: 2, height: 5, width: 7, channels: 24, kernel: (1, 1), padding: (0, 0), outputChannels: 40)
      let expected = convolution.exact()
      withEveryInstructionSet { isa in
        convolution.check(convolution.run(), against: expected, isa)
        var product = [Float](repeating: 0, count: 70 * 40)
        convolution.bias.withUnsafeBufferPointer { bias in
          let epilogue = Epilogue(bias: bias.baseAddress, residual: nil, residual_stride: 0, activation: .none)
          tk_product_f32(70, 40, 24, convolution.input, 24, convolution.packed, &product, 40, epilogue)
        }
        expectSameBits(product, convolution.run().values)
      }
    }

    @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
    func epiloguesMatchTheScalarConvolution(activation: Activation) {
      let dense = ConvolutionCase(
        batch: 2, height: 11, width: 13, channels: 6, kernel: (3, 3), padding: (1, 1), outputChannels: 24)
      let depthwise = ConvolutionCase(
        batch: 2, height: 11, width: 23, channels: 21, kernel: (3, 3), padding: (1, 1))
      for (convolution, hasResidual) in [(dense, true), (dense, false), (depthwise, false)] {
        for hasBias in [true, false] {
          func run() -> GuardedBuffer {
            convolution.run(bias: hasBias, residual: hasResidual, activation: activation)
          }
          let expected = withInstructionSet(.scalar) { run().values.map(Double.init) }
          withEveryInstructionSet { convolution.check(run(), against: expected, $0) }
        }
      }
    }

    /// Every number of channels from less than a vector to more than two, every width around a strip of neighbours.
    @Test(arguments: [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1), (3, 3)])
    func depthwiseConvolutionsMatchTheirDefinition(kernel: Int, stride: Int) {
      for channels in 1...35 {
        for width in [1, 2, 4, 9, 17, 30, 37 + channels % 5] {
          let convolution = ConvolutionCase(
            height: 1 + (width + channels) % 6, width: width, channels: channels, kernel: (kernel, kernel),
            stride: stride, padding: (kernel / 2, kernel / 2))
          let expected = convolution.exact()
          withEveryInstructionSet { convolution.check(convolution.run(), against: expected, $0) }
        }
      }
    }

    @Test func dilatedDepthwiseConvolutionsMatchTheirDefinition() {
      for dilation in [2, 3, 5] {
        let convolution = ConvolutionCase(
          height: 9, width: 8, channels: 20, kernel: (3, 3), dilation: dilation, padding: (dilation, dilation))
        let expected = convolution.exact()
        withEveryInstructionSet { convolution.check(convolution.run(), against: expected, $0) }
      }
    }

    @Test func threadsDoNotChangeBits() {
      let cases = [
        ConvolutionCase(
          batch: 6, height: 32, width: 32, channels: 24, kernel: (3, 3), dilation: 2, padding: (2, 2),
          outputChannels: 24),
        ConvolutionCase(height: 40, width: 50, channels: 48, kernel: (5, 5), stride: 2, padding: (2, 2)),
      ]
      for convolution in cases {
        withEveryInstructionSet { isa in
          let alone = withThreads(1) { convolution.run().values }
          for threads: Int32 in [2, 5] {
            expectSameBits(withThreads(threads) { convolution.run().values }, alone, "\(isa)")
          }
          withThreads(2) {
            parallelFor(2) { _ in expectSameBits(convolution.run().values, alone, "\(isa)") }
          }
        }
      }
    }

    @Test func imagesOfABatchDoNotMix() {
      let whole = ConvolutionCase(
        batch: 3, height: 10, width: 9, channels: 5, kernel: (3, 3), dilation: 2, padding: (2, 2), outputChannels: 24)
      withEveryInstructionSet { isa in
        let all = whole.run().values
        for image in 0..<3 {
          var shape = whole.shape
          shape.batch = 1
          var output = [Float](repeating: 0, count: 10 * 9 * 24)
          whole.bias.withUnsafeBufferPointer { bias in
            let epilogue = Epilogue(bias: bias.baseAddress, residual: nil, residual_stride: 0, activation: .none)
            tk_convolution_f32(shape, Array(whole.input[(image * 450)...]), whole.packed, &output, epilogue)
          }
          expectSameBits(output, Array(all[(image * 2160)..<((image + 1) * 2160)]), "\(isa)")
        }
      }
    }

    @Test func scratchIsRecycled() {
      let convolution = ConvolutionCase(
        batch: 2, height: 32, width: 32, channels: 24, kernel: (3, 3), padding: (1, 1), outputChannels: 24)
      withThreads(1) {
        _ = convolution.run()
        let isRecycled = holdsInAQuietMoment {
          let before = tk_memory_system_allocations()
          for _ in 0..<10 { _ = convolution.run() }
          return tk_memory_system_allocations() == before
        }
        #expect(isRecycled)
      }
    }
  }
}
