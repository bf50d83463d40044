import Foundation
import SemanticSAMCore
import SemanticSAMData

/// The reader of panoptic annotations: strictly, and leaving out broken records.
struct PanopticTarget: ReaderTarget {
  let kind = "panoptic"

  private let file = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-panoptic-\(ProcessInfo.processInfo.processIdentifier).json")

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var problems = 0
    let tolerant = try PanopticDocument(contentsOf: file.path) { _ in problems += 1 }
    guard Set(tolerant.annotations.map(\.imageID)).count == tolerant.annotations.count else {
      throw BrokenPromise(description: "an image stands twice")
    }
    if problems == 0 {
      let strict = try PanopticDocument(contentsOf: file.path)
      guard strict.annotations == tolerant.annotations, strict.categories == tolerant.categories else {
        throw BrokenPromise(description: "two readings of one file differ")
      }
    } else if (try? PanopticDocument(contentsOf: file.path)) != nil {
      throw BrokenPromise(description: "a file with \(problems) broken records was read strictly")
    }
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    AnnotationTarget().repair(&bytes, of: original)
  }
}
