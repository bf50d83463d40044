import TensorKernels

/// A block of f32 numbers, aligned to 64 bytes, that tensors share; it goes back to the recycling pool with its last owner.
///
/// Unchecked, because the numbers are reachable through a pointer: `Tensor` writes only while it is the sole owner.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  /// Space for `count` numbers with arbitrary contents.
  init(count: Int) {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    // Sizes that files claim are checked before tensors of them are made; what fails here is the machine's memory, and a
    // process without memory cannot go on.
    guard !overflow, let block = tk_memory_acquire(bytes) else {
      preconditionFailure("No memory for a tensor of \(count) numbers.")
    }
    pointer = block.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  deinit {
    tk_memory_release(pointer)
  }
}
