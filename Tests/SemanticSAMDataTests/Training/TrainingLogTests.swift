import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct TrainingLogTests {
  private static let lines = [
    TrainingLog.Line(
      step: 10, seconds: 1.5, loss: 3.25, terms: ["bce": 0.5, "dice": 0.25], gradientNorm: 8, rate: 1e-4),
    TrainingLog.Line(step: 20, seconds: 3, loss: 2, terms: ["bce": 0.4, "dice": 0.2], gradientNorm: 7, rate: 1e-4),
    TrainingLog.Line(step: 20, seconds: 3, evaluation: ["oracle_miou": 0.5, "max_miou": 0.25]),
    TrainingLog.Line(step: 30, seconds: 4.5, loss: 1, terms: [:], gradientNorm: 6, rate: 1e-5),
  ]

  private func written(to folder: ScratchFolder) throws -> String {
    let path = folder.path + "/log.jsonl"
    var log = try TrainingLog(continuing: path)
    #expect(log.lines.isEmpty && !FileManager.default.fileExists(atPath: path))
    for line in Self.lines { log.append(line) }
    try log.write()
    return path
  }

  @Test func linesComeBack() throws {
    let folder = try ScratchFolder()
    let path = try written(to: folder)
    #expect(try TrainingLog(continuing: path).lines == Self.lines)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 4 && text.hasSuffix("\n"))
    #expect(text.contains("\"gradient_norm\":8"))
  }

  @Test func laterStepsAreCut() throws {
    let folder = try ScratchFolder()
    let path = try written(to: folder)
    #expect(try TrainingLog(continuing: path, upTo: 20).lines == Array(Self.lines.prefix(3)))
    #expect(try TrainingLog(continuing: path, upTo: 19).lines == Array(Self.lines.prefix(1)))
    #expect(try TrainingLog(continuing: path, upTo: 0).lines.isEmpty)
  }

  /// A program that was killed may have left half a line; whole lines are never lost.
  @Test func anUnfinishedLastLineIsDropped() throws {
    let folder = try ScratchFolder()
    let path = try written(to: folder)
    let bytes = try Data(contentsOf: URL(filePath: path))
    let start = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
    for count in [start, start + 1, start + 20, bytes.count - 2] {
      try bytes.prefix(count).write(to: URL(filePath: path))
      #expect(try TrainingLog(continuing: path).lines == Array(Self.lines.prefix(3)), "\(count) bytes")
    }
    try Data().write(to: URL(filePath: path))
    #expect(try TrainingLog(continuing: path).lines.isEmpty)
  }

  @Test func anotherBrokenLineIsNamed() throws {
    let folder = try ScratchFolder()
    let path = try written(to: folder)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let broken = text.replacing("{\"evaluation\"", with: "[\"evaluation\"")
    try broken.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: ModelError.self) { try TrainingLog(continuing: path) }
    #expect(error?.code == .malformedFile && error?.message.contains("Line 3 of") == true)
  }

  @Test func numbersThatJSONHasNotAreRefused() throws {
    let folder = try ScratchFolder()
    var log = try TrainingLog(continuing: folder.path + "/log.jsonl")
    log.append(TrainingLog.Line(step: 1, seconds: 0, loss: .nan))
    #expect(throws: ModelError.self) { try log.write() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
