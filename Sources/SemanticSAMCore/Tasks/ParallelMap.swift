import TensorKernels

/// `body` of 0, 1, ... on the library's threads; results are in order, so their number changes nothing.
/// - Parameter progress: the share that is done, 0...1; called from several threads.
/// - Throws: the error of the lowest number that failed.
package func parallelMap<Result: Sendable>(
  count: Int, progress: (@Sendable (Double) -> Void)?,
  _ body: @escaping @Sendable (Int) throws(ModelError) -> Result
) throws(ModelError) -> [Result] {
  let work = ParallelWork(count: count, progress: progress, body)
  tk_parallel_for(
    count,
    { context, index in
      guard let context else { return }
      Unmanaged<ParallelLoop>.fromOpaque(context).takeUnretainedValue().run(Int(index))
    }, Unmanaged.passUnretained(work as ParallelLoop).toOpaque())
  return try work.finished()
}

/// What the threads call; without the type of the results, which a C function cannot name.
private class ParallelLoop {
  func run(_ index: Int) {}
}

/// Unchecked, because each thread writes to the places of its own numbers only.
private final class ParallelWork<Value: Sendable>: ParallelLoop, @unchecked Sendable {
  private let body: @Sendable (Int) throws(ModelError) -> Value
  private let places: UnsafeMutableBufferPointer<Result<Value, ModelError>?>
  private let progress: ParallelProgress?

  init(
    count: Int, progress: (@Sendable (Double) -> Void)?,
    _ body: @escaping @Sendable (Int) throws(ModelError) -> Value
  ) {
    self.body = body
    self.progress = progress.map { ParallelProgress(count: count, $0) }
    places = .allocate(capacity: count)
    places.initialize(repeating: nil)
  }

  deinit {
    places.deinitialize()
    places.deallocate()
  }

  override func run(_ index: Int) {
    do throws(ModelError) {
      places[index] = .success(try body(index))
    } catch {
      places[index] = .failure(error)
    }
    progress?.advance()
  }

  func finished() throws(ModelError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(places.count)
    for place in places {
      if let result = place { values.append(try result.get()) }
    }
    return values
  }
}
