import Foundation
import SemanticSAMCore
import SemanticSAMData
import Testing

/// The tiny samples of Tests/Fixtures/make_dataset_fixtures.py, in the publishers' exact layouts, opened by the names that
/// the command line takes.
@Suite struct PublishedLayoutTests {
  private static func open(_ name: String, _ folder: String, split: String? = nil) throws -> any Dataset {
    try #require(DatasetDescriptor.named(name)).open("\(ReaderData.fixtures)/\(folder)", split: split)
  }

  /// Data set, folder and number of photographs and regions.
  @Test(
    arguments: [
      ("objects365", "objects365_v1", nil, 1, 1), ("objects365", "objects365_v2", nil, 2, 2),
      ("paco", "paco_lvis", nil, 1, 2), ("partimagenet", "partimagenet_ood", nil, 1, 3),
      ("partimagenet", "partimagenet_seg", nil, 1, 3), ("sa1b", "sa1b", nil, 2, 4), ("sa1b_tsv", "sa1b_tsv", nil, 2, 4),
      ("sa1b_tsv", "sa1b_tsv_labels", nil, 2, 2), ("ade20k", "ade20k_instances", nil, 1, 2),
      ("ade20k_instances", "ade20k_instances", nil, 1, 3), ("ade20k_panoptic", "ade20k_panoptic", nil, 1, 2),
      ("ade20k_full", "ade20k_full", nil, 1, 3), ("coco_panoptic", "coco_panoptic", nil, 1, 3),
      ("pascal_part", "pascal_part", "train", 1, 4), ("coco", "coco", nil, 2, 3),
      ("pascal_part_json", "pascal_part_json", nil, 1, 2), ("camvid", "camvid", nil, 1, 2),
      ("clothing", "clothing", nil, 1, 2),
    ] as [(String, String, String?, Int, Int)])
  func nothingIsWrong(name: String, folder: String, split: String?, images: Int, regions: Int) throws {
    let dataset = try Self.open(name, folder, split: split)
    #expect(dataset.count == images)
    let verification = try Self.verify(dataset)
    #expect(verification.problems.isEmpty, "\(verification.problems)")
    #expect(verification.regions == regions)
  }

  private static func verify(_ dataset: some Dataset) throws -> DatasetVerification {
    try DatasetVerification(dataset)
  }

  /// Ids mean other categories in v1 than in v2.
  @Test func objects365() throws {
    let old = try Self.open("objects365", "objects365_v1")
    #expect(try old.sample(at: 0).regions[0].objectCategory.map { old.categories.objects[$0].name } == "lamp")
    let new = try Self.open("objects365", "objects365_v2")
    let sample = try new.sample(at: 0)
    #expect(sample.regions[0].objectCategory.map { new.categories.objects[$0].name } == "monitor/tv")
    #expect(sample.regions[0].mask == nil && sample.regions[0].box == Box(x0: -0.25, y0: 1.5, x1: 4.25, y1: 4.25))
    #expect(sample.licence == "Attribution License")
    #expect(try new.sample(at: 1).regions.map(\.isCrowd) == [true])
  }

  @Test(arguments: [("paco", "paco_lvis", 0), ("paco_ego4d", "paco_ego4d", 1)])
  func paco(name: String, folder: String, boxes: Int) throws {
    let dataset = try Self.open(name, folder)
    #expect(dataset.categories.objects.map(\.name) == ["car (automobile)", "handbag"])
    #expect(dataset.categories.parts.map(\.name) == ["wheel"])
    let sample = try dataset.sample(at: 0)
    #expect(sample.federation == Sample.Federation(absent: [35], notExhaustive: [207]))
    #expect(sample.regions.map(\.kind) == [.object, .part] + [Region.Kind](repeating: .object, count: boxes))
    #expect(sample.regions.map { $0.mask?.area } == [12, 2] + [Int?](repeating: nil, count: boxes))
    #expect(sample.regions[1].parent == 0 && sample.regions[1].objectCategory == sample.regions[0].objectCategory)
    #expect(sample.regions[0].attributes == [2, 31])
    _ = try sample.image.load()
    // A box without a mask is told as such, and nothing else is.
    let problems = try Self.verify(dataset).problems
    #expect(problems.count == boxes && problems.allSatisfy { $0.contains("annotation 3 of image 11 has no mask") })
  }

  @Test(arguments: ["partimagenet_ood", "partimagenet_seg"])
  func partImageNet(folder: String) throws {
    let dataset = try Self.open("partimagenet", folder)
    #expect(dataset.categories.objects.map(\.name) == ["car", "quadruped"])
    #expect(dataset.categories.parts.map(\.name) == ["head", "side mirror", "tire"])
    let sample = try dataset.sample(at: 0)
    #expect(sample.regions.map { $0.mask?.area } == [12, 2, 12])
    #expect(sample.regions.map(\.partCategory) == [0, 1, 2] && sample.regions.map(\.objectCategory) == [1, 0, 0])
  }

  @Test func sa1b() throws {
    let folder = try Self.open("sa1b", "sa1b").samples()
    #expect(folder.map(\.image.id) == ["sa_1", "sa_2"])
    #expect(folder.map { $0.regions.map { $0.mask?.area } } == [[2200, 416], [16, 2]])
    #expect(folder.map { $0.regions.map(\.id) } == [[100, 101], [200, 201]])
    let table = try Self.open("sa1b_tsv", "sa1b_tsv").samples()
    for (sample, other) in zip(folder, table) {
      #expect(sample.regions.map(\.mask) == other.regions.map(\.mask))
      #expect(sample.regions.map(\.points) == other.regions.map(\.points))
      #expect(try sample.image.load() == (try other.image.load()))
    }
    let labelled = try Self.open("sa1b_tsv", "sa1b_tsv_labels").samples()
    #expect(labelled.map { $0.regions.map(\.id) } == [[100], [200]])
  }

  @Test func ade20K() throws {
    let instances = try Self.open("ade20k_instances", "ade20k_instances")
    let sample = try instances.sample(at: 0)
    #expect(sample.regions.map { $0.mask?.area } == [4, 8, 4])
    #expect(
      sample.regions.map { $0.objectCategory.map { instances.categories.objects[$0].id } } == [13, 100, 13])
    let classes = try Self.open("ade20k", "ade20k_instances").sample(at: 0)
    #expect(classes.regions.map { $0.mask?.area } == [24, 24])

    // The sky lies below the bed, and the wall's area is counted anew.
    let panoptic = try Self.open("ade20k_panoptic", "ade20k_panoptic")
    let regions = try panoptic.sample(at: 0).regions
    #expect(regions.map(\.area) == [36, 12])
    #expect(regions.map { $0.objectCategory.map { panoptic.categories.objects[$0].id } } == [0, 7])
  }

  @Test func ade20KFull() throws {
    let dataset = try Self.open("ade20k_full", "ade20k_full")
    #expect(dataset.categories.objects.map(\.name) == ["car, auto, café car"])
    #expect(dataset.categories.parts.map(\.name) == ["rim", "wheel"])
    let sample = try dataset.sample(at: 0)
    #expect(sample.regions.map { $0.mask?.area } == [19, 4, 1])
    #expect(sample.regions.map(\.parent) == [nil, 0, 1])
    #expect(sample.regions.map(\.objectCategory) == [0, 0, 0])
    let amodal = try SemanticSAMData.ADE20KFull(
      at: ReaderData.fixtures + "/ade20k_full", split: "training", extent: .amodal
    ).sample(at: 0)
    #expect(amodal.regions.map { $0.mask?.area } == [20, 4, 1] && amodal.regions.map(\.id) == [0, 3, 4])
  }

  @Test func cocoPanoptic() throws {
    let dataset = try Self.open("coco_panoptic", "coco_panoptic")
    let sample = try dataset.sample(at: 0)
    #expect(sample.image.id == "139" && sample.regions.map(\.area) == [12, 16, 8])
    #expect(sample.regions.map(\.isCrowd) == [false, false, true])
    #expect(dataset.categories.objects.map(\.isThing) == [true, false])
  }
}
