import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

@Suite struct COCOPanopticTests {
  struct Document: Decodable {
    struct Annotation: Decodable {
      var imageId: Int
      var segmentsInfo: [Segment]
    }
    struct Segment: Decodable {
      var id: Int64
      var categoryId: Int
      var area: Double
      var bbox: [Double]
      var iscrowd: Int
    }
    var annotations: [Annotation]
  }

  @Test(.enabled(if: ReaderData.hasShared))
  func officialSample() throws {
    let root = try ReaderData.sharedPath("coco_panoptic_sample")
    let document: Document = try ReaderData.json(root + "/panoptic_examples.json")
    let dataset = try COCOPanoptic(at: root)
    #expect(dataset.count == 2 && dataset.categories.objects.count == 133)
    #expect(dataset.categories.objects.count(where: \.isThing) == 80)
    for (sample, truth) in zip(try dataset.samples(), document.annotations) {
      #expect(sample.image.id == "\(truth.imageId)")
      try sample.image.checkSize()
      #expect(sample.regions.map(\.id) == truth.segmentsInfo.map(\.id))
      #expect(sample.regions.map(\.area) == truth.segmentsInfo.map(\.area))
      #expect(sample.regions.map(\.isCrowd) == truth.segmentsInfo.map { $0.iscrowd == 1 })
      #expect(
        sample.regions.map { [$0.box.x0, $0.box.y0, $0.box.width, $0.box.height] } == truth.segmentsInfo.map(\.bbox))
      #expect(
        sample.regions.map { $0.objectCategory.map { dataset.categories.objects[$0].id } }
          == truth.segmentsInfo.map(\.categoryId))
    }
  }

  /// The same segments without JSON.
  @Test(.enabled(if: ReaderData.hasShared))
  func twoChannels() throws {
    let root = try ReaderData.sharedPath("coco_panoptic_sample")
    let dataset = try TwoChannelPanoptic(masks: root + "/panoptic_examples_2ch_format", images: root + "/input_images")
    for (sample, other) in zip(try dataset.samples(), try COCOPanoptic(at: root).samples()) {
      let segments = Set(sample.regions.map { [$0.mask?.runLengths.compressed, "\($0.objectCategory ?? -1)"] })
      #expect(segments == Set(other.regions.map { [$0.mask?.runLengths.compressed, "\($0.objectCategory ?? -1)"] }))
    }
  }

  /// 3 x 2 pixels: void, 1, 1 / 258, 258, 258.
  private func makeSample(_ segments: String) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let pixels: [UInt8] = [0, 0, 0, 1, 0, 0, 1, 0, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0]
    try folder.write(
      try PNG.encode(pixels: pixels, width: 3, height: 2, format: .rgb), "annotations/panoptic_val/7.png")
    try folder.write(
      """
      {"annotations": [{"image_id": 7, "file_name": "7.png", "segments_info": [\(segments)]}],
      "categories": [{"id": 3, "name": "cat", "isthing": 1}, {"id": 9, "name": "sky", "isthing": 0}]}
      """, "annotations/panoptic_val.json")
    return folder
  }

  private static let cat = #"{"id": 1, "category_id": 3, "area": 2, "iscrowd": 0}"#
  private static let sky = #"{"id": 258, "category_id": 9, "area": 3, "iscrowd": 0}"#

  @Test func identifiersOfThreeBytes() throws {
    let folder = try makeSample("\(Self.cat), \(Self.sky)")
    let sample = try COCOPanoptic(at: folder.path, split: "val").sample(at: 0)
    #expect(sample.regions.map { $0.mask?.bitmap } == [[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    #expect(sample.regions.map(\.objectCategory) == [0, 1])
  }

  @Test(arguments: [
    (cat, "the segment 258, which image 7 does not list"),
    (
      "\(cat), \(sky), {\"id\": 5, \"category_id\": 9, \"area\": 3, \"iscrowd\": 0}",
      "segment 5 of image 7 has no pixel"
    ),
    (
      "{\"id\": 1, \"category_id\": 4, \"area\": 2, \"iscrowd\": 0}, \(sky)",
      "segment 1 of image 7 has the unknown category 4"
    ),
  ])
  func errorsNameImageAndSegment(segments: String, expected: String) throws {
    let folder = try makeSample(segments)
    let error = try readerFailure { try COCOPanoptic(at: folder.path, split: "val").sample(at: 0) }
    #expect(error.message.contains("panoptic_val.json"))
    #expect(error.message.contains(expected), "\(error.message)")
  }

  /// Stuff that things were painted over is left out for ADE20K.
  @Test func hiddenSegments() throws {
    let folder = try makeSample(
      "\(Self.cat), \(Self.sky), {\"id\": 5, \"category_id\": 9, \"area\": 3, \"iscrowd\": 0}")
    let sample = try COCOPanoptic(at: folder.path, split: "val", hasHiddenSegments: true).sample(at: 0)
    #expect(sample.regions.count == 2)
  }
}
