import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

/// Results in the form of COCO, evaluated against intact annotations.
struct ResultsTarget: ReaderTarget {
  let kind = "results"

  private let annotations: COCOAnnotations
  private let file = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-results-\(ProcessInfo.processInfo.processIdentifier).json")

  init(annotations path: String) throws {
    annotations = try COCOAnnotations(contentsOf: path)
  }

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let results = try COCOResults(contentsOf: file.path, for: annotations)
    var refusal: ModelError?
    for task in COCOTask.allCases {
      do throws(ModelError) {
        _ = try COCOAveragePrecision(task: task, annotations: annotations, results: results)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw refusal }
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    JSONText.repair(&bytes)
  }
}

/// Panoptic annotations, evaluated as truth and as prediction.
struct PanopticTarget: ReaderTarget {
  let kind = "panoptic"

  private let intact: PanopticDocument
  private let masks: String
  private let file = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-panoptic-\(ProcessInfo.processInfo.processIdentifier).json")

  init(annotations path: String, masks: String) throws {
    intact = try PanopticDocument(contentsOf: path)
    self.masks = masks
  }

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var problems = 0
    _ = try PanopticDocument(contentsOf: file.path) { _ in problems += 1 }
    let document = try PanopticDocument(contentsOf: file.path)
    guard problems == 0 else {
      throw BrokenPromise(description: "a file with \(problems) broken records was read strictly")
    }
    _ = try quality(intact, document)
    _ = try quality(document, intact)
  }

  private func quality(_ truth: PanopticDocument, _ prediction: PanopticDocument) throws -> PanopticQuality {
    let read = { @Sendable [masks] (annotation: PanopticDocument.Annotation) throws(ModelError) in
      try LabelImage(contentsOf: "\(masks)/\(annotation.fileName)")
    }
    return try PanopticQuality(truth: truth, prediction: prediction, truthMap: read, predictionMap: read)
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    JSONText.repair(&bytes)
  }
}
