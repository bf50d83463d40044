import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// Tiny samples in the publishers' exact layouts.
struct COCOLayoutTests {
  /// A new folder with an annotation file of the fixtures and files in the place of photographs.
  private func withFolder(
    _ fixture: String, as annotations: String, photographs: [String], _ body: (String) throws -> Void
  ) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "layout-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for path in [annotations] + photographs {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try (path == annotations ? try Data(contentsOf: Fixtures.url("annotations/\(fixture)")) : Data()).write(to: file)
    }
    try body(root.path)
  }

  private func file(_ sample: Sample, in root: String) -> String? {
    guard case .file(let path) = sample.image.place, path.hasPrefix(root + "/") else { return nil }
    return String(path.dropFirst(root.count + 1))
  }

  @Test func coco() throws {
    let photographs = ["val2017/000000397133.jpg"]
    try withFolder("coco.json", as: "annotations/instances_val2017.json", photographs: photographs) { root in
      let data = try COCODataset(.coco, at: root)
      #expect(data.count == 2)
      #expect(data.categories.objects.map(\.id) == [1, 44, 67])
      #expect(data.categories.parts.isEmpty)
      let sample = try data.sample(at: 0)
      #expect(file(sample, in: root) == photographs[0])
      #expect(sample.licence == "Licence three")
      #expect(sample.regions.map(\.id) == [82445, 119568, 900_100_397_133])
      #expect(sample.regions.map(\.isCrowd) == [false, false, true])
      #expect(sample.regions[0].mask?.box == Box(x0: 1, y0: 1, x1: 5, y1: 4))
      #expect(sample.regions[2].mask?.area == 8)
      #expect(sample.regions.map(\.objectCategory) == [1, 2, 0])
      #expect(try data.sample(at: 1).regions.isEmpty)
      let problems = data.problems(at: 1)
      #expect(problems.count == 1)
      #expect(problems.first?.message.contains("000000037777.jpg") == true)
      #expect(data.problems(at: 0).isEmpty)
      let error = #expect(throws: ModelError.self) { try data.sample(at: 2) }
      #expect(error?.code == .invalidArgument)
      #expect(throws: ModelError.self) { try COCODataset(.coco, at: root, split: "train2017") }
    }
  }

  /// The image that the archives lack is left out; boxes run out of the image; patches lie in any of the known places.
  @Test(arguments: [
    "val/patch8/objects365_v2_00420917.jpg", "images/val/patch8/objects365_v2_00420917.jpg",
    "patch8/objects365_v2_00420917.jpg", "images/v2/patch8/objects365_v2_00420917.jpg",
    "val/images/v2/patch8/objects365_v2_00420917.jpg", "val/objects365_v2_00420917.jpg",
    "objects365_v2_00420917.jpg",
  ])
  func objects365(_ photograph: String) throws {
    let annotations = "annotations/zhiyuan_objv2_val.json"
    try withFolder("objects365.json", as: annotations, photographs: [photograph]) { root in
      let data = try COCODataset(.objects365, at: root)
      #expect(data.count == 2)
      #expect(data.categories.objects.map(\.name) == ["person", "monitor/tv"])
      let sample = try data.sample(at: 0)
      #expect(file(sample, in: root) == photograph)
      let region = try #require(sample.regions.first)
      #expect(region.mask == nil)
      #expect(region.box == Box(x0: -0.25, y0: 1.5, x1: 4.25, y1: 4.25))
      #expect(region.area == 12.5)
      #expect(data.problems(at: 0).isEmpty)
      #expect(try data.sample(at: 1).regions.map(\.isCrowd) == [true])
      let reference = try COCODataset(.objects365, at: root, asReference: true)
      #expect(reference.categories.objects.map(\.name) == ["person", "moniter/tv"])
    }
  }

  @Test func paco() throws {
    let photographs = ["train2017/000000000011.jpg"]
    try withFolder("paco.json", as: "annotations/paco_lvis_v1_val.json", photographs: photographs) { root in
      let data = try COCODataset(.paco, at: root)
      #expect(data.categories.objects.map(\.name) == ["car (automobile)", "handbag"])
      #expect(data.categories.objects.map(\.id) == [207, 35])
      #expect(data.categories.parts.map(\.name) == ["wheel"])
      let sample = try data.sample(at: 0)
      #expect(file(sample, in: root) == photographs[0])
      #expect(sample.federation == Sample.Federation(absent: [35], notExhaustive: [207]))
      #expect(sample.regions.map(\.kind) == [.object, .part, .object])
      #expect(sample.regions.map(\.parent) == [nil, 0, nil])
      #expect(sample.regions.map(\.objectCategory) == [0, 0, 1])
      #expect(sample.regions[1].partCategory == 0)
      #expect(sample.regions[0].attributes == [2, 31])
      #expect(data.annotations.attributes.map(\.name) == ["blue", "striped"])
      // A box without a mask, as many frames of Ego4D have.
      #expect(sample.regions[2].mask == nil)
      #expect(data.problems(at: 0).count == 1)
      let reference = try COCODataset(.paco, at: root, asReference: true)
      #expect(reference.categories.objects.map(\.name) == ["car", "handbag"])
    }
  }

  @Test(arguments: [
    ("annotations/val/val.json", "images/val/n01440764_10026.JPEG"),
    ("val.json", "train/n01440764/n01440764_10026.JPEG"),
    ("val_format.json", "val/n01440764/n01440764_10026.JPEG"),
  ])
  func partImageNet(_ annotations: String, _ photograph: String) throws {
    try withFolder("partimagenet.json", as: annotations, photographs: [photograph]) { root in
      let data = try COCODataset(.partImageNet, at: root)
      #expect(data.categories.objects.map(\.name) == ["car", "quadruped"])
      #expect(data.categories.parts.map(\.name) == ["head", "side mirror", "tire"])
      let sample = try data.sample(at: 0)
      #expect(file(sample, in: root) == photograph)
      #expect(sample.regions.map(\.kind) == [.part, .part, .part])
      #expect(sample.regions.map(\.objectCategory) == [1, 0, 0])
      #expect(sample.regions.map(\.partCategory) == [0, 1, 2])
      // The polygons of one and two points are left out, the third one stays.
      #expect(sample.regions[2].mask?.area == 9)
      #expect(data.problems(at: 0).count == 1)
      let reference = try COCODataset(.partImageNet, at: root, asReference: true)
      #expect(reference.categories.parts.map(\.name) == ["head", "side", "tier"])
    }
  }

  @Test(.enabled(if: SharedData.isPresent)) func pascalPart() throws {
    let data = try COCODataset(.pascalPart, at: SharedData.path("datasets/pascal_part"))
    #expect(data.count == 12)
    #expect(data.categories.objects.count == 14)
    #expect(data.categories.parts.count == 30)
    #expect(data.annotations.annotations.count == 254)
    for index in 0..<data.count {
      #expect(data.problems(at: index).isEmpty)
      // The annotated boxes are a pixel short.
      for region in try data.sample(at: index).regions {
        let box = try #require(region.mask?.box)
        #expect(region.box == Box(x0: box.x0, y0: box.y0, x1: box.x1 - 1, y1: box.y1 - 1))
      }
    }
  }
}
