/// Receives the share of a long call that is done, 0...1, on the thread of the call.
public typealias ProgressHandler = @Sendable (Double) -> Void

/// Counts the steps of a long call: reports progress, and ends the call where its task is cancelled.
struct StepProgress {
  private let total: Int
  private let handler: ProgressHandler?
  private var done = 0

  init(total: Int, handler: ProgressHandler?) {
    self.total = total
    self.handler = handler
  }

  /// - Throws: `cancelled`.
  mutating func advance() throws(ModelError) {
    guard !Task.isCancelled else {
      throw ModelError(.cancelled, "The task was cancelled before the segmentation was complete; start it again.")
    }
    done += 1
    handler?(Double(done) / Double(total))
  }
}
