import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

@Suite struct ADE20KTests {
  struct Expected: Decodable {
    struct Level: Decodable {
      var classPixels: [String: Int]
      var blueValues: Int
    }
    struct Object: Decodable {
      var id: Int64
      var nameNdx: Int
      var partLevel: Int
      var ispartof: Whole
      var amodalArea: Int
    }
    /// A number or an empty list.
    struct Whole: Decodable {
      var id: Int64?
      init(from decoder: any Decoder) throws {
        id = try? decoder.singleValueContainer().decode(Int64.self)
      }
    }
    var size: [Int]
    var classPixels: [String: Int]
    var instances: Int
    var instancePixels: [Int]
    var parts: [Level]
    var objects: [Object]
  }

  private func pixels(_ regions: [Region], _ id: (Region) -> Int?) -> [String: Int] {
    Dictionary(
      regions.compactMap { region in id(region).map { ("\($0)", region.mask?.area ?? 0) } }, uniquingKeysWith: +)
  }

  @Test(.enabled(if: ReaderData.hasShared))
  func visibleObjectsAndParts() throws {
    let root = try ReaderData.sharedPath("ade20k_full")
    let expected: [String: Expected] = try ReaderData.json(root + "/expected.json")
    let dataset = try ADE20KFull(at: root)
    #expect(dataset.count == 3)
    for sample in try dataset.samples() {
      let truth = try #require(expected[sample.image.id])
      #expect([sample.image.height, sample.image.width] == truth.size)
      let objects = sample.regions.filter { $0.kind == .object }
      let found = pixels(objects) { $0.objectCategory.map { dataset.categories.objects[$0].id } }
      #expect(found == truth.classPixels.filter { $0.key != "0" })
      // Without the pixels of no instance, which come first.
      #expect(objects.compactMap { $0.mask?.area }.sorted() == truth.instancePixels.dropFirst().sorted())
      let parts = sample.regions.filter { $0.kind == .part }
      let partPixels = pixels(parts) { $0.partCategory.map { dataset.categories.parts[$0].id } }
      var expectedParts: [String: Int] = [:]
      for level in truth.parts {
        expectedParts.merge(level.classPixels.filter { $0.key != "0" }, uniquingKeysWith: +)
      }
      #expect(partPixels == expectedParts)
      #expect(parts.count == truth.parts.reduce(0) { $0 + $1.blueValues - 1 })
      #expect(parts.allSatisfy { $0.parent != nil && $0.objectCategory != nil })
      // Parts belong to objects of the classes that the JSON says.
      let codes = Dictionary(uniqueKeysWithValues: truth.objects.map { ($0.id, $0.nameNdx) })
      let pairs = truth.objects.compactMap { object in
        object.ispartof.id.map { "\(codes[$0] ?? 0) \(object.nameNdx)" }
      }
      let foundPairs = parts.map { part in
        let parent = part.parent.map { sample.regions[$0] }
        let whole =
          parent?.kind == .part
          ? parent?.partCategory.map { dataset.categories.parts[$0].id }
          : parent?.objectCategory.map { dataset.categories.objects[$0].id }
        return "\(whole ?? 0) \(part.partCategory.map { dataset.categories.parts[$0].id } ?? 0)"
      }
      #expect(Set(foundPairs) == Set(pairs))
    }
  }

  @Test(.enabled(if: ReaderData.hasShared))
  func amodalObjects() throws {
    let root = try ReaderData.sharedPath("ade20k_full")
    let expected: [String: Expected] = try ReaderData.json(root + "/expected.json")
    let dataset = try ADE20KFull(at: root, extent: .amodal)
    for sample in try dataset.samples() {
      let truth = try #require(expected[sample.image.id])
      #expect(sample.regions.count == truth.objects.count)
      for object in truth.objects {
        let region = try #require(sample.regions.first { $0.id == object.id })
        #expect(region.mask?.area == object.amodalArea)
        #expect(region.parent.map { sample.regions[$0].id } == object.ispartof.id)
        #expect((region.kind == .part) == (object.partLevel > 0))
      }
    }
  }

  /// The conversion of one photograph by the publisher.
  @Test(.enabled(if: ReaderData.hasShared))
  func conversionToSceneParsing() throws {
    let root = try ReaderData.sharedPath("ade20k_sceneparsing")
    let convert = try SceneParsingConversion(mapping: root + "/mapFromADE.txt")
    let raw = try LabelImage(contentsOf: root + "/ADE_train_00000970_raw.png")
    let challenge = try LabelImage(contentsOf: root + "/ADE_train_00000970_challenge.png")
    #expect(try convert(raw) == challenge)
  }

  @Test(.enabled(if: ReaderData.hasShared))
  func sceneParsing() throws {
    let root = try ReaderData.sharedPath("ade20k_sceneparsing")
    let dataset = try LabelFolder.sceneParsing(at: root)
    #expect(dataset.count == 3 && dataset.categories.objects.count == 150)
    #expect(dataset.categories.objects.count(where: \.isThing) == 100)
    for sample in try dataset.samples() {
      let labels = try LabelImage(contentsOf: "\(root)/annotations/\(sample.image.id).png")
      for region in sample.regions {
        #expect(region.mask?.area == labels.values.count { Int64($0) == region.id })
        #expect(region.objectCategory.map { dataset.categories.objects[$0].id } == Int(region.id))
      }
      #expect(sample.regions.reduce(0) { $0 + ($1.mask?.area ?? 0) } == labels.values.count { $0 != 0 })
    }
  }

  /// R is the category, G the number of the instance.
  @Test func instances() throws {
    let folder = try ScratchFolder()
    let pixels: [UInt8] = [4, 1, 0, 4, 1, 0, 4, 2, 0, 0, 0, 0, 20, 1, 0, 0, 0, 0]
    let png = try PNG.encode(pixels: pixels, width: 3, height: 2, format: .rgb)
    try folder.write(png, "annotations_instance/validation/ADE_val_1.png")
    let dataset = try ADE20KInstances(at: folder.path)
    let sample = try dataset.sample(at: 0)
    #expect(sample.regions.map { $0.mask?.area } == [2, 1, 1])
    #expect(sample.regions.map { $0.objectCategory.map { dataset.categories.objects[$0].id } } == [4, 20, 4])
    try folder.write(
      try PNG.encode(pixels: [101, 1, 0], width: 1, height: 1, format: .rgb),
      "annotations_instance/validation/ADE_val_1.png")
    let error = try readerFailure { try ADE20KInstances(at: folder.path).sample(at: 0) }
    #expect(error.message.contains("ADE_val_1.png") && error.message.contains("category 101"))
  }
}
