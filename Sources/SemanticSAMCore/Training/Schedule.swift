#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the learning rate is multiplied by in the course of the training.
public struct Schedule: Hashable, Sendable, Codable {
  public enum Course: Hashable, Sendable, Codable {
    case constant
    /// Times `factor` at each of these steps.
    case milestones([Int], factor: Double)
    /// Half a wave from 1 at step 0 to `floor` at step `steps` and after it.
    case cosine(steps: Int, floor: Double)
  }

  public var course: Course
  /// In the first steps the multiplier grows linearly from `warmUpStart` times that of step 0 to that of step `warmUpSteps`.
  public var warmUpSteps: Int
  public var warmUpStart: Double

  public init(_ course: Course, warmUpSteps: Int = 0, warmUpStart: Double = 0) {
    self.course = course
    self.warmUpSteps = warmUpSteps
    self.warmUpStart = warmUpStart
  }

  /// The released trainer's, of 368,750 steps; its warm-up starts at 1 and so is none.
  public static let reference = Schedule(
    .milestones([327_778, 355_092], factor: 0.1), warmUpSteps: 10, warmUpStart: 1)

  /// - Parameter step: 0 for the first.
  public func multiplier(at step: Int) -> Double {
    guard step < warmUpSteps else { return multiplierOfCourse(at: step) }
    let start = warmUpStart * multiplierOfCourse(at: 0)
    let end = multiplierOfCourse(at: warmUpSteps)
    return start + (end - start) * Double(step) / Double(warmUpSteps)
  }

  private func multiplierOfCourse(at step: Int) -> Double {
    switch course {
    case .constant: 1
    case .milestones(let steps, let factor): pow(factor, Double(steps.count { $0 <= step }))
    case .cosine(let steps, let floor):
      floor + (1 - floor) * 0.5 * (1 + cos(.pi * Double(min(max(step, 0), steps)) / Double(max(steps, 1))))
    }
  }
}
