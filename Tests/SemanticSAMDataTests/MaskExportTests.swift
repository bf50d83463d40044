import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@testable import SemanticSAMData

/// Labels for other programs, read back by rules that this library does not share.
struct MaskExportTests {
  /// Two pieces, one with two holes, which meets itself at a corner; and a piece of one pixel at the edge.
  private static let picture = [
    "11111110000000",
    "10001010000000",
    "10101110001100",
    "10001110011110",
    "11111110001100",
    "00000001000001",
  ]

  private func mask(_ rows: [String] = picture) throws -> Mask {
    try Mask(width: rows[0].count, height: rows.count, bitmap: rows.joined().utf8.map { $0 - 48 })
  }

  private func candidate(_ name: String? = nil, _ rows: [String] = picture) throws -> Candidate {
    Candidate(
      mask: try mask(rows), granularity: .whole, predictedIoU: 0.5, stability: 0.25,
      displayName: name.map { Label(name: $0, probability: 0.9) })
  }

  private func classes() throws -> ClassList {
    func table(_ names: [String]) throws -> Vocabulary.Table {
      try Vocabulary.Table(names: names, embeddings: Tensor([1, 0, 0, 1], shape: [2, 2]))
    }
    return ClassList(Vocabulary(objects: try table(["cat", "dog"]), parts: try table(["tail", "dog"])))
  }

  private let settings = RunSettings.prompted(
    .init([.point(1, 2)], levels: [.whole], longEdge: nil, checksum: "abc"))

  /// The pixels whose centres lie inside a ring, by the even-odd rule.
  private func filled(_ ring: [SIMD2<Double>], width: Int, height: Int) -> [UInt8] {
    var bitmap = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        let (px, py) = (Double(x) + 0.5, Double(y) + 0.5)
        for (a, b) in zip(ring, ring.dropFirst() + ring.prefix(1)) where (a.y > py) != (b.y > py) {
          if px < a.x + (py - a.y) / (b.y - a.y) * (b.x - a.x) { bitmap[y * width + x] ^= 1 }
        }
      }
    }
    return bitmap
  }

  private func points(_ numbers: [Double]) -> [SIMD2<Double>] {
    stride(from: 0, to: numbers.count, by: 2).map { SIMD2(numbers[$0], numbers[$0 + 1]) }
  }

  @Test func classesAreNumberedFromObjectOn() throws {
    let classes = try classes()
    #expect(classes.names == ["object", "cat", "dog", "tail"])
    #expect(try [nil, "cat", "dog", "tail", "whale"].map { classes.place(of: try candidate($0)) } == [0, 1, 2, 3, 0])
    #expect(ClassList(nil).names == ["object"])
  }

  /// A line is one mask, holes and pieces included.
  @Test func linesOfYOLOFillToTheMask() throws {
    let empty = ["00", "00"]
    let whole = ["111", "111"]
    let text = try YOLODocument(
      [candidate("dog"), candidate(nil, empty), candidate(nil, whole)], classes: classes()
    ).text
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.count == 2 && text.hasSuffix("\n"))
    #expect(lines[0][0] == "2" && lines[1] == ["0", "0", "0", "1", "0", "1", "1", "0", "1"])
    let numbers = lines[0].dropFirst().compactMap { Double($0) }
    #expect(numbers.count == lines[0].count - 1 && numbers.allSatisfy { (0...1).contains($0) })
    let ring = points(numbers).map { $0 * SIMD2(14, 6) }
    #expect(try filled(ring, width: 14, height: 6) == mask().bitmap)
  }

  @Test func randomMasksComeBackFromYOLO() throws {
    var generator = SystemRandomNumberGenerator()
    for density in [1, 3, 5, 9] {
      let bitmap = (0..<23 * 17).map { _ in UInt8(Int.random(in: 0..<10, using: &generator) < density ? 1 : 0) }
      let mask = try Mask(width: 23, height: 17, bitmap: bitmap)
      let candidate = Candidate(mask: mask, granularity: .whole, predictedIoU: 1)
      let line = try YOLODocument([candidate], classes: ClassList(nil)).text
      guard !mask.isEmpty else { continue }
      let ring = points(line.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Double($0) })
      #expect(filled(ring.map { $0 * SIMD2(23, 17) }, width: 23, height: 17) == bitmap)
    }
  }

  @Test func decimalsAreShort() {
    #expect(
      [0, 1, 0.5, 1 / 3, 1e-9, 0.0625].map(YOLODocument.decimal) == ["0", "1", "0.5", "0.3333333", "0", "0.0625"])
  }

  private struct LabelMeFile: Decodable {
    struct Shape: Decodable {
      var label: String
      var points: [[Double]]
      var groupID: Int?
      var shapeType: String
      var flags: [String: Bool]

      enum CodingKeys: String, CodingKey {
        case label, points, flags
        case groupID = "group_id"
        case shapeType = "shape_type"
      }
    }

    var version: String
    var flags: [String: Bool]
    var shapes: [Shape]
    var imagePath: String
    var imageHeight: Int
    var imageWidth: Int
  }

  /// A shape is one piece; the pieces of a mask have one group.
  @Test func shapesOfLabelMeFillToTheMask() throws {
    let bytes = try LabelMeDocument(
      [candidate(nil, ["10"]), candidate("tail")], classes: classes(), imagePath: "../a.png", width: 14, height: 6
    ).encoded()
    let file = try JSONDecoder().decode(LabelMeFile.self, from: Data(bytes))
    #expect(String(decoding: bytes, as: UTF8.self).contains("\"imageData\":null"))
    #expect(String(decoding: bytes, as: UTF8.self).contains("\"group_id\":null"))
    #expect(file.imagePath == "../a.png" && file.imageWidth == 14 && file.imageHeight == 6)
    #expect(file.shapes.map(\.label) == ["object"] + Array(repeating: "tail", count: file.shapes.count - 1))
    #expect(file.shapes[0].groupID == nil && file.shapes.dropFirst().allSatisfy { $0.groupID == 1 })
    #expect(file.shapes.allSatisfy { $0.shapeType == "polygon" && $0.points.count >= 4 })
    var bitmap = [UInt8](repeating: 0, count: 14 * 6)
    for shape in file.shapes.dropFirst() {
      let piece = filled(shape.points.map { SIMD2($0[0], $0[1]) }, width: 14, height: 6)
      for (place, value) in piece.enumerated() {
        #expect(bitmap[place] & value == 0)
        bitmap[place] |= value
      }
    }
    #expect(try bitmap == mask().bitmap)
    // Pieces that meet at a corner lie apart, as in `Mask.polygons`.
    #expect(file.shapes.count == 1 + 5)
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    for name in ["a.png", "b.jpg", "c.png"] { try Data().write(to: url.appending(path: name)) }
    try body(url.path)
  }

  private func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  @Test(arguments: MaskExport.Form.allCases) func aRunGoesOnWhereAnotherEnded(form: MaskExport.Form) throws {
    try withFolder { folder in
      let photographs = ["a.png", "b.jpg", "c.png"].map { folder + "/" + $0 }
      func export() throws -> MaskExport {
        try MaskExport(
          form, folder: folder + "/out", settings: settings, classes: classes(), photographs: photographs)
      }
      var first = try export()
      #expect(names(folder + "/out").isEmpty && !first.contains(photographs[0]))
      try first.add(photographs[0], width: 14, height: 6, masks: [candidate("dog"), candidate()])
      try first.add(photographs[1], width: 14, height: 6, masks: [])
      #expect(first.maskCount == 2)
      let second = try export()
      #expect(photographs.map(second.contains) == [true, true, false])
      let expected =
        switch form {
        case .yolo: ["a.txt", "b.txt", "classes.txt", "semantic-sam.json"]
        case .labelme: ["a.json", "b.json", "semantic-sam.json"]
        case .masks: ["a", "b", "semantic-sam.json"]
        }
      #expect(names(folder + "/out") == expected)
      let other = RunSettings.prompted(.init([.point(1, 3)], levels: nil, longEdge: nil, checksum: "abc"))
      #expect(throws: ModelError.self) {
        try MaskExport(form, folder: folder + "/out", settings: other, classes: classes(), photographs: photographs)
      }
      if form == .labelme {
        let bytes = try Data(contentsOf: URL(filePath: folder + "/out/a.json"))
        #expect(try JSONDecoder().decode(LabelMeFile.self, from: bytes).imagePath == "../a.png")
      }
    }
  }

  @Test func picturesOfMasksAreReadBack() throws {
    try withFolder { folder in
      var export = try MaskExport(
        .masks, folder: folder, settings: settings, classes: classes(), photographs: [folder + "/a.png"])
      try export.add(folder + "/a.png", width: 14, height: 6, masks: [candidate("dog"), candidate(nil, ["01"])])
      #expect(names(folder + "/a") == ["000.png", "001.png", "masks.csv"])
      let image = try Image(contentsOf: folder + "/a/000.png")
      let gray = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
      #expect(try gray == mask().bitmap.map { $0 * 255 })
      let table = try String(contentsOfFile: folder + "/a/masks.csv", encoding: .utf8).split(separator: "\n")
      let area = try mask().area
      #expect(table.count == 3 && table[1] == "000.png,dog,1,0.5,0.25,\(area),0,0,14,6")
      #expect(table[2] == "001.png,object,1,0.5,0.25,1,1,0,1,1")
    }
  }

  @Test func whatIsNotFromHereIsLeftAlone() throws {
    try withFolder { folder in
      func export(_ form: MaskExport.Form, _ names: String...) throws {
        _ = try MaskExport(
          form, folder: folder, settings: settings, classes: classes(), photographs: names.map { folder + "/" + $0 })
      }
      #expect(throws: ModelError.self) { try export(.yolo, "a.png", "a.jpg") }
      #expect(throws: ModelError.self) { try export(.yolo, "classes.png") }
      #expect(throws: ModelError.self) { try export(.labelme, "semantic-sam.png") }
      try export(.yolo, "a.png")
      try Data("mine".utf8).write(to: URL(filePath: folder + "/a.txt"))
      #expect(throws: ModelError.self) { try export(.yolo, "a.png") }
      try export(.yolo, "b.jpg")
      try Data("mine".utf8).write(to: URL(filePath: folder + "/classes.txt"))
      #expect(throws: ModelError.self) { try export(.yolo, "b.jpg") }
      #expect(names(folder) == ["a.png", "a.txt", "b.jpg", "c.png", "classes.txt"])
    }
  }

  @Test func pathsLeadFromTheFolderToThePhotograph() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/x/y", withIntermediateDirectories: true)
      #expect(MaskExport.relative(folder + "/a.png", from: folder) == "a.png")
      #expect(MaskExport.relative(folder + "/a.png", from: folder + "/x/../x/y") == "../../a.png")
    }
  }
}
