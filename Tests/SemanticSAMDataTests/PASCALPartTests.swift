import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

@Suite struct PASCALPartTests {
  struct Expected: Decodable {
    struct Object: Decodable {
      enum CodingKeys: String, CodingKey {
        case name = "className"
        case area = "maskArea"
        case parts
      }
      var name: String
      var area: Int
      var parts: [Part]
    }

    struct Part: Decodable {
      var name: String
      var area: Int

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        name = try list.decode(String.self)
        area = try list.decode(Int.self)
      }
    }

    var size: [Int]
    var objects: [Object]
  }

  /// expected.json was read from the .mat files with SciPy.
  @Test(.enabled(if: ReaderData.hasShared))
  func originalNamesAndAreas() throws {
    let root = try ReaderData.sharedPath("pascal_part")
    let expected: [String: Expected] = try ReaderData.json(root + "/expected.json")
    let dataset = try PASCALPart(at: root)
    #expect(dataset.count == expected.count)
    for sample in try dataset.samples() {
      let truth = try #require(expected[sample.image.id])
      #expect([sample.image.height, sample.image.width] == truth.size)
      var regions = sample.regions[...]
      for object in truth.objects {
        let next = regions.popFirst()
        let region = try #require(next)
        #expect(region.kind == .object && region.mask?.area == object.area)
        #expect(dataset.categories.objects[try #require(region.objectCategory)].name == object.name)
        for part in object.parts {
          let next = regions.popFirst()
          let region = try #require(next)
          #expect(region.kind == .part && region.mask?.area == part.area)
          let plain = part.name.prefix { $0 != "_" }
          #expect(dataset.categories.parts[try #require(region.partCategory)].name == plain)
          #expect(region.parent.map { sample.regions[$0].kind } == .object)
        }
      }
      #expect(regions.isEmpty)
    }
  }

  struct Conversion: Decodable {
    struct Image: Decodable {
      var id: Int
      var fileName: String
    }
    struct Annotation: Decodable {
      var imageId: Int
      var categoryId: Int
      var bbox: [Double]
    }
    struct Category: Decodable {
      var id: Int
      var name: String
    }
    var images: [Image]
    var annotations: [Annotation]
    var categories: [Category]
  }

  /// parts.json has the 93 categories by the rule of VLPart's conversion, whose boxes are one pixel short.
  @Test(.enabled(if: ReaderData.hasShared))
  func conversionTo93() throws {
    let root = try ReaderData.sharedPath("pascal_part")
    let expected: Conversion = try ReaderData.json(root + "/parts.json")
    let names = Dictionary(uniqueKeysWithValues: expected.categories.map { ($0.id, $0.name) })
    let dataset = try PASCALPart(at: root, vocabulary: .parts93)
    var found = 0
    for sample in try dataset.samples() {
      let image = expected.images.first { $0.fileName == sample.image.id + ".jpg" }
      let truth = expected.annotations.filter { $0.imageId == image?.id }.map { annotation in
        let box = annotation.bbox
        return "\(names[annotation.categoryId] ?? "") \([box[0], box[1], box[0] + box[2] + 1, box[1] + box[3] + 1])"
      }
      let parts = try sample.regions.filter { $0.kind == .part }.map { region in
        let object = dataset.categories.objects[try #require(region.objectCategory)].name
        let part = dataset.categories.parts[try #require(region.partCategory)].name
        let box = region.box
        return "\(object):\(part) \([box.x0, box.y0, box.x1, box.y1])"
      }
      #expect(parts.sorted() == truth.sorted())
      found += parts.count
    }
    #expect(found == 254)
  }

  struct List: Decodable {
    struct Entry: Decodable {
      var parent: String
      var part: String
    }
    var categories: [Entry]
  }

  @Test(
    .enabled(if: ReaderData.hasShared),
    arguments: [
      (PASCALPartVocabulary.parts93, "pascal_part_93", [String]()),
      (.parts116, "pascal_part_116", []),
      // What has no region of its own.
      (.groups57, "pascal_part_57", ["boat", "chair", "table", "sofa", "frame"]),
    ])
  func vocabulariesOfTheLiterature(
    vocabulary: PASCALPartVocabulary, file: String, without: [String]
  ) throws {
    let shared = try #require(ReaderData.shared)
    let list: List = try ReaderData.json("\(shared)/../categories/\(file).json")
    let expected = Set(list.categories.filter { !without.contains($0.part) }.map { "\($0.parent):\($0.part)" })
    var names: Set<String> = []
    for (object, parts) in PASCALPartVocabulary.published {
      for part in parts {
        if let name = vocabulary.name(object: object, part: part) { names.insert("\(name.object):\(name.part)") }
      }
    }
    #expect(names == expected)
  }

  @Test(.enabled(if: ReaderData.hasShared))
  func groupsAreOneRegion() throws {
    let dataset = try PASCALPart(at: try ReaderData.sharedPath("pascal_part"), vocabulary: .groups57)
    for sample in try dataset.samples() {
      let keys = sample.regions.filter { $0.kind == .part }.map { "\($0.parent ?? -1) \($0.partCategory ?? -1)" }
      #expect(Set(keys).count == keys.count)
    }
  }
}
