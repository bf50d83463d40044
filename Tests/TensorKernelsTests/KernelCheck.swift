import TensorKernels
import Testing

/// Runs a kernel that writes `expected.count` numbers with every instruction set, with one thread and with two, and
/// compares: nothing outside is written, the threads agree to the bit, and each number is within `bound`, plus
/// `relative` times its magnitude, of the expected one (NaN where NaN is expected).
func checkKernel(
  _ label: String, expected: [Double], bound: Double = 0, relative: Double = 0, over initial: [Float]? = nil,
  sourceLocation: SourceLocation = #_sourceLocation, _ run: (UnsafeMutablePointer<Float>) -> Void
) {
  withEveryInstructionSet { isa in
    var buffer = initial.map { GuardedBuffer($0) } ?? GuardedBuffer(count: expected.count)
    let fresh = buffer
    withThreads(1) { buffer.withPointer(run) }
    #expect(buffer.isIntact, "\(label), \(isa): wrote outside", sourceLocation: sourceLocation)
    var second = fresh
    withThreads(2) { second.withPointer(run) }
    expectSameBits(
      buffer.values, second.values, "\(label), \(isa), one thread and two", sourceLocation: sourceLocation)
    for (index, (value, reference)) in zip(buffer.values, expected).enumerated() {
      let difference = abs(Double(value) - reference)
      let agrees =
        reference.isNaN ? value.isNaN : Double(value) == reference || difference <= bound + relative * abs(reference)
      if !agrees {
        Issue.record(
          "\(label), \(isa), number \(index): \(value), not \(reference)", sourceLocation: sourceLocation)
        return
      }
    }
  }
}

/// Half a unit in the last place of f32, relative.
let unitRoundoff = 0x1p-24
