import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// What real and hostile copies show, each in a file of its own.
struct MalformedAnnotationsTests {
  private static let image = #"{"id": 7, "width": 4, "height": 3, "file_name": "a.jpg"}"#
  private static let category = #"{"id": 1, "name": "cat"}"#

  private static func annotation(_ fields: String) -> String {
    #"{"id": 5, "image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 0, "#
      + fields + "}"
  }

  private static let square = annotation(#""segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]"#)

  private static func document(
    images: String = image, annotations: String = square, categories: String = category
  ) -> String {
    #"{"images": [\#(images)], "annotations": [\#(annotations)], "categories": [\#(categories)]}"#
  }

  private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "annotations-\(UUID().uuidString).json").path
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// A broken file, and what the error says of the record and of the reason.
  private static let brokenFiles: [(text: String, record: String, reason: String)] = [
    (document(annotations: square + "," + square), "annotation 5", "twice"),
    (document(images: image + "," + image), "image 7", "twice"),
    (document(categories: category + "," + category), "category 1", "twice"),
    (document(images: ""), "annotation 5", "image 7"),
    (document(categories: ""), "annotation 5", "category 1"),
    (document(images: #"{"id": 7, "width": 0, "height": 3, "file_name": "a.jpg"}"#), "image 7", "0 x 3"),
    (document(images: #"{"id": 7, "file_name": "a.jpg"}"#), "image 7", "width"),
    (document(images: #"{"width": 1, "height": 3, "file_name": "a.jpg"}"#), "image without an id", "id"),
    (document(annotations: #"{"id": 5, "image_id": 7}"#), "annotation 5", "category_id"),
    (document(annotations: #"{"id": 5, "category_id": 1}"#), "annotation 5", "image_id"),
    (document(annotations: #"{"id": 5, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3]}"#), "record 0", "bbox"),
    (document(annotations: #"{"id": 5, "image_id": 7, "category_id": 1, "area": "big"}"#), "record 0", "area"),
    (document(annotations: #"{"id": 5.5, "image_id": 7, "category_id": 1}"#), "record 0", "'id'"),
    (document(annotations: #"{"id": 99999999999999999999, "image_id": 7, "category_id": 1}"#), "record 0", "'id'"),
    (document(annotations: "17"), "record 0", "wrong type"),
    (document(annotations: square + ","), "record 1", "JSON"),
    (document(annotations: #"{"id": 5, "area": NaN}"#), "record 0", "JSON"),
    (#"{"images": [], "annotations": [], "annotations": []}"#, "record 0", "before"),
    (#"{"images": 3}"#, "record 0", "wrong type"),
    ("{}", "'images'", "no list"), ("[]", "'images'", "no list"), (#"{"images": []}"#, "'annotations'", "no list"),
    (#"[{"image_id": 7, "category_id": 1, "score": 0.5}]"#, "annotation", "id"),
    ("", "byte 0", "cut off"),
    ("nonsense", "byte 0", "JSON"),
    (document() + "]", "byte", "JSON"),
    (document(annotations: String(repeating: "[", count: 100_000)), "record 0", "wrong type"),
    (#"{"other": \#(String(repeating: "[", count: 100_000))"#, "byte", "deeper"),
    (
      document(annotations: annotation(#""x": \#(String(repeating: "[", count: 1000))"#)), "record 0", "deeper"
    ),
  ]

  @Test(arguments: brokenFiles.indices)
  func errorsNameFileAndRecord(_ index: Int) throws {
    let (text, record, reason) = Self.brokenFiles[index]
    try withFile(text) { path in
      let error = #expect(throws: ModelError.self) { try COCOAnnotations(contentsOf: path) }
      let message = try #require(error).message
      #expect(message.contains(path))
      #expect(message.contains(record), "\(message)")
      #expect(message.contains(reason), "\(message)")
      #expect(message.hasSuffix("."))
    }
  }

  /// Cut at every byte: an error, never a part of the content.
  @Test func truncatedFilesAreRefused() throws {
    let text = Array(Self.document().utf8)
    for length in 0..<text.count {
      try withFile(String(decoding: text[..<length], as: UTF8.self)) { path in
        let error = #expect(throws: ModelError.self) { try COCOAnnotations(contentsOf: path) }
        #expect(error?.code == .malformedFile)
      }
    }
  }

  @Test(arguments: [
    (#""segmentation": {"size": [3, 5], "counts": [15]}"#, "5 x 3"),
    (#""segmentation": {"size": [3, 4], "counts": [11]}"#, "add up"),
    (#""segmentation": {"size": [3, 4], "counts": "zzz"}"#, "byte 122"),
    (#""segmentation": {"size": [3, 4], "counts": [-1, 13]}"#, "segmentation"),
    (#""segmentation": {"size": [3, 4]}"#, "segmentation"),
    (#""segmentation": [1, 2, 3]"#, "segmentation"),
    (#""segmentation": [["a", "b"]]"#, "segmentation"),
  ])
  func brokenMasksNameTheirAnnotation(_ fields: String, _ reason: String) throws {
    try withFile(Self.document(annotations: Self.annotation(fields))) { path in
      let data = try COCODataset(annotations: path, images: "/")
      let error = #expect(throws: ModelError.self) { try data.sample(at: 0) }
      let message = try #require(error).message
      #expect(message.contains(path) && message.contains("annotation 5"))
      #expect(message.contains(reason), "\(message)")
    }
  }

  @Test(arguments: [
    #""segmentation": []"#, #""segmentation": {}"#, #""segmentation": null"#, #""segmentation": [[1, 1, 2, 2]]"#,
    #""segmentation": [[], [1, 2, 3]]"#, #""category": 3"#,
  ])
  func objectsWithoutAMaskKeepTheirBox(_ fields: String) throws {
    try withFile(Self.document(annotations: Self.annotation(fields))) { path in
      let region = try #require(try COCODataset(annotations: path, images: "/").sample(at: 0).regions.first)
      #expect(region.mask == nil)
      #expect(region.box == Box(x0: 0, y0: 0, x1: 2, y1: 2))
    }
  }

  @Test func polygonsOutsideAreCutOff() throws {
    let outside = Self.annotation(#""segmentation": [[2, 1, 90, 1, 90, 90, 2, 90]]"#)
    try withFile(Self.document(annotations: outside)) { path in
      let region = try #require(try COCODataset(annotations: path, images: "/").sample(at: 0).regions.first)
      #expect(region.mask?.area == 4)
    }
  }

  /// What real copies show, beside the order of lists and of fields.
  @Test func realCopiesAreTaken() throws {
    let text =
      "\u{FEFF}\n" + #"{"annotations": [{"iscrowd": true, "segmentation": {"counts": "633", "size": [3, 4]}, "#
      + #""id": 5.0, "image_id": "x\u0079", "category_id": 1, "area": null, "unknown": {"a": ["]}\"\\"]}}],"#
      + #""info": "\\\"", "n": null, "t": true, "e": {}, "#
      + #""licenses": [{"id": 2, "name": "CC \u00e9"}], "images": [{"id": "xy", "width": 4.0, "height": 3, "#
      + #""file_name": "f/\u00e4.jpg", "license": 2}], "categories": [{"id": 1, "name": "a\/b", "isthing": 0}]}"# + "\n"
    try withFile(text) { path in
      let sample = try COCODataset(annotations: path, images: "/photographs").sample(at: 0)
      #expect(sample.image.id == "xy")
      #expect(sample.image.place == .file("/photographs/f/ä.jpg"))
      #expect(sample.licence == "CC é")
      let region = try #require(sample.regions.first)
      #expect(region.isCrowd)
      #expect(region.id == 5)
      #expect(region.mask?.area == 3)
      #expect(region.area == 3)
      #expect(region.box == region.mask?.box)
    }
  }

  @Test func brokenRecordsCanBeLeftOut() throws {
    let broken = #"{"id": 6, "image_id": 7, "category_id": 1, "bbox": "none"}"#
    let stray = #"{"id": 8, "image_id": 9, "category_id": 1}"#
    try withFile(Self.document(annotations: [broken, Self.square, stray].joined(separator: ","))) { path in
      var problems: [ModelError] = []
      let annotations = try COCOAnnotations(contentsOf: path) { problems.append($0) }
      #expect(annotations.annotations.map(\.id) == [5])
      #expect(problems.count == 2)
      #expect(problems[0].message.contains("record 0") && problems[1].message.contains("annotation 8"))
    }
  }

  /// Records of every length around the pieces in which a file is read, and one longer than a piece.
  @Test func recordsCrossThePiecesOfAFile() throws {
    var annotations: [String] = []
    for id in 0..<9000 {
      let filler =
        String(repeating: "[]\\\"{", count: id % 97) + String(repeating: "x", count: id == 4000 ? 2_500_000 : 0)
      annotations.append(
        #"{"note": "\#(filler)", "id": \#(id), "image_id": 7, "category_id": 1, "area": \#(id), "bbox": [\#(id), 0, 2, 2]}"#
      )
    }
    try withFile(Self.document(annotations: annotations.joined(separator: ", "))) { path in
      let read = try COCOAnnotations(contentsOf: path).annotations
      #expect(read.map(\.id) == (0..<9000).map(Int64.init))
      #expect(read.allSatisfy { $0.area == Double($0.id) && $0.left == Double($0.id) })
      let regions = try COCODataset(annotations: path, images: "/").sample(at: 0).regions
      #expect(regions.count == 9000)
    }
  }

  @Test func resultsOfUnknownImagesAreRefused() throws {
    try withFile(Self.document()) { path in
      let annotations = try COCOAnnotations(contentsOf: path)
      let result = #"[{"image_id": 8, "category_id": 1, "score": 0.5, "bbox": [0, 0, 1, 1]}]"#
      try withFile(result) { resultPath in
        let error = #expect(throws: ModelError.self) { try COCOResults(contentsOf: resultPath, for: annotations) }
        let message = try #require(error).message
        #expect(message.contains(resultPath) && message.contains("result 0") && message.contains("image 8"))
      }
    }
  }
}
