import Foundation
import SemanticSAMCore
import SemanticSAMData

/// The reader of annotations in the form of COCO: strictly, leaving out broken records, as a data set with all its masks, and
/// evaluated against themselves as results.
struct AnnotationTarget: ReaderTarget {
  let kind = "json"

  private let file = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-annotations-\(ProcessInfo.processInfo.processIdentifier).json")

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var problems = 0
    let annotations = try COCOAnnotations(contentsOf: file.path) { _ in problems += 1 }
    let data = try COCODataset(annotations: file.path, images: "/nowhere") { _ in }
    guard data.annotations.annotations.count == annotations.annotations.count else {
      throw BrokenPromise(description: "two readings of one file differ")
    }
    for index in 0..<data.count {
      _ = data.problems(at: index)
      // A broken mask refuses its sample only.
      guard let sample = try? data.sample(at: index) else { continue }
      for region in sample.regions {
        guard let mask = region.mask else { continue }
        guard mask.width == sample.image.width, mask.height == sample.image.height else {
          throw BrokenPromise(description: "a mask of \(mask.width) x \(mask.height) pixels")
        }
      }
    }
    if let results = try? COCOResults(contentsOf: file.path, for: annotations) {
      for task in COCOTask.allCases {
        _ = try? COCOAveragePrecision(task: task, annotations: annotations, results: results)
      }
    }
    if problems == 0 { return }
    guard (try? COCOAnnotations(contentsOf: file.path)) != nil else { return }
    throw BrokenPromise(description: "a file with \(problems) broken records was read strictly")
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    JSONText.repair(&bytes)
  }
}
