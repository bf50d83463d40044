import Foundation
import SemanticSAMCore
import Testing

@testable import SemanticSAMData

struct COCOMaskDocumentTests {
  private let settings = RunSettings.automatic(.init(AutomaticMaskOptions(), checksum: "abc"))

  private func mask() throws -> Candidate {
    var candidate = Candidate(
      mask: try Mask(width: 3, height: 2, bitmap: [0, 1, 1, 0, 1, 1]), granularity: .whole, predictedIoU: 0.5,
      stability: 0.25)
    candidate.point = Point(x: 1, y: 0.5)
    return candidate
  }

  private func document() throws -> COCOMaskDocument {
    var document = COCOMaskDocument(settings)
    try document.add("a.png", width: 3, height: 2, masks: [mask(), mask()])
    try document.add("b.png", width: 9, height: 2, masks: [])
    try document.add("c.png", width: 3, height: 2, masks: [mask()])
    return document
  }

  @Test func formIsThatOfCOCO() throws {
    let text = String(decoding: try document().encoded(), as: UTF8.self)
    #expect(text.hasPrefix("{\"annotations\":[{\"area\":4,\"bbox\":[1,0,2,2],\"category_id\":1,"))
    #expect(
      text.contains(
        "\"id\":3,\"image_id\":3,\"iscrowd\":0,\"level\":1,\"point_coords\":[[1,0.5]],\"predicted_iou\":0.5,"
          + "\"segmentation\":{\"counts\":\"24\",\"size\":[2,3]},\"stability_score\":0.25}"))
    #expect(text.contains("\"images\":[{\"file_name\":\"a.png\",\"height\":2,\"id\":1,\"width\":3},"))
    #expect(text.contains("\"categories\":[{\"id\":1,\"name\":\"object\"}]"))
    #expect(text.hasSuffix("}}\n"))
    #expect(String(decoding: try COCOMaskDocument(settings).encoded(), as: UTF8.self).contains("\"annotations\":[],"))
  }

  @Test func continuedDocumentIsTheSame() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write(try document().encoded(), to: path)
    var continued = try COCOMaskDocument(continuing: path, settings)
    #expect(continued.imageCount == 3 && continued.maskCount == 3)
    #expect(continued.contains("b.png") && !continued.contains("d.png"))
    #expect(try continued.encoded() == document().encoded())
    var direct = try document()
    try direct.add("d.png", width: 3, height: 2, masks: [mask()])
    try continued.add("d.png", width: 3, height: 2, masks: [mask()])
    #expect(try continued.encoded() == direct.encoded())
    #expect(throws: ModelError.self) { try continued.add("d.png", width: 3, height: 2, masks: []) }
    let others = RunSettings.automatic(.init(AutomaticMaskOptions(), checksum: "other"))
    #expect(throws: ModelError.self) { try COCOMaskDocument(continuing: path, others) }
    try AtomicFile.write(Array("{\"images\": []}".utf8), to: path)
    #expect(throws: ModelError.self) { try COCOMaskDocument(continuing: path, settings) }
  }
}
