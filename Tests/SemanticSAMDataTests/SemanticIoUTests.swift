import SemanticSAMCore
import SemanticSAMData
import Testing

struct SemanticIoUTests {
  @Test func conventionsDifferWhereNoClassIsPredicted() throws {
    // Class 0 predicted as none once, class 2 predicted although it is not in truth.
    var counter = SemanticCounter(ignoring: 255)
    try counter.add(prediction: [0, 0, 0, 255, 1, 1, 2, 0], truth: [0, 0, 0, 0, 1, 1, 1, 255])
    let plain = try counter.result()
    #expect(plain.classes.map(\.iou) == [3.0 / 4, 2.0 / 3, 0])
    #expect(plain.classes.map(\.accuracy) == [3.0 / 4, 2.0 / 3, nil])
    #expect(abs(plain.meanIoU - (3.0 / 4 + 2.0 / 3) / 2) < 1e-15)
    #expect(abs(plain.frequencyWeightedIoU - (3.0 / 4 * 4 / 7 + 2.0 / 3 * 3 / 7)) < 1e-15)
    #expect(abs(plain.pixelAccuracy - 5.0 / 7) < 1e-15)
    let reference = try counter.result(convention: .reference)
    #expect(reference.classes.map(\.iou) == [1, 2.0 / 3, 0])
    #expect(abs(reference.meanIoU - (1 + 2.0 / 3) / 3) < 1e-15)
    #expect(abs(reference.meanAccuracy - (1 + 2.0 / 3) / 2) < 1e-15)
    #expect(abs(reference.pixelAccuracy - 5.0 / 6) < 1e-15)
  }

  @Test func ignoredLabelMayLieAmongTheClasses() throws {
    var counter = SemanticCounter(ignoring: 0)
    try counter.add(prediction: [1, 2, 0, 2], truth: [1, 2, 2, 0])
    let result = try counter.result()
    #expect(result.classes.map(\.iou) == [nil, 1, 0.5])
    #expect(result.meanIoU == 0.75)
    #expect(result.confusion.labelledPixelCount == 3)
  }

  @Test func nothingLabelledGivesZeros() throws {
    var counter = SemanticCounter(ignoring: 3)
    try counter.add(prediction: [3, 3], truth: [3, 3])
    let result = try counter.result(names: ["a", "b"])
    #expect(result.meanIoU == 0 && result.pixelAccuracy == 0 && result.frequencyWeightedIoU == 0)
    #expect(result.classes.map(\.iou) == [nil, nil])
  }

  @Test func badCallsAreErrors() throws {
    var counter = SemanticCounter()
    #expect(throws: ModelError.self) { try counter.add(prediction: [1], truth: [1, 2]) }
    #expect(throws: ModelError.self) { try counter.add(prediction: [4096], truth: [1]) }
    try counter.add(prediction: [1], truth: [1])
    #expect(throws: ModelError.self) { try counter.result(names: ["a", "a"]) }
    #expect(throws: ModelError.self) { try ConfusionMatrix(rows: [[1, 2], [3]]) }
  }
}
