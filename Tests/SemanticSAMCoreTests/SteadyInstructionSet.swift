import Foundation

/// Runs `body` while no test of the kernels, which share the process, switches the instruction set: results that are
/// compared bit by bit must come from one. The kernels' tests take the same lock for themselves.
func withSteadyInstructionSet<Result>(_ body: () throws -> Result) rethrows -> Result {
  // The test bundle itself serves as the file to lock, so that none is left behind.
  let descriptor = open(CommandLine.arguments[0], O_RDONLY | O_CLOEXEC)
  flock(descriptor, LOCK_SH)
  defer { close(descriptor) }
  return try body()
}
