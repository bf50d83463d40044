import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

struct SegmentationDocumentTests {
  @Test func undefinedStabilityIsNullAndOnePromptHasNoNumber() throws {
    let mask = try Mask(width: 3, height: 2, bitmap: [0, 1, 1, 0, 1, 0])
    let candidate = Candidate(mask: mask, granularity: .whole, predictedIoU: 0.5)
    let document = SegmentationDocument(
      image: "a/b.png", checkpoint: "default", width: 3, height: 2, segmentations: [[candidate]])
    let text = String(decoding: try document.encoded(), as: UTF8.self)
    #expect(
      text
        == #"{"checkpoint":"default","height":2,"image":"a/b.png","masks":[{"area":3,"box":[1,0,2,2],"level":1,"#
        + #""objects":[],"parts":[],"predicted_iou":0.5,"segmentation":{"counts":""# + mask.runLengths.compressed
        + #"","size":[2,3]},"stability":null}],"width":3}"# + "\n")
    let two = SegmentationDocument(
      image: "", checkpoint: "", width: 3, height: 2, segmentations: [[candidate], [candidate]])
    #expect(two.masks.map(\.prompt) == [0, 1])
  }
}
