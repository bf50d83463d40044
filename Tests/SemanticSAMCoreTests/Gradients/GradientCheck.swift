import TensorKernels
import Testing

@testable import SemanticSAMCore

/// An input of an operation whose gradient is checked: a shape and as many numbers.
typealias GradientInput = (shape: [Int], values: [Double])

/// Compares an operation and its way back with a definition in f64.
///
/// The inputs are rounded to f32 first, so that both sides see the same numbers. Checked are:
/// - the result, against `reference`;
/// - the gradient of `sum(result * seed)`, for a random seed, by each input against central differences of `reference` in
///   f64 with a step of 1e-5, whose own error is near 1e-9;
/// - that the result has the same bits recorded or not, and gradients have the same bits with one thread and two, and
///   whether one input is watched or all of them are.
///
/// - Parameters:
///   - reference: the operation's definition, of the inputs' numbers.
///   - bound: of the relative distance in the L2 norm, of result and gradients.
func checkGradient(
  _ label: String = "", inputs: [GradientInput], bound: Double = 1e-5, reference: ([[Double]]) -> [Double],
  operation: ([Tensor]) -> Tensor, sourceLocation: SourceLocation = #_sourceLocation
) {
  withSteadyInstructionSet {
    let constants = inputs.map { Tensor($0.values.map(Float.init), shape: $0.shape) }
    let exact = constants.map { $0.values.map(Double.init) }
    let expected = reference(exact)
    let result = operation(constants)
    #expect(!result.isRecorded, "\(label): recorded without a tape", sourceLocation: sourceLocation)
    expectClose(result.values, expected, bound, "\(label): the result", sourceLocation)

    var random = DoubleGenerator(seed: UInt64(expected.count))
    let seed = Tensor(random.doubles(expected.count).map(Float.init), shape: result.shape)
    let weights = seed.values.map(Double.init)
    func value(_ numbers: [[Double]]) -> Double { zip(reference(numbers), weights).reduce(0) { $0 + $1.0 * $1.1 } }

    /// The gradients by the inputs of which `isWatched`, and whether the result has the bits it has without a tape.
    func gradients(_ isWatched: (Int) -> Bool) -> [Tensor?] {
      let tape = Tape()
      let watched = constants.enumerated().map { isWatched($0) ? tape.watching($1) : $1 }
      let recorded = operation(watched)
      #expect(
        bits(recorded.values) == bits(result.values), "\(label): recording changes the result",
        sourceLocation: sourceLocation)
      #expect(recorded.isRecorded, "\(label): not recorded", sourceLocation: sourceLocation)
      let gradients = tape.gradients(of: recorded, seed: seed)
      return watched.map { gradients[$0] }
    }

    let all = withThreadCount(1) { gradients { _ in true } }
    let threaded = withThreadCount(2) { gradients { _ in true } }
    for index in inputs.indices {
      let name = "\(label): the gradient by input \(index)"
      guard let gradient = all[index] else {
        Issue.record("\(name) is missing", sourceLocation: sourceLocation)
        continue
      }
      #expect(gradient.shape == constants[index].shape, "\(name)", sourceLocation: sourceLocation)
      #expect(
        bits(gradient.values) == threaded[index].map { bits($0.values) }, "\(name) depends on the threads",
        sourceLocation: sourceLocation)
      let alone = gradients { $0 == index }
      #expect(
        alone[index].map { bits($0.values) } == bits(gradient.values), "\(name) depends on the others",
        sourceLocation: sourceLocation)
      var numbers = exact
      let differences = exact[index].indices.map { place -> Double in
        let step = 1e-5
        numbers[index][place] = exact[index][place] + step
        let above = value(numbers)
        numbers[index][place] = exact[index][place] - step
        let below = value(numbers)
        numbers[index][place] = exact[index][place]
        return (above - below) / (2 * step)
      }
      expectClose(gradient.values, differences, bound, name, sourceLocation)
    }
  }
}

/// Numbers for the inputs of `checkGradient`.
struct DoubleGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `count` numbers, uniform in `range`, of which none is within `distance` of one of `kinks`.
  mutating func doubles(
    _ count: Int, in range: ClosedRange<Double> = -1...1, kinks: [Double] = [], distance: Double = 1e-3
  ) -> [Double] {
    (0..<count).map { _ in
      while true {
        let share = Double(next() >> 11) * 0x1p-53
        let number = range.lowerBound + share * (range.upperBound - range.lowerBound)
        if kinks.allSatisfy({ abs(number - $0) > distance }) { return number }
      }
    }
  }

  /// An input of random numbers.
  mutating func input(
    _ shape: [Int], in range: ClosedRange<Double> = -1...1, kinks: [Double] = []
  ) -> GradientInput {
    (shape, doubles(shape.reduce(1, *), in: range, kinks: kinks))
  }
}

private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

private func withThreadCount<Result>(_ count: Int32, _ body: () -> Result) -> Result {
  let previous = tk_thread_count()
  tk_set_thread_count(count)
  defer { tk_set_thread_count(previous) }
  return body()
}

/// The distance in the L2 norm is at most `bound` times the norm of what is expected (of which 1e-6 a number counts as
/// zero: a gradient may vanish).
private func expectClose(
  _ values: [Float], _ expected: [Double], _ bound: Double, _ name: String, _ sourceLocation: SourceLocation
) {
  #expect(values.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  let distance = zip(values, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }.squareRoot()
  let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let allowed = bound * norm + 1e-6 * bound.squareRoot() * Double(expected.count).squareRoot()
  #expect(
    distance <= allowed, "\(name) is \(distance / max(norm, .leastNonzeroMagnitude)) off, relative",
    sourceLocation: sourceLocation)
}
