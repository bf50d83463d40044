import Foundation
import TensorKernels
import Testing

@testable import SemanticSAMCore

/// After the first image of a size, the layers take their memory from the pool alone.
@Suite(.serialized) struct AllocationTests {
  /// - Parameter work: what may ask the system once, but not again.
  private func asksTheSystemOnce(_ work: () throws -> Void) throws -> Bool {
    // Other suites of the process use the pool too: it keeps all while this test looks, and a quiet moment is waited for.
    tk_memory_begin_keeping()
    defer { tk_memory_end_keeping() }
    try work()
    let start = ContinuousClock.now
    repeat {
      let before = tk_memory_system_allocations()
      try work()
      if tk_memory_system_allocations() == before { return true }
      usleep(5000)
    } while ContinuousClock.now - start < .seconds(120)
    return false
  }

  @Test func encodingAndClicksOfTheBuiltInNetworkAllocateNothingAnew() throws {
    let model = try TestModels.model()
    let image = try TestModels.photograph("coffee.png")
    let options = SegmentOptions(includesLabels: true)
    #expect(
      try asksTheSystemOnce {
        let embedding = try model.encode(image)
        _ = try model.segment(embedding, prompt: .point(300, 200), options: options)
      })
  }

  @Test func automaticMasksOfAPublishedKindOfNetworkAllocateNothingAnew() throws {
    let model = try SemanticSAM.load(.bytes(FixtureWeights.checkpoint(.tiny), name: "tiny"))
    let image = try Image(width: 96, height: 64, pixels: (0..<96 * 64 * 3).map { UInt8($0 * 7 % 251) })
    var options = AutomaticMaskOptions.reference
    options.pointsPerSide = 4
    options.pointsPerBatch = 5
    options.predictedIoUThreshold = 0
    options.promptsSeeEachOther = false
    #expect(try asksTheSystemOnce { _ = try model.automaticMasks(image, options: options) })
  }
}
