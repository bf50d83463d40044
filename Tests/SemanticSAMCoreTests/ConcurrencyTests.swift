import Foundation
import Testing

@testable import SemanticSAMCore

@Suite(.serialized) struct ConcurrencyTests {
  // MARK: Tasks

  /// Threads of their own and not tasks: eight really run at once on any machine, and none waits for the lock of another.
  @Test func eightUsersGetTheBitsOfOne() throws {
    let model = try TestModels.model()
    let images = try ["coffee.png", "chelsea.png"].map(TestModels.photograph)
    let prompts: [Prompt] = [
      .point(200, 150), .box(Box(x0: 10, y0: 10, x1: 400, y1: 280)),
      .points([Point(x: 200, y: 100)], negative: [Point(x: 20, y: 250)]),
    ]
    try withSteadyInstructionSet {
      let expected = try images.map { image in
        try model.segment(try model.encode(image), prompts: prompts).map(Fingerprint.init)
      }
      let results = Locked<[Int: [Fingerprint]]>([:])
      let group = DispatchGroup()
      for user in 0..<8 {
        group.enter()
        let image = images[user % 2]
        let thread = Thread {
          let answers = try? model.segment(model.encode(image), prompts: prompts).map(Fingerprint.init)
          results.withLock { $0[user] = answers }
          group.leave()
        }
        thread.stackSize = 8 << 20
        thread.start()
      }
      group.wait()
      for user in 0..<8 { #expect(results.withLock { $0[user] } == expected[user % 2], "user \(user)") }
    }
  }

  // MARK: Threads and instruction sets, in processes of their own, because both belong to the process

  /// What the built command prints as JSON.
  private func output(threads: Int, isa: String? = nil) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "semantic-sam")
    let photograph = URL(filePath: SharedData.fixtures).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Examples/Images/coffee.png").path()
    process.arguments = [
      "segment", photograph, "--point", "300,200", "--json", "-", "--quiet", "--threads", "\(threads)",
    ]
    var environment = ProcessInfo.processInfo.environment
    environment["SEMANTIC_SAM_ISA"] = isa
    environment["SEMANTIC_SAM_MODEL"] = nil
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return data
  }

  @Test func theNumberOfThreadsChangesNothing() throws {
    let one = try output(threads: 1)
    #expect(one.count > 1000)
    for threads in [2, 4, 7] { #expect(try output(threads: threads) == one, "\(threads) threads") }
  }

  private struct Document: Decodable {
    struct Entry: Decodable {
      struct Code: Decodable {
        var size: [Int]
        var counts: String
      }
      var level: Int
      var segmentation: Code
      var predictedIoU: Double

      enum CodingKeys: String, CodingKey {
        case level, segmentation
        case predictedIoU = "predicted_iou"
      }
    }
    var masks: [Entry]
  }

  /// A set that the machine lacks falls back to the best that it has, so every name can be asked for.
  @Test func instructionSetsAgree() throws {
    let documents = try ["scalar", "avx2", "avx512", "neon"].map { isa in
      try JSONDecoder().decode(Document.self, from: output(threads: 2, isa: isa))
    }
    func mask(_ entry: Document.Entry) throws -> Mask {
      Mask(
        try RunLengths(
          height: entry.segmentation.size[0], width: entry.segmentation.size[1],
          compressed: entry.segmentation.counts))
    }
    for document in documents {
      #expect(document.masks.count == 6)
      for entry in document.masks {
        let reference = try #require(documents[0].masks.first { $0.level == entry.level })
        #expect(try mask(entry).iou(mask(reference)) > 0.999)
        #expect(abs(entry.predictedIoU - reference.predictedIoU) < 1e-4)
      }
    }
  }

  // MARK: Cancellation and progress

  @Test func cancelledTasksEndWithTheirError() async throws {
    let model = try TestModels.model()
    let image = try TestModels.photograph("coffee.png")
    let embedding = try TestModels.embedding("coffee.png")
    await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      expectRefusal(.cancelled) { try model.encode(image) }
      expectRefusal(.cancelled) { try model.segment(embedding, prompt: .point(1, 1)) }
      expectRefusal(.cancelled) { try model.segment(image: image, prompt: .point(1, 1)) }
    }.value
    // The next call of another task is not touched.
    #expect(try model.segment(embedding, prompt: .point(1, 1)).count == 6)
  }

  @Test func workEndsSoonAfterTheCancellation() async throws {
    let model = try TestModels.model()
    let image = try TestModels.photograph("coffee.png")
    let embedding = try TestModels.embedding("coffee.png")
    let shares = Locked<[Double]>([])
    await Task {
      _ = expectRefusal(.cancelled) {
        try model.encode(image) { share in
          shares.withLock { $0.append(share) }
          if share > 0.3 { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
    }.value
    #expect(shares.withLock { $0.count { $0 > 0.3 } } == 1)
    let calls = Locked(0)
    await Task {
      _ = expectRefusal(.cancelled) {
        try model.segment(embedding, prompts: Array(repeating: .point(9, 9), count: 100)) { _ in
          calls.withLock { $0 += 1 }
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
    }.value
    #expect(calls.withLock(\.self) == 1)
  }

  @Test func progressRisesToOne() throws {
    let model = try TestModels.model()
    let shares = Locked<[Double]>([])
    func check() {
      shares.withLock { shares in
        #expect(shares.count > 1 && shares.last == 1 && zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 })
        #expect(shares.allSatisfy { $0 > 0 })
        shares = []
      }
    }
    let embedding = try model.encode(try TestModels.photograph("chelsea.png")) { share in
      shares.withLock { $0.append(share) }
    }
    check()
    _ = try model.segment(embedding, prompts: Array(repeating: .point(9, 9), count: 70)) { share in
      shares.withLock { $0.append(share) }
    }
    check()
  }
}

/// A value that several threads change.
///
/// Unchecked, because the lock is not the standard library's `Mutex`, which the thread sanitizer does not see on Linux.
private final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}
