import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

/// How the command behaves as a process: weights, place, readers that leave, signals.
struct RunTests {
  private let click = ["segment", "coffee.png", "--point", "285,150", "--json", "-"]

  @Test func weightsComeFromTheOptionThenTheEnvironmentThenTheBuild() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let path = Command.weights.path
    let builtIn = try SegmentOutput(try Command.run(click, in: folder).output)
    let named = try SegmentOutput(try Command.run(click, in: folder, environment: ["SEMANTIC_SAM_MODEL": path]).output)
    #expect(named.checkpoint == path)
    #expect(named.masks.map(\.segmentation.counts) == builtIn.masks.map(\.segmentation.counts))
    let missing = try Command.run(click, in: folder, environment: ["SEMANTIC_SAM_MODEL": "missing"])
    #expect(missing.code == 1)
    #expect(missing.error == "semantic-sam: There is no file 'missing'; check the path.\n")
    let option = try Command.run(
      click + ["--checkpoint", path], in: folder, environment: ["SEMANTIC_SAM_MODEL": "missing"])
    #expect(try SegmentOutput(option.output).checkpoint == path)
    let empty = try Command.run(click, in: folder, environment: ["SEMANTIC_SAM_MODEL": ""])
    #expect(try SegmentOutput(empty.output).checkpoint == "default")
    let info = try Command.run(["info", "default"], environment: ["SEMANTIC_SAM_MODEL": "missing"])
    #expect(info.code == 0)
  }

  @Test func movedCommandStillRuns() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let moved = folder.url.appending(path: "moved")
    try FileManager.default.copyItem(at: Command.executable, to: moved)
    let outcome = try Command.run(click, in: folder, executable: moved)
    #expect(outcome.code == 0)
    #expect(try outcome.output == Command.run(click, in: folder).output)
  }

  @Test func readerThatLeavesIsNoError() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let arguments = click.joined(separator: " ")
    for trap in ["", "trap '' PIPE; "] {
      let shell = trap + "{ '\(Command.executable.path)' \(arguments); echo \"code $?\" >&2; } | true"
      let outcome = try Command.run(["-c", shell], in: folder, executable: URL(filePath: "/bin/sh"))
      #expect(["code 0\n", "code 141\n"].contains(outcome.error), "\(outcome.error)")
    }
  }

  /// Starts a process that takes signals. It would inherit this thread's deafness to them.
  private func runHearingSignals(_ process: Process) throws {
    var none = sigset_t()
    var former = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    try process.run()
  }

  @Test func interruptionLeavesWholeFilesOnly() throws {
    let folder = try TemporaryFolder(images: "coffee.png")
    let points = (0..<120).map { "{\"points\": [[\($0 * 4), \($0 * 3)]]}" }.joined(separator: ", ")
    try folder.write("{\"prompts\": [\(points)]}", to: "p.json")
    let arguments = ["segment", "coffee.png", "--prompts", "p.json", "--output", "o.png", "--json", "m.json"]
    let clock = ContinuousClock()
    let whole = try clock.measure { _ = try Command.run(arguments, in: folder) }
    #expect(folder.names.contains("m.json"))
    var interruptions = 0
    // Early, in the middle, and often about the end, where files are written.
    for share in [0.05, 0.5, 0.8, 0.9, 0.93, 0.96, 0.98, 1.0] {
      for name in ["o.png", "m.json"] { try? FileManager.default.removeItem(at: folder.url.appending(path: name)) }
      let process = Process()
      process.executableURL = Command.executable
      process.arguments = arguments
      process.currentDirectoryURL = folder.url
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try runHearingSignals(process)
      Thread.sleep(forTimeInterval: share * (whole / .seconds(1)))
      // Ctrl-C, and what ends it where a shell that runs tests in the background has made it deaf to that.
      process.interrupt()
      process.terminate()
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        #expect([SIGINT, SIGTERM].contains(process.terminationStatus))
        interruptions += 1
      }
      let written = Set(folder.names).subtracting(["coffee.png", "p.json"])
      #expect(written.isSubset(of: ["o.png", "m.json"]))
      if written.contains("o.png") { _ = try Image(decoding: folder.bytes("o.png")) }
      if written.contains("m.json") { _ = try SegmentOutput(Data(folder.bytes("m.json"))) }
    }
    #expect(interruptions > 0)
  }
}
