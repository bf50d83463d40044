import TensorKernels

/// A kernel whose numbers are not the scalar kernel's.
struct WrongResult: Error, CustomStringConvertible {
  let name: String
  let error: Float
  let bound: Float

  var description: String {
    "\(name) differs from the scalar kernel by \(error), more than rounding explains (\(bound)); run the tests."
  }

  /// Runs `kernel` with the instruction set in use and with the scalar kernels and compares what it leaves in `output`:
  /// sums of `k` products of numbers in -1...1 may differ by 2 k u times k, u = 2^-24.
  static func check(_ name: String, _ output: Numbers, k: Int, _ kernel: () -> Void) throws {
    kernel()
    let values = Array(UnsafeBufferPointer(start: output.pointer, count: output.count))
    let isa = tk_current_isa()
    tk_force_isa(.scalar)
    kernel()
    tk_force_isa(isa)
    let bound = 2 * Float(k + 3) * 0x1p-24 * Float(k + 2)
    var error: Float = 0
    for (i, value) in values.enumerated() {
      let difference = abs(value - output.pointer[i])
      // Written so that a NaN counts as the largest error.
      if !(difference <= error) { error = difference }
    }
    guard error <= bound else { throw WrongResult(name: name, error: error, bound: bound) }
  }
}
