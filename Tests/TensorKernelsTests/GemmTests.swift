import COpenBLAS
import Foundation
import TensorKernels
import Testing

/// A product to compute, with rows further apart than they are long.
private struct ProductCase {
  let m: Int, n: Int, k: Int
  let aStride: Int, cStride: Int
  let a: [Float], weights: [Float], packed: [Float], bias: [Float], residual: [Float]

  init(m: Int, n: Int, k: Int, seed: UInt64, aGap: Int = 0, cGap: Int = 0) {
    var generator = SeededGenerator(seed: seed)
    (self.m, self.n, self.k) = (m, n, k)
    (aStride, cStride) = (k + aGap, n + cGap)
    a = generator.floats(m * aStride)
    weights = generator.floats(n * k)
    bias = generator.floats(n)
    residual = generator.floats(m * n)
    var packed = [Float](repeating: .nan, count: tk_packed_size(n, k))
    tk_pack_f32(n, k, weights, k, &packed)
    self.packed = packed
  }

  /// Rows `first ..< first + count` of the product (all by default), with gaps as they lie in memory.
  func run(
    first: Int = 0, count: Int? = nil, bias hasBias: Bool = false, residual hasResidual: Bool = false,
    activation: Activation = .none
  ) -> GuardedBuffer {
    let rows = count ?? m
    var output = GuardedBuffer(count: rows * cStride)
    a.withUnsafeBufferPointer { a in
      bias.withUnsafeBufferPointer { bias in
        residual.withUnsafeBufferPointer { residual in
          let epilogue = Epilogue(
            bias: hasBias ? bias.baseAddress : nil,
            residual: hasResidual ? residual.baseAddress.map { $0 + first * n } : nil, residual_stride: n,
            activation: activation)
          output.withPointer { c in
            guard let a = a.baseAddress else { return }
            tk_product_f32(rows, n, k, a + first * aStride, aStride, packed, c, cStride, epilogue)
          }
        }
      }
    }
    return output
  }

  /// The sum over k in f64, and the sum of the magnitudes of its terms.
  func exact(_ i: Int, _ j: Int) -> (value: Double, magnitude: Double) {
    var value = 0.0
    var magnitude = 0.0
    for p in 0..<k {
      let term = Double(a[i * aStride + p]) * Double(weights[j * k + p])
      value += term
      magnitude += abs(term)
    }
    return (value, magnitude)
  }

  /// Higham, "Accuracy and Stability of Numerical Algorithms", (3.5): k rounded steps err by at most about k u times the
  /// sum of the magnitudes, u = 2^-24. Twice that leaves room for the second-order terms and the epilogue.
  func bound(_ magnitude: Double) -> Double { 2 * Double(k + 3) * 0x1p-24 * (magnitude + 2) }
}

extension KernelTests {
  @Suite(.serialized) struct GemmTests {
    @Test func packedWeightsLieInPanelsOfSixteenOutputs() {
      let (n, k, stride) = (19, 5, 7)
      var generator = SeededGenerator(seed: 1)
      let weights = generator.floats(n * stride)
      #expect(tk_packed_size(n, k) == 32 * k)
      var packed = [Float](repeating: .nan, count: 32 * k)
      tk_pack_f32(n, k, weights, stride, &packed)
      for panel in 0..<2 {
        for p in 0..<k {
          for lane in 0..<16 {
            let j = panel * 16 + lane
            #expect(packed[(panel * k + p) * 16 + lane] == (j < n ? weights[j * stride + p] : 0))
          }
        }
      }
    }

    @Test(arguments: [1, 3, 17, 37])
    func everySmallShapeMatchesTheScalarProduct(k: Int) {
      for m in 1...30 {
        for n in 1...35 {
          let product = ProductCase(m: m, n: n, k: k, seed: UInt64(m * 100 + n), aGap: 3, cGap: 2)
          let expected = withInstructionSet(.scalar) { product.run() }
          withEveryInstructionSet { isa in
            let output = product.run()
            #expect(output.isIntact, "\(isa) \(m)x\(n)x\(k) wrote outside")
            let (values, reference) = (output.values, expected.values)
            for i in 0..<m {
              for j in 0..<product.cStride {
                let index = i * product.cStride + j
                if j >= n {
                  if !output.isUntouched(index) { Issue.record("\(isa) \(m)x\(n)x\(k) wrote between rows") }
                } else if !(abs(Double(values[index]) - Double(reference[index])) <= product.bound(Double(k))) {
                  Issue.record("\(isa) \(m)x\(n)x\(k) (\(i), \(j)): \(values[index]), not \(reference[index])")
                }
              }
            }
          }
        }
      }
    }

    @Test(arguments: [(97, 113, 131), (28, 64, 1152), (6, 256, 256), (1, 200, 300), (211, 24, 96)])
    func productsKeepTheRoundingBoundOfTheExactSums(m: Int, n: Int, k: Int) {
      let product = ProductCase(m: m, n: n, k: k, seed: 7)
      withEveryInstructionSet { isa in
        let values = product.run().values
        for i in 0..<m {
          for j in 0..<n {
            let (value, magnitude) = product.exact(i, j)
            if !(abs(Double(values[i * n + j]) - value) <= product.bound(magnitude)) {
              Issue.record("\(isa) \(m)x\(n)x\(k) (\(i), \(j)): \(values[i * n + j]), not \(value)")
            }
          }
        }
      }
    }

    @Test(arguments: [(432, 80, 480), (2300, 96, 96), (108, 1152, 192), (1000, 40, 144), (12, 96, 256)])
    func productsMatchOpenBLAS(m: Int, n: Int, k: Int) {
      let product = ProductCase(m: m, n: n, k: k, seed: 8)
      var expected = [Float](repeating: 0, count: m * n)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, blasint(m), blasint(n), blasint(k), 1, product.a, blasint(k),
        product.weights, blasint(k), 0, &expected, blasint(n))
      withEveryInstructionSet { isa in
        let values = product.run().values
        // Both err by at most the bound; no sum of magnitudes is above k.
        let worst = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(Double(worst) <= 2 * product.bound(Double(k)), "\(isa)")
      }
    }

    @Test(arguments: [Activation.none, .relu, .relu6, .gelu])
    func epiloguesMatchTheScalarProduct(activation: Activation) {
      for (m, n, k) in [(14, 32, 9), (13, 35, 9), (29, 48, 8), (3, 64, 31), (1, 7, 40), (6, 96, 5)] {
        let product = ProductCase(m: m, n: n, k: k, seed: 9, aGap: 1, cGap: 5)
        for (bias, residual) in [(false, true), (true, false), (true, true)] {
          func run() -> GuardedBuffer { product.run(bias: bias, residual: residual, activation: activation) }
          let expected = withInstructionSet(.scalar) { run().values }
          withEveryInstructionSet { isa in
            let output = run()
            #expect(output.isIntact)
            for (value, reference) in zip(output.values, expected)
            where !(abs(Double(value) - Double(reference)) <= product.bound(Double(k))) {
              Issue.record("\(isa) \(m)x\(n)x\(k): \(value), not \(reference)")
            }
          }
        }
      }
    }

    /// Of few rows and of many, which are computed differently.
    @Test(arguments: [(1, 24, 40, 17), (13, 96, 384, 96), (1700, 48, 130, 33), (700, 32, 2048, 16)])
    func aFeedForwardHasTheBitsOfTwoProducts(m: Int, n: Int, hidden: Int, k: Int) {
      var generator = SeededGenerator(seed: 29)
      let (a, residual) = (generator.floats(m * k), generator.floats(m * n))
      let (firstBias, secondBias) = (generator.floats(hidden), generator.floats(n))
      var first = [Float](repeating: .nan, count: tk_packed_size(hidden, k))
      tk_pack_f32(hidden, k, generator.floats(hidden * k), k, &first)
      var second = [Float](repeating: .nan, count: tk_packed_size(n, hidden))
      tk_pack_f32(n, hidden, generator.floats(n * hidden), hidden, &second)
      for activation in [Activation.relu, .gelu] {
        withEveryInstructionSet { isa in
          firstBias.withUnsafeBufferPointer { firstBias in
            secondBias.withUnsafeBufferPointer { secondBias in
              residual.withUnsafeBufferPointer { residual in
                let expanded = Epilogue(
                  bias: firstBias.baseAddress, residual: nil, residual_stride: 0, activation: activation)
                let epilogue = Epilogue(
                  bias: secondBias.baseAddress, residual: residual.baseAddress, residual_stride: n, activation: .none)
                var middle = [Float](repeating: .nan, count: m * hidden)
                var expected = [Float](repeating: .nan, count: m * n)
                tk_product_f32(m, hidden, k, a, k, first, &middle, hidden, expanded)
                tk_product_f32(m, n, hidden, middle, hidden, second, &expected, n, epilogue)
                for threads: Int32 in [1, 3] {
                  var output = GuardedBuffer(count: m * n)
                  var isDone = false
                  withThreads(threads) {
                    output.withPointer {
                      isDone = tk_feed_forward_f32(
                        m, n, k, hidden, a, first, firstBias.baseAddress, activation, second, $0, epilogue)
                    }
                  }
                  #expect(isDone && output.isIntact)
                  expectSameBits(output.values, expected, "\(isa), \(m) rows, \(threads) threads")
                }
              }
            }
          }
        }
      }
    }

    @Test func theResidualMayBeTheOutput() {
      for (m, n, k) in [(29, 35, 24), (6, 64, 24), (14, 32, 24)] {
        let product = ProductCase(m: m, n: n, k: k, seed: 10)
        for activation in [Activation.none, .gelu] {
          withEveryInstructionSet { isa in
            let expected = product.run(bias: true, residual: true, activation: activation).values
            var output = GuardedBuffer(product.residual)
            product.bias.withUnsafeBufferPointer { bias in
              output.withPointer { c in
                let epilogue = Epilogue(
                  bias: bias.baseAddress, residual: c, residual_stride: n, activation: activation)
                tk_product_f32(m, n, k, product.a, k, product.packed, c, n, epilogue)
              }
            }
            #expect(output.isIntact)
            expectSameBits(output.values, expected, "\(isa)")
          }
        }
      }
    }

    /// The documented error of the erf polynomial, 4e-7, times x / 2, and four roundings of the result.
    @Test func geluMatchesTheErrorFunction() {
      let inputs = (-80_000...80_000).map { Float($0) * 1e-4 } + [1e-30, -1e-30, 40, -40, 3e38]
      withEveryInstructionSet { isa in
        var output = [Float](repeating: .nan, count: inputs.count)
        var packed = [Float](repeating: 0, count: 16)
        tk_pack_f32(1, 1, [1], 1, &packed)
        let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: .gelu)
        tk_product_f32(inputs.count, 1, 1, inputs, 1, packed, &output, 1, epilogue)
        for (x, y) in zip(inputs, output) {
          let expected = 0.5 * Double(x) * erfc(-Double(x) / 2.0.squareRoot())
          let bound = abs(Double(x)) / 2 * 4e-7 + 4 * 0x1p-24 * abs(expected)
          if !(abs(Double(y) - expected) <= bound) { Issue.record("\(isa) gelu(\(x)) is \(y), not \(expected)") }
        }
      }
    }

    @Test(arguments: [32, 96, 24, 7])
    func aRowDoesNotDependOnItsBatch(n: Int) {
      let product = ProductCase(m: 45, n: n, k: 100, seed: 11)
      withEveryInstructionSet { isa in
        for activation in [Activation.relu, .gelu] {
          let whole = product.run(bias: true, residual: true, activation: activation).values
          for count in 1...15 {
            for first in stride(from: 0, to: 45 - count, by: 7) {
              let part = product.run(
                first: first, count: count, bias: true, residual: true, activation: activation)
              expectSameBits(
                part.values, Array(whole[first * n..<(first + count) * n]),
                "\(isa): rows \(first) ..< \(first + count)")
            }
          }
        }
      }
    }

    @Test(arguments: [(500, 96, 96), (12, 512, 256), (1728, 40, 144)])
    func threadsDoNotChangeBits(m: Int, n: Int, k: Int) {
      let product = ProductCase(m: m, n: n, k: k, seed: 12)
      withEveryInstructionSet { isa in
        let alone = withThreads(1) { product.run(bias: true).values }
        for threads: Int32 in [2, 3, 8] {
          expectSameBits(withThreads(threads) { product.run(bias: true).values }, alone, "\(isa)")
        }
        // From inside a body the product runs on the thread that calls it.
        withThreads(2) {
          parallelFor(2) { _ in
            expectSameBits(product.run(bias: true).values, alone, "\(isa)")
          }
        }
      }
    }

    @Test func infinitiesAndNaNStayInTheirRowsAndColumns() {
      let (m, n, k) = (17, 35, 20)
      var generator = SeededGenerator(seed: 13)
      var a = generator.floats(m * k, in: 0.5...1)
      let weights = generator.floats(n * k, in: 0.5...1)
      a[3 * k + 5] = .nan
      a[9 * k + 19] = .infinity
      a[15 * k] = .infinity
      a[15 * k + 1] = -.infinity
      var packed = [Float](repeating: 0, count: tk_packed_size(n, k))
      tk_pack_f32(n, k, weights, k, &packed)
      withEveryInstructionSet { isa in
        for activation in [Activation.none, .gelu] {
          var output = [Float](repeating: 0, count: m * n)
          let epilogue = Epilogue(bias: nil, residual: nil, residual_stride: 0, activation: activation)
          tk_product_f32(m, n, k, a, k, packed, &output, n, epilogue)
          for i in 0..<m {
            let row = output[i * n..<(i + 1) * n]
            switch i {
            case 3, 15: #expect(row.allSatisfy { $0.isNaN }, "\(isa)")
            case 9: #expect(row.allSatisfy { $0 == .infinity }, "\(isa)")
            default: #expect(row.allSatisfy { $0.isFinite }, "\(isa)")
            }
          }
        }
      }
    }

    @Test func emptyProductsAreTheirEpilogue() {
      withEveryInstructionSet { _ in
        let product = ProductCase(m: 5, n: 18, k: 0, seed: 14)
        let values = product.run(bias: true).values
        for i in 0..<5 { #expect(Array(values[i * 18..<(i + 1) * 18]) == product.bias) }
        #expect(ProductCase(m: 0, n: 18, k: 4, seed: 14).run().isIntact)
      }
    }
  }
}
