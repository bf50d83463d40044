import TensorKernels
import Testing

/// The nearest numbers of bf16, ties to even, by arithmetic on bits.
private func rounded(_ values: [Float]) -> [Float] {
  values.map { value in
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
  }
}

private func packed(_ weights: [Float], n: Int, k: Int) -> [UInt16] {
  var packed = [UInt16](repeating: 0xffff, count: tk_packed_bf16_size(n, k))
  // Read in pairs of 32 bits, to which arrays of Swift are aligned.
  tk_pack_bf16(n, k, weights, k, &packed)
  return packed
}

/// Runs `body` with each instruction set, and with AVX-512 also without its instructions for bf16.
private func withEveryProduct(_ body: (String) -> Void) {
  withEveryInstructionSet { isa in
    body("\(isa)\(tk_has_bf16_instructions() ? ", bf16" : "")")
    guard tk_has_bf16_instructions() else { return }
    tk_allow_bf16_instructions(false)
    defer { tk_allow_bf16_instructions(true) }
    body("\(isa)")
  }
}

extension KernelTests {
  @Suite(.serialized) struct BF16Tests {
    /// The same product of rounded factors, in f32 by the scalar kernel, is another function's result.
    @Test func productsAreThoseOfRoundedFactors() {
      var random = SeededGenerator(seed: 51)
      for (m, n, k) in [(1, 1, 1), (5, 17, 3), (29, 35, 38), (97, 113, 131), (6, 256, 256), (45, 96, 384)] {
        for activation in [Activation.none, .relu, .gelu] {
          let a = random.floats(m * (k + 1))
          let weights = random.floats(n * k)
          let bias = random.floats(n)
          let residual = random.floats(m * n)
          let panels = packed(weights, n: n, k: k)
          var exactPanels = [Float](repeating: 0, count: tk_packed_size(n, k))
          tk_pack_f32(n, k, rounded(weights), k, &exactPanels)
          let roundedRows = rounded(a)
          bias.withUnsafeBufferPointer { bias in
            residual.withUnsafeBufferPointer { residual in
              let epilogue = Epilogue(
                bias: bias.baseAddress, residual: residual.baseAddress, residual_stride: n, activation: activation)
              var expected = [Float](repeating: 0, count: m * n)
              withInstructionSet(.scalar) {
                tk_product_f32(m, n, k, roundedRows, k + 1, exactPanels, &expected, n, epilogue)
              }
              withEveryProduct { name in
                var output = GuardedBuffer(count: m * n)
                output.withPointer { tk_product_bf16(m, n, k, a, k + 1, panels, $0, n, epilogue) }
                #expect(output.isIntact, "\(name) \(m)x\(n)x\(k) wrote outside")
                let worst = zip(output.values, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
                #expect(worst <= 2 * Double(k + 3) * unitRoundoff * Double(k + 2), "\(name) \(m)x\(n)x\(k)")
              }
            }
          }
        }
      }
    }

    @Test func convolutionsAreThoseOfRoundedFactors() {
      var random = SeededGenerator(seed: 52)
      for (kernel, stride, dilation) in [(1, 1, 1), (3, 1, 1), (3, 2, 1), (3, 1, 2), (4, 4, 1)] {
        for (channels, outputs) in [(3, 20), (16, 33), (17, 48)] {
          let reach = dilation * (kernel - 1)
          var shape = ConvolutionShape(
            batch: 2, height: 9, width: 14, channels: channels, kernel_height: kernel, kernel_width: kernel,
            stride: stride, dilation: dilation, padding_top: reach / 2, padding_left: reach / 2, output_height: 0,
            output_width: 0, output_channels: outputs)
          shape.output_height = (9 + 2 * (reach / 2) - reach - 1) / stride + 1
          shape.output_width = (14 + 2 * (reach / 2) - reach - 1) / stride + 1
          let k = kernel * kernel * channels
          let input = random.floats(2 * 9 * 14 * channels)
          let weights = random.floats(outputs * k)
          let count = 2 * shape.output_height * shape.output_width * outputs
          let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .relu)
          var exactPanels = [Float](repeating: 0, count: tk_packed_size(outputs, k))
          tk_pack_f32(outputs, k, rounded(weights), k, &exactPanels)
          var expected = [Float](repeating: 0, count: count)
          withInstructionSet(.scalar) {
            tk_convolution_f32(shape, rounded(input), exactPanels, &expected, epilogue)
          }
          let panels = packed(weights, n: outputs, k: k)
          withEveryProduct { name in
            var output = GuardedBuffer(count: count)
            output.withPointer { tk_convolution_bf16(shape, input, panels, $0, epilogue) }
            #expect(output.isIntact, "\(name) \(shape) wrote outside")
            let worst = zip(output.values, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
            #expect(worst <= 2 * Double(k + 3) * unitRoundoff * Double(k + 2), "\(name) \(shape)")
          }
        }
      }
    }

    @Test func aRowDependsNeitherOnItsBatchNorOnThreads() {
      var random = SeededGenerator(seed: 53)
      let (m, n, k) = (500, 100, 130)
      let a = random.floats(m * k)
      let panels = packed(random.floats(n * k), n: n, k: k)
      let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .gelu)
      func product(first: Int, count: Int) -> [Float] {
        var output = [Float](repeating: .nan, count: count * n)
        a.withUnsafeBufferPointer { a in
          if let a = a.baseAddress { tk_product_bf16(count, n, k, a + first * k, k, panels, &output, n, epilogue) }
        }
        return output
      }
      withEveryProduct { name in
        let whole = withThreads(1) { product(first: 0, count: m) }
        for threads: Int32 in [2, 3] {
          expectSameBits(withThreads(threads) { product(first: 0, count: m) }, whole, "\(name), \(threads) threads")
        }
        for count in 1...15 {
          expectSameBits(
            product(first: 3 * count, count: count), Array(whole[3 * count * n..<4 * count * n]), "\(name), \(count)")
        }
      }
    }

    @Test func packedTransposesAreThoseOfTheTranspose() {
      var random = SeededGenerator(seed: 54)
      for (n, k) in [(1, 1), (16, 5), (35, 18)] {
        let weights = random.floats(n * k)
        var transpose = [Float](repeating: 0, count: n * k)
        tk_transpose_f32(1, n, k, weights, &transpose)
        var others = [UInt16](repeating: 0xffff, count: tk_packed_bf16_size(n, k))
        tk_pack_transposed_bf16(n, k, transpose, n, &others)
        #expect(packed(weights, n: n, k: k) == others)
      }
    }

    @Test func infinitiesAndNaNStayInTheirRows() {
      var random = SeededGenerator(seed: 55)
      let (m, n, k) = (17, 35, 19)
      var a = random.floats(m * k, in: 0.5...1)
      a[3 * k + 5] = .nan
      a[9 * k + 18] = .infinity
      let panels = packed(random.floats(n * k, in: 0.5...1), n: n, k: k)
      let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .none)
      withEveryProduct { name in
        var output = [Float](repeating: 0, count: m * n)
        tk_product_bf16(m, n, k, a, k, panels, &output, n, epilogue)
        for i in 0..<m {
          let row = output[i * n..<(i + 1) * n]
          switch i {
          case 3: #expect(row.allSatisfy { $0.isNaN }, "\(name)")
          case 9: #expect(row.allSatisfy { $0 == .infinity }, "\(name)")
          default: #expect(row.allSatisfy { $0.isFinite }, "\(name)")
          }
        }
      }
    }
  }
}
