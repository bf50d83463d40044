import Foundation
import SemanticSAMCore
import SemanticSAMImages
import Testing

@testable import SemanticSAMData

/// Files of recognised regions, read back by the readers of their forms.
struct RecognitionWriterTests {
  private static func region(_ rows: [String], _ name: String, score: Float? = 0.5) throws -> NamedRegion {
    let bitmap = rows.joined().map { $0 == "#" ? UInt8(1) : 0 }
    return NamedRegion(
      mask: try Mask(width: rows[0].count, height: rows.count, bitmap: bitmap), name: name, category: 0, isThing: true,
      score: score)
  }

  private struct Features: Decodable {
    struct Feature: Decodable {
      struct Geometry: Decodable {
        var type: String
        var coordinates: [[[[Double]]]]
      }

      struct Properties: Decodable {
        var name: String
        var area: Int
      }

      var geometry: Geometry
      var properties: Properties
    }

    var type: String
    var features: [Feature]
  }

  /// Twice the signed area of a ring.
  private static func doubledArea(_ ring: [[Double]]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) { $0 + $1.0[0] * $1.1[1] - $1.1[0] * $1.0[1] }
  }

  @Test func polygonsCloseAndHaveTheirHoles() throws {
    let ring = try Self.region(["######..", "#....#..", "#.##.#..", "#....#.#", "######.#"], "ring")
    var document = PolygonDocument()
    document.add([ring, try Self.region(["........"], "nothing")], image: "a.png")
    let read = try JSONDecoder().decode(Features.self, from: Data(document.encoded()))
    #expect(read.type == "FeatureCollection" && read.features.count == 1)
    let polygons = read.features[0].geometry.coordinates
    #expect(read.features[0].geometry.type == "MultiPolygon" && polygons.count == 3)
    #expect(polygons.map(\.count).sorted() == [1, 1, 2])
    for ring in polygons.joined() { #expect(ring.first == ring.last && ring.count > 4) }
    let area = polygons.joined().reduce(0) { $0 + Self.doubledArea($1) / 2 }
    #expect(abs(area) == Double(ring.mask.area))
    #expect(read.features[0].properties.area == ring.mask.area)
  }

  @Test func resultsAreReadByTheEvaluation() throws {
    let region = try Self.region(["..##", ".###", "...."], "cat")
    var writer = COCOResultsWriter()
    writer.add(mask: region.mask, box: region.mask.box, category: 17, name: "cat", score: 0.75, imageID: 9)
    struct Record: Decodable {
      struct Code: Decodable {
        var size: [Int]
        var counts: String
      }

      var imageID: Int64
      var categoryID: Int
      var score: Double
      var bbox: [Double]
      var segmentation: Code

      enum CodingKeys: String, CodingKey {
        case score, bbox, segmentation
        case imageID = "image_id"
        case categoryID = "category_id"
      }
    }
    let records = try JSONDecoder().decode([Record].self, from: Data(writer.encoded()))
    #expect(writer.count == 1 && records.count == 1)
    #expect(records[0].imageID == 9 && records[0].categoryID == 17 && records[0].score == 0.75)
    #expect(records[0].bbox == [1, 0, 3, 2])
    #expect(records[0].segmentation.size == [3, 4])
    #expect(records[0].segmentation.counts == region.mask.runLengths.compressed)
  }

  @Test(arguments: CategoryNames.builtIn.map(\.name))
  func builtInListsHaveNames(_ name: String) throws {
    let known = try #require(CategoryNames.builtIn.first { $0.name == name })
    let list = try CategoryNames(known.list)
    #expect(!list.objects.isEmpty || !list.parts.isEmpty)
    for entries in [list.objects, list.parts] {
      #expect(Set(entries.map(\.name)).count == entries.count)
      #expect(entries.allSatisfy { !$0.name.isEmpty && !$0.text.isEmpty })
    }
    if name == "coco" { #expect(list.objects.count == 133 && list.objects.count { $0.isThing } == 80) }
    if name == "pascal-part" { #expect(!list.parts.isEmpty && list.parts.allSatisfy { $0.name.contains(":") }) }
  }

  @Test func filesOfNamesAreRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func list(_ text: String) throws -> CategoryNames {
      let file = folder.appending(path: "names.json")
      try Data(text.utf8).write(to: file)
      return try CategoryNames(contentsOf: file.path())
    }
    #expect(try list("[\"cat\", \"dog\"]").objects.map(\.id) == [1, 2])
    let names = try list("{\"objects\": [\"cat\"], \"stuff\": [\"sky\"], \"parts\": [\"cat:tail\"]}")
    #expect(names.objects.map(\.isThing) == [true, false])
    #expect(names.parts[0].name == "cat:tail" && names.parts[0].text == "cat tail")
    for text in ["{}", "[]", "[\"cat\", \"cat\"]", "[\"\"]", "{\"objects\": 3}", "not JSON"] {
      #expect(throws: ModelError.self) { try list(text) }
    }
  }
}
