import Synchronization
import TensorKernels

/// Reverse-mode differentiation: what was computed of some tensors, in order, and for each operation how its gradient
/// comes back.
///
/// Nothing is recorded unless a tensor that a tape watches takes part, so inference pays nothing, and the same operations
/// with the same kernels serve both. A tape is used once: `gradients` walks it backward and gives the memory of each
/// operation back as it passes.
///
///     let tape = Tape()
///     let x = tape.watching(tensor)
///     let gradients = tape.gradients(of: f(x))
///     gradients[x]
public final class Tape: Sendable {
  /// A tensor's place on a tape.
  struct Record: Sendable {
    let tape: Tape
    let index: Int
  }

  /// The way back of one operation: from the gradient by its result to those by its inputs, `nil` where none is wanted.
  public typealias Backward = @Sendable (_ gradient: Tensor) -> [Tensor?]

  private struct Step: Sendable {
    /// Places of the inputs on the tape; `nil` for constants.
    let inputs: [Int?]
    /// `nil` for a tensor that is watched.
    let backward: Backward?
  }

  private let steps = Mutex<[Step]>([])

  public init() {}

  /// A tensor of the same numbers whose gradient the tape will know.
  public func watching(_ tensor: Tensor) -> Tensor {
    tensor.followed(as: append(Step(inputs: [], backward: nil)))
  }

  fileprivate func record(_ output: Tensor, from inputs: [Tensor?], backward: @escaping Backward) -> Tensor {
    let places = inputs.map { input -> Int? in
      guard let record = input?.record else { return nil }
      precondition(record.tape === self, "An operation on tensors of two tapes.")
      return record.index
    }
    return output.followed(as: append(Step(inputs: places, backward: backward)))
  }

  private func append(_ step: Step) -> Record {
    steps.withLock { steps in
      steps.append(step)
      return Record(tape: self, index: steps.count - 1)
    }
  }

  /// The gradient by each watched tensor of `value`, or of the sum of `value * seed`. The tape is empty afterwards.
  /// - Parameters:
  ///   - value: one number where no seed is given.
  ///   - seed: of the shape of `value`.
  public func gradients(of value: Tensor, seed: Tensor? = nil) -> Gradients {
    precondition(seed.map { $0.count == value.count } ?? (value.count == 1), "A gradient is that of one number.")
    var remaining = steps.withLock { steps in
      defer { steps = [] }
      return steps
    }
    var pending = [Tensor?](repeating: nil, count: remaining.count)
    var watched: [Int: Tensor] = [:]
    if let record = value.record, record.tape === self {
      remaining.removeSubrange((record.index + 1)...)
      pending[record.index] = seed?.detached ?? Tensor(repeating: 1, shape: value.shape)
    } else {
      remaining = []
    }
    while let step = remaining.popLast() {
      let index = remaining.count
      guard let gradient = pending[index].take() else { continue }
      guard let backward = step.backward else {
        watched[index] = gradient
        continue
      }
      for (input, part) in zip(step.inputs, backward(gradient)) {
        guard let input, let part else { continue }
        if pending[input] == nil {
          pending[input] = part.detached
        } else {
          pending[input]?.add(part)
        }
      }
    }
    return Gradients(tape: self, tensors: watched)
  }
}

/// The gradients that came back to the watched tensors of a tape.
public struct Gradients: Sendable {
  let tape: Tape
  private let tensors: [Int: Tensor]

  fileprivate init(tape: Tape, tensors: [Int: Tensor]) {
    self.tape = tape
    self.tensors = tensors
  }

  /// The gradient by a watched tensor; `nil` where the value does not depend on it.
  public subscript(tensor: Tensor) -> Tensor? {
    guard let record = tensor.record, record.tape === tape else { return nil }
    return tensors[record.index]
  }
}

extension Tensor {
  /// Whether a tape follows this tensor.
  public var isRecorded: Bool { record != nil }

  /// This tensor, the result of an operation on `inputs`, with the way back of its gradient; unchanged where no input is
  /// recorded.
  /// - Parameter backward: keeps only detached tensors, or the tape would keep itself alive. It is given a gradient of this
  ///   tensor's shape and returns one for each input, of the input's shape.
  public func recorded(from inputs: [Tensor?], backward: @escaping Tape.Backward) -> Tensor {
    guard let tape = inputs.lazy.compactMap({ $0?.record?.tape }).first else { return self }
    return tape.record(self, from: inputs, backward: backward)
  }

  /// Adds another tensor of as many numbers to this one, in place.
  mutating func add(_ other: Tensor) {
    precondition(count == other.count, "Tensors of shapes \(shape) and \(other.shape) cannot be added.")
    let target = mutableAddress
    withExtendedLifetime(other) { tk_add_f32(count, target, other.address, target) }
  }
}
