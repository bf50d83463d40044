import Foundation
import SemanticSAMCore
import SemanticSAMData

/// The reader of MATLAB files, through the data sets that consist of them.
struct MATLABTarget: ReaderTarget {
  let kind = "mat"

  private let root = FileManager.default.temporaryDirectory
    .appending(path: "fuzz-mat-\(ProcessInfo.processInfo.processIdentifier)")

  func read(_ bytes: [UInt8]) throws {
    defer { try? FileManager.default.removeItem(at: root) }
    var refusal: (any Error)?
    for folder in ["Annotations_Part", "groundTruth/val"] {
      let folder = root.appending(path: folder)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(bytes).write(to: folder.appending(path: "2008_000001.mat"))
    }
    for dataset in [try PASCALPart(at: root.path), try BSDS500(at: root.path)] as [any Dataset] {
      do {
        let sample = try dataset.sample(at: 0)
        for region in sample.regions where region.mask?.width != sample.image.width {
          throw BrokenPromise(description: "a mask is not of the image's size")
        }
        return
      } catch let error as ModelError {
        refusal = error
      }
    }
    // Neither data set takes the file.
    if let refusal { throw refusal }
  }

  /// The seeds that are not compressed have no checksums; damage to the others ends in their decompression.
  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {}
}
