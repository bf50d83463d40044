import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// The fixtures of Tests/Fixtures/make_dataset_fixtures.py.
@Suite struct BrokenMATLABTests {
  @Test func tinyPASCALPart() throws {
    let dataset = try PASCALPart(at: ReaderData.fixtures + "/pascal_part", split: "train")
    #expect(dataset.count == 1)
    let sample = try dataset.sample(at: 0)
    #expect(sample.image.id == "2008_000001" && sample.image.width == 8 && sample.image.height == 6)
    #expect(sample.regions.map(\.kind) == [.object, .part, .part, .object])
    #expect(sample.regions.map { $0.mask?.area } == [16, 2, 4, 2])
    #expect(sample.regions.map(\.parent) == [nil, 0, 0, nil])
    #expect(sample.regions[1].box == Box(x0: 1, y0: 3, x1: 2, y1: 5))
    _ = try sample.image.load()
  }

  @Test(arguments: [
    ("2008_000002", "'parts' of object 0 has the unexpected field 'colour'"),
    ("2008_000003", "the mask of part 0 ('lfleg') of object 0 is not 8 x 6 pixels"),
    ("2008_000004", "object 0 is of the unknown class 'unicorn'"),
    ("2008_000005", "the mask of object 0 is text"),
    ("2008_000006", "part 0 of object 0, a cat, has the unknown name 'antenna'"),
  ])
  func brokenPASCALPart(name: String, expected: String) throws {
    let dataset = try PASCALPart(at: ReaderData.fixtures + "/pascal_part")
    let index = try #require(Int(name.suffix(1))) - 1
    let error = try readerFailure { try dataset.sample(at: index) }
    #expect(error.message.contains("\(name).mat"))
    #expect(error.message.contains(expected), "\(error.message)")
  }

  @Test func tinyBSDS500() throws {
    let sample = try BSDS500(at: ReaderData.fixtures + "/bsds500").sample(at: 0)
    #expect(sample.regions.map(\.id) == [1, 2, 100_001])
    #expect(sample.regions.map { $0.mask?.area } == [24, 24, 48])
  }

  @Test(arguments: [
    (1, "Annotator 0", "unexpected field 'Author'"),
    (2, "annotator 1", "does not have the size"),
    (3, "annotator 1", "whole numbers"),
  ])
  func brokenBSDS500(index: Int, record: String, expected: String) throws {
    let error = try readerFailure { try BSDS500(at: ReaderData.fixtures + "/bsds500").sample(at: index) }
    #expect(error.message.contains("\(index + 1).mat") && error.message.contains(record))
    #expect(error.message.contains(expected), "\(error.message)")
  }

  @Test func filesThatAreNoMATLAB() throws {
    let folder = try ScratchFolder(copying: "bsds500")
    let file = "groundTruth/val/1.mat"
    let whole = try folder.bytes(file)
    for count in [0, 100, 128, 140, whole.count - 1] {
      try folder.write(whole.prefix(count), file)
      let error = try readerFailure { try BSDS500(at: folder.path).sample(at: 0) }
      #expect(error.message.contains("1.mat"))
    }
    var header = whole
    header.replaceSubrange(124..<128, with: [0, 2, UInt8(ascii: "I"), UInt8(ascii: "M")])
    try folder.write(header, file)
    #expect(try readerFailure { try BSDS500(at: folder.path).sample(at: 0) }.code == .unsupported)
  }

  @Test func missingPhotographAndWrongSize() throws {
    let folder = try ScratchFolder(copying: "bsds500")
    for name in ["2", "3", "4"] { try folder.remove("groundTruth/val/\(name).mat") }
    #expect(try DatasetVerification(BSDS500(at: folder.path)).problems == [])
    try folder.write(try folder.bytes("images/val/2.jpg").prefix(300), "images/val/1.jpg")
    var problems = try DatasetVerification(BSDS500(at: folder.path)).problems
    #expect(problems.count == 1 && problems.first?.contains("images/val/1.jpg") == true)
    try folder.remove("images/val/1.jpg")
    problems = try DatasetVerification(BSDS500(at: folder.path)).problems
    #expect(problems.count == 1 && problems.first?.contains("images/val/1.jpg") == true)
  }
}
