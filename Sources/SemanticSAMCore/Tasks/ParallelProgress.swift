import Synchronization

/// Counts what several threads have done.
final class ParallelProgress: Sendable {
  private let count: Int
  private let done = Atomic<Int>(0)
  private let report: @Sendable (Double) -> Void

  init(count: Int, _ report: @escaping @Sendable (Double) -> Void) {
    self.count = count
    self.report = report
  }

  func advance() {
    let done = done.add(1, ordering: .relaxed).newValue
    // A line that changes more often cannot be read.
    if done == count || done.isMultiple(of: max(count / 200, 1)) { report(Double(done) / Double(count)) }
  }
}
