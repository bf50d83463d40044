import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

@Suite struct SA1BTests {
  struct Expected: Decodable {
    var masks: Int
    var masksAtPoint: [[Int]]
  }

  @Test(.enabled(if: ReaderData.hasShared), arguments: ["train", "val"])
  func masksUnderEachPoint(split: String) throws {
    let root = try ReaderData.sharedPath("sa1b_form")
    let expected: [String: Expected] = try ReaderData.json("\(root)/\(split)_expected.json")
    let dataset = try SA1B(at: root, split: split)
    #expect(dataset.count == expected.count)
    for sample in try dataset.samples() {
      let truth = try #require(expected[sample.image.id])
      try check(sample, truth)
      try sample.image.checkSize()
    }
  }

  private func check(_ sample: Sample, _ truth: Expected) throws {
    #expect(sample.regions.count == truth.masks)
    for (region, masks) in zip(sample.regions, truth.masksAtPoint) {
      let point = try #require(region.points.first)
      let found = sample.regions.indices.filter { place in
        sample.regions[place].mask?.contains(x: Int(point.x), y: Int(point.y)) ?? false
      }
      #expect(found == masks)
      #expect(region.area == Double(region.mask?.area ?? 0) && region.box == region.mask?.box)
    }
  }

  /// With the published index and with one made in memory, the table holds what the folder holds.
  @Test(.enabled(if: ReaderData.hasShared), arguments: [true, false])
  func table(hasIndex: Bool) throws {
    let root = try ReaderData.sharedPath("sa1b_form")
    let expected: [String: Expected] = try ReaderData.json("\(root)/train_expected.json")
    let folder = try ScratchFolder()
    try FileManager.default.copyItem(atPath: "\(root)/tsv/bsds-0.tsv", toPath: "\(folder.path)/bsds-0.tsv")
    if hasIndex {
      try FileManager.default.copyItem(atPath: "\(root)/tsv/bsds-0.lineidx", toPath: "\(folder.path)/bsds-0.lineidx")
    }
    let dataset = try SA1BTable(at: folder.path)
    #expect(dataset.count == 5)
    for sample in try dataset.samples() {
      try check(sample, try #require(expected[String(sample.image.id.dropLast(4))]))
      let image = try sample.image.load()
      #expect(image.width == sample.image.width && image.height == sample.image.height)
    }
  }

  @Test func numbersOfTables() throws {
    let folder = try ScratchFolder()
    for name in ["sa-10.tsv", "sa-2.tsv", "sa-0.tsv"] { try folder.write("name\t{}\tAAAA\n", name) }
    #expect(try SA1BTable(at: folder.path).count == 3)
    #expect(try SA1BTable(at: folder.path, numbers: 1..<10).count == 1)
    let error = try readerFailure { try SA1BTable(at: folder.path, numbers: 2..<3).sample(at: 0) }
    #expect(error.message.contains("sa-2.tsv") && error.message.contains("Line 0"))
  }

  @Test func tableErrorsNameFileAndLine() throws {
    let folder = try ScratchFolder()
    try folder.write("name\tonly two\n", "sa-0.tsv")
    var error = try readerFailure { try SA1BTable(at: folder.path).sample(at: 0) }
    #expect(error.message.contains("Line 0 of '\(folder.path)/sa-0.tsv' has 2 columns"))
    try folder.write("999999999\n", "sa-0.lineidx")
    error = try readerFailure { try SA1BTable(at: folder.path) }
    #expect(error.message.contains("Line 0 of '\(folder.path)/sa-0.lineidx'"))
    try folder.remove("sa-0.lineidx")
    try folder.write("other\t{}\n", "sa-0.label")
    try folder.write("/path/of/publisher/name.jpg\t{}\tAAAA\n", "sa-0.tsv")
    error = try readerFailure { try SA1BTable(at: folder.path).sample(at: 0) }
    #expect(error.message.contains("'name.jpg'") && error.message.contains("'other'"))
  }

  private static let record = """
    {"image": {"image_id": 1, "width": 4, "height": 3, "file_name": "sa_1.jpg"}, "annotations": [
    {"id": 11, "segmentation": {"size": [3, 4], "counts": "336"}, "bbox": [1, 0, 1, 3], "area": 3,
    "predicted_iou": 1, "stability_score": 1, "crop_box": [0, 0, 4, 3], "point_coords": [[1, 1]]}]}
    """

  @Test(arguments: [
    ("\"id\": 11", "\"id\": \"x\"", "annotations.0.id"),
    ("[3, 4]", "[4, 3]", "annotation 11 has a mask of the size [4, 3]"),
    ("\"336\"", "\"337\"", "annotation 11 has a mask that cannot be decoded"),
    ("\"336\"", "\"<\"", "annotation 11 has an empty mask"),
    ("[1, 0, 1, 3]", "[1, 0, 1]", "annotation 11 has a box of 3 numbers"),
    ("\"area\": 3,", "", "'annotations.0.area' is missing"),
    ("\"point_coords\": [[1, 1]]}]}", "", "sa_1.json"),
  ])
  func errorsNameFileAndAnnotation(old: String, new: String, expected: String) throws {
    let folder = try ScratchFolder()
    try folder.write(Self.record, "sa_1.json")
    #expect(try SA1B(at: folder.path).sample(at: 0).regions.count == 1)
    try folder.edit("sa_1.json", old, new)
    let error = try readerFailure { try SA1B(at: folder.path).sample(at: 0) }
    #expect(error.message.contains("'\(folder.path)/sa_1.json'"))
    #expect(error.message.contains(expected), "\(error.message)")
  }
}
