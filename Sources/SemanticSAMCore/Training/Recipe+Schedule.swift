#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Recipe.Schedule {
  /// What the rate is multiplied with at a step, from 0.
  public func factor(step: Int, of steps: Int) -> Double {
    let share = Double(step) / Double(max(steps, 1))
    let factor =
      switch kind {
      case .constant: 1.0
      case .step: milestones.reduce(1.0) { share >= $1 ? $0 * 0.1 : $0 }
      case .cosine: end + (1 - end) * 0.5 * (1 + cosine(share))
      }
    return step < warmUp ? factor * Double(step + 1) / Double(warmUp) : factor
  }

  /// The cosine of pi times a share of 0...1.
  private func cosine(_ share: Double) -> Double { cos(min(max(share, 0), 1) * .pi) }
}
