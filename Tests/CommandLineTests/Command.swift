import Foundation

/// Runs the built command `semantic-sam`.
struct Command {
  /// What a run left behind.
  struct Outcome {
    var code: Int32
    var output: Data
    var error: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// The command beside the test bundle.
  static var executable: URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "semantic-sam")
  }

  /// The photographs that ship.
  static var images: URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Examples/Images").standardized
  }

  /// The file of the built-in weights.
  static var weights: URL {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/CDefaultModel/default.safetensors").standardized
  }

  /// Starts the command in a folder.
  /// - Parameters:
  ///   - input: what it reads on stdin.
  ///   - environment: added to this process's own, without `SEMANTIC_SAM_MODEL`.
  static func run(
    _ arguments: [String], in folder: TemporaryFolder? = nil, input: Data? = nil, environment: [String: String] = [:],
    executable: URL = executable
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { $0.key != "SEMANTIC_SAM_MODEL" && $0.key != "COLUMNS" }.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder.url }
    let output = Pipe()
    // Its messages are few, the pipe holds them until the results are read.
    let error = Pipe()
    if let input {
      // From a file: a pipe's reader that leaves early would end the tests.
      let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
      try FileManager.default.removeItem(at: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let message = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, output: data, error: String(decoding: message, as: UTF8.self))
  }
}

/// A folder of its own for one test, removed with it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "semantic-sam-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// A folder with photographs in it.
  convenience init(images: String...) throws {
    try self.init()
    for image in images {
      try FileManager.default.copyItem(at: Command.images.appending(path: image), to: url.appending(path: image))
    }
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: url.appending(path: name))
  }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: url.appending(path: name)))
  }

  /// All names in the folder, hidden ones too.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }
}
