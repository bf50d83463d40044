import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

struct PanopticQualityTests {
  private static let categories = [
    SemanticSAMData.Category(id: 1, name: "cat"), SemanticSAMData.Category(id: 2, name: "sky", isThing: false),
  ]

  private static func quality(
    truth: [PanopticDocument.Segment], _ truthIDs: [UInt32], prediction: [PanopticDocument.Segment],
    _ predictedIDs: [UInt32], width: Int = 10
  ) throws -> PanopticQuality {
    try PanopticQuality(
      truth: PanopticDocument(
        path: "truth.json", annotations: [.init(imageID: "7", fileName: "7.png", segments: truth)],
        categories: categories),
      prediction: PanopticDocument(
        path: "prediction.json", annotations: [.init(imageID: "7", fileName: "7.png", segments: prediction)]),
      truthMap: { (_) throws(ModelError) in
        try LabelImage(width: 10, height: truthIDs.count / 10, values: truthIDs)
      },
      predictionMap: { (_) throws(ModelError) in
        try LabelImage(width: width, height: predictedIDs.count / width, values: predictedIDs)
      })
  }

  /// `evaluation/panoptic/expected.json` was made with panopticapi @ 7bb4655.
  @Test(.enabled(if: SharedData.isPresent)) func numbersAreThoseOfPanopticapi() throws {
    let folder = SharedData.path("evaluation/panoptic")
    let expected = try JSONDecoder().decode(
      PanopticQuality.self, from: Data(contentsOf: URL(filePath: folder + "/expected.json")))
    let quality = try PanopticQuality(
      truth: PanopticDocument(contentsOf: folder + "/truth.json"),
      prediction: PanopticDocument(contentsOf: folder + "/prediction.json"),
      truthMap: { (annotation) throws(ModelError) in
        try LabelImage(contentsOf: folder + "/truth/" + annotation.fileName)
      },
      predictionMap: { (annotation) throws(ModelError) in
        try LabelImage(contentsOf: folder + "/prediction/" + annotation.fileName)
      })
    for (value, expectation) in [
      (quality.all, expected.all), (quality.things, expected.things), (quality.stuff, expected.stuff),
    ] {
      #expect(value.categoryCount == expectation.categoryCount)
      #expect(abs(value.pq - expectation.pq) < 1e-12)
      #expect(abs(value.sq - expectation.sq) < 1e-12)
      #expect(abs(value.rq - expectation.rq) < 1e-12)
    }
    #expect(Set(quality.perCategory.keys) == Set(expected.perCategory.keys))
    for (id, expectation) in expected.perCategory {
      let value = try #require(quality.perCategory[id])
      #expect(value.name == expectation.name && value.isThing == expectation.isThing)
      #expect(value.truePositives == expectation.truePositives)
      #expect(value.falsePositives == expectation.falsePositives)
      #expect(value.falseNegatives == expectation.falseNegatives)
      #expect(abs(value.iouSum - expectation.iouSum) < 1e-9)
      #expect(abs(value.pq - expectation.pq) < 1e-12)
      #expect(abs(value.sq - expectation.sq) < 1e-12)
      #expect(abs(value.rq - expectation.rq) < 1e-12)
    }
    #expect(quality.imageCount == expected.imageCount)
    #expect(quality.truthSegmentCount == expected.truthSegmentCount)
    #expect(quality.crowdSegmentCount == expected.crowdSegmentCount)
    #expect(quality.predictedSegmentCount == expected.predictedSegmentCount)
  }

  @Test func halfIsNotEnough() throws {
    let ids = [UInt32](repeating: 5, count: 10) + [UInt32](repeating: 6, count: 10)
    // The prediction covers segment 5 and all of 6: IoU with 5 is exactly 1/2.
    let quality = try Self.quality(
      truth: [.init(id: 5, categoryID: 1, area: 10), .init(id: 6, categoryID: 2, area: 10)], ids,
      prediction: [.init(id: 9, categoryID: 1)], [UInt32](repeating: 9, count: 20))
    #expect(quality.perCategory["1"]?.truePositives == 0)
    #expect(quality.perCategory["1"]?.falsePositives == 1)
    #expect(quality.perCategory["1"]?.falseNegatives == 1)
    #expect(quality.perCategory["2"]?.falseNegatives == 1)
    #expect(quality.stuff.categoryCount == 1 && quality.stuff.pq == 0)
  }

  @Test func voidIsNotHeldAgainstAPrediction() throws {
    let truth = [UInt32](repeating: 0, count: 12) + [UInt32](repeating: 5, count: 8)
    let matched = try Self.quality(
      truth: [.init(id: 5, categoryID: 1, area: 8)], truth, prediction: [.init(id: 9, categoryID: 1)],
      [UInt32](repeating: 9, count: 20))
    #expect(matched.perCategory["1"]?.iouSum == 1)
    let excused = try Self.quality(
      truth: [.init(id: 5, categoryID: 1, area: 8)], truth, prediction: [.init(id: 9, categoryID: 2)],
      [UInt32](repeating: 9, count: 20))
    #expect(excused.perCategory["2"] == nil)
    #expect(excused.perCategory["1"]?.falseNegatives == 1)
  }

  @Test func onlyTheLastCrowdOfACategoryExcuses() throws {
    let truth = [UInt32](repeating: 5, count: 14) + [UInt32](repeating: 6, count: 6)
    let crowds: [PanopticDocument.Segment] = [
      .init(id: 5, categoryID: 1, area: 14, isCrowd: true), .init(id: 6, categoryID: 1, area: 6, isCrowd: true),
    ]
    let prediction: [PanopticDocument.Segment] = [.init(id: 9, categoryID: 1)]
    let ids = [UInt32](repeating: 9, count: 20)
    #expect(try Self.quality(truth: crowds, truth, prediction: prediction, ids).perCategory["1"]?.falsePositives == 1)
    let reversed = try Self.quality(truth: crowds.reversed(), truth, prediction: prediction, ids)
    #expect(reversed.perCategory.isEmpty)
    #expect(reversed.all.pq == 0 && reversed.all.categoryCount == 0)
  }

  @Test func disagreementsNameFileAndID() throws {
    let truth: [PanopticDocument.Segment] = [.init(id: 5, categoryID: 1, area: 20)]
    let ids = [UInt32](repeating: 5, count: 20)
    func message(_ prediction: [PanopticDocument.Segment], _ predictedIDs: [UInt32], width: Int = 10) throws -> String {
      let error = #expect(throws: ModelError.self) {
        try Self.quality(truth: truth, ids, prediction: prediction, predictedIDs, width: width)
      }
      #expect(error?.code == .malformedFile)
      return error?.message ?? ""
    }
    #expect(try message([], ids).contains("'7.png' has pixels of segment 5, which is not in its 'segments_info'"))
    #expect(
      try message([.init(id: 5, categoryID: 1), .init(id: 8, categoryID: 1)], ids)
        .contains("Segment 8 of the prediction '7.png' is in 'segments_info' and has no pixel"))
    #expect(try message([.init(id: 5, categoryID: 3)], ids).contains("Segment 5 of '7.png' has the category 3"))
    #expect(try message([.init(id: 5, categoryID: 1)], ids, width: 5).contains("5 x 4 pixels"))
  }

  @Test(arguments: [
    (#"{"annotations": [{"image_id": 1, "segments_info": []}]}"#, "'annotations.0.file_name' is missing"),
    (
      #"{"annotations": [{"image_id": 1, "file_name": "a", "segments_info": [{"id": 0, "category_id": 1}]}]}"#,
      "segment 0 of image 1 is not within"
    ),
    (
      #"{"annotations": [{"image_id": "x", "file_name": "a", "segments_info": [{"id": 3, "category_id": 1}, "#
        + #"{"id": 3, "category_id": 1}]}]}"#, "segment 3 stands twice in image x"
    ),
    (
      #"{"annotations": [{"image_id": 1, "file_name": "a", "segments_info": []}, "#
        + #"{"image_id": 1, "file_name": "b", "segments_info": []}]}"#, "image 1 has two annotations"
    ),
    (#"{"annotations": ["#, "record 0 of 'annotations' (byte 17) is cut off"),
    (#"{"annotations": [1]}"#, "record 0 of 'annotations' (byte 17) has a value of the wrong type"),
    (#"{"categories": []}"#, "'annotations' is missing"),
    (#"[{"image_id": 1, "file_name": "a", "segments_info": []}]"#, "'annotations' is missing"),
    (#"{"annotations": [{"file_name": "a", "segments_info": []}]}"#, "'annotations.0.image_id' is missing"),
    (#"{"annotations": [{"image_id": 1, "file_name": "a"}]}"#, "'annotations.0.segments_info' is missing"),
    (
      #"{"annotations": [{"image_id": 1, "file_name": "a", "segments_info": [{"id": 3, "category_id": 1}, "#
        + #"{"id": 4, "category_id": "cat"}]}]}"#, "'segments_info.1.category_id' of record 0 of 'annotations'"
    ),
    (
      #"{"annotations": [{"image_id": 1, "file_name": "a", "segments_info": [3]}]}"#,
      "'segments_info.0' of record 0 of 'annotations'"
    ),
    (
      #"{"annotations": [{"image_id": 1, "file_name": "a", "segments_info": [{"id": 3}]}]}"#,
      "'annotations.0.segments_info.0.category_id' is missing, which image 1 needs"
    ),
    (#"{"annotations": [], "categories": [{"id": 3, "name": "cat"}]}"#, "category 3 needs a 'name' and an 'isthing'"),
    (
      #"{"annotations": [], "categories": [{"id": 3, "name": "cat", "isthing": 1}, "#
        + #"{"id": 3, "name": "dog", "isthing": 1}]}"#, "category 3 stands twice"
    ),
  ]) func malformedDocumentsAreOneSentence(json: String, clause: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "panoptic-\(UUID().uuidString).json")
    try Data(json.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let error = #expect(throws: ModelError.self) { try PanopticDocument(contentsOf: file.path) }
    #expect(error?.code == .malformedFile)
    #expect(error?.message.contains(clause) == true)
    #expect(error?.message.contains(file.path) == true)
  }
}
