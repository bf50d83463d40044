import Foundation
import SemanticSAMCore
import SemanticSAMData

/// The small JSON files that people write, or programs leave: prompts, names, recipes and logs of training. Each mutation goes
/// to all of their readers.
struct DocumentTarget: ReaderTarget {
  let kind = "documents"

  private let file = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-documents-\(ProcessInfo.processInfo.processIdentifier).json")

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path
    let readers: [() throws -> Void] = [
      { _ = try PromptDocument(contentsOf: path) }, { _ = try CategoryNames(contentsOf: path) },
      { _ = try Recipe(json: bytes, name: "mutation") }, { _ = try TrainingLog(continuing: path) },
    ]
    var refusals: [ModelError] = []
    for reader in readers {
      do {
        try reader()
      } catch let error as ModelError {
        refusals.append(error)
      }
    }
    if refusals.count == readers.count { throw refusals[0] }
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    JSONText.repair(&bytes)
  }
}
