import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

@Suite struct LabelFolderTests {
  private func makeFolder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let photograph = try PNG.encode(pixels: [UInt8](repeating: 9, count: 18), width: 3, height: 2, format: .rgb)
    try folder.write(photograph, "images/a.png")
    try folder.write(photograph, "images/b.png")
    try folder.write(try PNG.encode(pixels: [0, 1, 1, 2, 2, 2], width: 3, height: 2, format: .gray), "masks/a.png")
    try folder.write(
      try PNG.encode(pixels: [0, 255, 0, 0, 0, 0], width: 3, height: 2, format: .gray), "masks/b/cat_1.png")
    try folder.write(try PNG.encode(pixels: [9, 9, 9, 0, 0, 0], width: 3, height: 2, format: .gray), "masks/b/2.png")
    return folder
  }

  @Test func mapsAndSingleMasks() throws {
    let folder = try makeFolder()
    let dataset = try LabelFolder(at: folder.path)
    let samples = try dataset.samples()
    #expect(samples[0].regions.map { $0.mask?.bitmap } == [[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    #expect(samples[0].regions.map(\.kind) == [.unlabelled, .unlabelled])
    #expect(samples[1].regions.map { $0.mask?.area } == [3, 1])
    #expect(samples[1].regions.map(\.kind) == [.unlabelled, .object])
    #expect(dataset.categories.objects.map(\.name) == ["cat"])
    #expect(try DatasetVerification(dataset).problems == [])
  }

  @Test(arguments: [
    ("labels.txt", "background\ncat\ndog\n"), ("labels.json", #"["background", "cat", "dog"]"#),
    ("labels.json", #"{"1": "cat", "2": "dog"}"#),
  ])
  func names(file: String, content: String) throws {
    let folder = try makeFolder()
    try folder.write(content, file)
    let dataset = try LabelFolder(at: folder.path)
    #expect(dataset.categories.objects.map(\.name) == ["cat", "dog"])
    #expect(try dataset.sample(at: 0).regions.map(\.objectCategory) == [0, 1])
    #expect(try dataset.sample(at: 1).regions.map(\.objectCategory) == [nil, 0])
  }

  @Test func splitsAboveAndBelow() throws {
    let folder = try makeFolder()
    for (from, to) in [("images", "val/images"), ("masks", "val/masks")] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/val", withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: "\(folder.path)/\(from)", toPath: "\(folder.path)/\(to)")
    }
    #expect(try LabelFolder(at: folder.path, split: "val").sample(at: 0).regions.count == 2)
  }

  @Test func everyBrokenRecordIsNamed() throws {
    let folder = try makeFolder()
    try folder.write("background\ncat\n", "labels.txt")
    try folder.write(
      try PNG.encode(pixels: [0, 0, 0, 0, 0, 0], width: 3, height: 2, format: .gray), "masks/b/empty.png")
    try folder.write(try PNG.encode(pixels: [1, 1], width: 2, height: 1, format: .gray), "masks/b/small.png")
    let photograph = try folder.bytes("images/a.png")
    try folder.write(photograph, "images/c.png")
    let result = try DatasetVerification(LabelFolder(at: folder.path))
    let expected = [
      "'\(folder.path)/masks/a.png' holds the value 2, which has no name",
      "The mask '\(folder.path)/masks/b/empty.png' is empty",
      "'\(folder.path)/masks/b/small.png' has 2 x 1 pixels, and its image 3 x 2",
      "There is no file '\(folder.path)/masks/c.png'",
    ]
    #expect(result.problems.count == expected.count)
    for (problem, text) in zip(result.problems, expected) { #expect(problem.contains(text), "\(problem)") }
  }

  /// Counts of the published label maps, taken with the decoder of labels itself.
  @Test(.enabled(if: ReaderData.hasShared), arguments: ["clothing", "camvid"])
  func published(name: String) throws {
    let root = try ReaderData.sharedPath(name)
    let dataset = try #require(DatasetDescriptor.named(name)).open(root)
    #expect(dataset.categories.objects.count == (name == "camvid" ? 11 : 58))
    for index in 0..<dataset.count {
      let sample = try dataset.sample(at: index)
      let labels = try LabelImage(contentsOf: "\(root)/val/labels/\(sample.image.id).png")
      for region in sample.regions { #expect(region.mask?.area == labels.values.count { Int64($0) == region.id }) }
    }
  }
}
