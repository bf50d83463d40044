import Foundation
import SemanticSAMCore
import SemanticSAMData

/// The reader of one data set: a copy of its sample in which one file is the mutation. Each sample is read strictly, and with
/// its broken records left out.
struct DatasetTarget: ReaderTarget {
  let kind: String
  /// The file that is damaged, below the root of the sample.
  private let file: String
  private let isJSON: Bool
  private let open: (_ root: String) throws -> any Dataset
  private let root: URL

  /// - Parameter sample: the folder of a whole sample, which is copied.
  init(
    kind: String, sample: String, file: String, isJSON: Bool = true,
    open: @escaping (_ root: String) throws -> any Dataset
  ) throws {
    self.kind = kind
    self.file = file
    self.isJSON = isJSON
    self.open = open
    root = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(kind)-\(ProcessInfo.processInfo.processIdentifier)")
    try? FileManager.default.removeItem(at: root)
    try FileManager.default.copyItem(at: URL(filePath: sample), to: root)
  }

  func read(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: root.appending(path: file))
    let dataset = try open(root.path)
    var refusal: ModelError?
    for index in 0..<dataset.count {
      var problems = 0
      do {
        let tolerant = try dataset.sample(at: index) { _ in problems += 1 }
        try check(tolerant, dataset.categories)
        // What is decoded of the photograph is not of interest, only that it ends.
        _ = try? tolerant.image.load()
        let strict = try dataset.sample(at: index)
        guard problems == 0 else {
          throw BrokenPromise(description: "a sample with \(problems) broken records was read strictly")
        }
        guard strict.regions.map(\.mask) == tolerant.regions.map(\.mask) else {
          throw BrokenPromise(description: "two readings of one sample differ")
        }
      } catch let error as ModelError {
        refusal = error
      }
    }
    if let refusal { throw refusal }
  }

  private func check(_ sample: Sample, _ categories: CategoryTables) throws {
    for region in sample.regions {
      if let mask = region.mask, mask.width != sample.image.width || mask.height != sample.image.height {
        throw BrokenPromise(description: "a mask of \(mask.width) x \(mask.height) pixels")
      }
      for (place, table) in [
        (region.objectCategory, categories.objects), (region.partCategory, categories.parts),
      ] {
        guard place.map(table.indices.contains) ?? true else {
          throw BrokenPromise(description: "the category \(place ?? -1) of \(table.count)")
        }
      }
    }
  }

  func repair(_ bytes: inout [UInt8], of original: [UInt8]) {
    if isJSON { JSONText.repair(&bytes) }
  }
}
