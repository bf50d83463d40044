/// How long a piece of work takes: the median of repeated runs, in seconds.
public struct Measurement: Sendable {
  /// Seconds of one run, in increasing order.
  public let samples: [Double]

  public var median: Double {
    let middle = samples.count / 2
    return samples.count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2
  }

  public var fastest: Double { samples[0] }

  /// Runs `body` once to warm up, then for about `seconds`, at least `minimum` times. Runs too short for the clock are
  /// timed in groups of at least 50 microseconds.
  public init(seconds: Double = 0.2, minimum: Int = 5, _ body: () throws -> Void) rethrows {
    let warmUp = try Self.time(1, body)
    let group = max(1, Int((50e-6 / max(warmUp, 1e-9)).rounded(.up)))
    var samples: [Double] = []
    var total = 0.0
    while samples.count < max(minimum, 1) || total < seconds {
      let duration = try Self.time(group, body)
      total += duration
      samples.append(duration / Double(group))
    }
    self.samples = samples.sorted()
  }

  private static func time(_ repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure {
      for _ in 0..<repetitions { try body() }
    }
    return duration / .seconds(1)
  }
}
