import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages
import Testing

/// The failures that real copies of data sets show, each made in a copy of a tiny sample; verification must name the file
/// and the record.
@Suite struct BrokenSampleTests {
  /// A failure of a copy.
  struct Case: Sendable, CustomTestStringConvertible {
    var data: String
    var folder: String
    var failure: String
    /// Parts of the sentence: the file, the record, the reason.
    var expected: [String]
    var harm: @Sendable (ScratchFolder) throws -> Void

    var testDescription: String { "\(folder): \(failure)" }

    init(
      _ data: String, _ folder: String, _ failure: String, _ expected: String...,
      harm: @escaping @Sendable (ScratchFolder) throws -> Void
    ) {
      (self.data, self.folder, self.failure, self.expected, self.harm) = (data, folder, failure, expected, harm)
    }
  }

  /// Opens a copy as `dataset verify` does, and returns all that is wrong with it.
  private func problems(_ data: String, _ folder: ScratchFolder) throws -> [String] {
    var opening: [ModelError] = []
    do {
      let split = data == "pascal_part" ? "train" : nil
      let dataset = try #require(DatasetDescriptor.named(data)).open(folder.path, split: split) { opening.append($0) }
      return try Self.verify(dataset, opening)
    } catch let error as ModelError {
      return opening.map(\.message) + [error.message]
    }
  }

  private static func verify(_ dataset: some Dataset, _ opening: [ModelError]) throws -> [String] {
    try DatasetVerification(dataset, problems: opening).problems
  }

  @Test(arguments: cases)
  func eachFailureNamesFileAndRecord(_ harmed: Case) throws {
    let folder = try ScratchFolder(copying: harmed.folder)
    let usual = try problems(harmed.data, folder)
    try harmed.harm(folder)
    let found = try problems(harmed.data, folder).filter { !usual.contains($0) }
    let sentence = found.first { sentence in harmed.expected.allSatisfy { sentence.contains($0) } }
    #expect(sentence != nil, "\(found)")
    #expect(found.allSatisfy { $0.hasSuffix(".") && !$0.contains("\n") })
  }

  private static let photograph: [(data: String, folder: String, path: String)] = [
    ("objects365", "objects365_v1", "val/obj365_val_000000000007.jpg"),
    ("objects365", "objects365_v2", "val/patch8/objects365_v2_00420917.jpg"),
    ("paco", "paco_lvis", "train2017/000000000011.jpg"),
    ("paco_ego4d", "paco_ego4d", "000cd456-ff8d-499b-b0c1-4acead128a8b_000024.jpeg"),
    ("partimagenet", "partimagenet_ood", "val/n01440764/n01440764_10026.JPEG"),
    ("partimagenet", "partimagenet_seg", "images/val/n01440764_10026.JPEG"),
    ("sa1b", "sa1b", "sa_000000/sa_2.jpg"),
    ("ade20k_instances", "ade20k_instances", "images/validation/ADE_val_00000001.jpg"),
    ("ade20k_panoptic", "ade20k_panoptic", "images/validation/ADE_val_00000001.jpg"),
    ("ade20k_full", "ade20k_full", "\(ade20K).jpg"),
    ("coco_panoptic", "coco_panoptic", "val2017/000000000139.jpg"),
    ("pascal_part", "pascal_part", "JPEGImages/2008_000001.jpg"),
    ("bsds500", "bsds500", "images/val/1.jpg"),
    ("coco", "coco", "val2017/000000397133.jpg"),
    ("pascal_part_json", "pascal_part_json", "JPEGImages/2008_000002.jpg"),
  ]

  private static let ade20K = "ADE20K_2021_17_01/images/ADE/training/urban/street/ADE_train_00000001"

  private static func gray(_ width: Int, _ height: Int, label: UInt8 = 1) throws -> [UInt8] {
    try PNG.encode(
      pixels: [UInt8](repeating: label, count: width * height), width: width, height: height, format: .gray)
  }

  /// Photographs that are missing, and such of another size.
  private static let photographs = photograph.flatMap { data, folder, path in
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return [
      Case(data, folder, "missing image", name) { try $0.remove(path) },
      Case(data, folder, "wrong image size", name, "9 x 6 pixels") { try $0.write(try gray(9, 6), path) },
    ]
  }

  /// JSON files, cut off in their middle.
  private static let truncated = [
    ("objects365", "objects365_v1", "annotations/objects365_val.json"),
    ("objects365", "objects365_v2", "annotations/zhiyuan_objv2_val.json"),
    ("paco", "paco_lvis", "annotations/paco_lvis_v1_val.json"),
    ("paco_ego4d", "paco_ego4d", "annotations/paco_ego4d_v1_val.json"),
    ("partimagenet", "partimagenet_ood", "val.json"), ("partimagenet", "partimagenet_seg", "annotations/val/val.json"),
    ("sa1b", "sa1b", "sa_000000/sa_1.json"), ("ade20k_panoptic", "ade20k_panoptic", "ade20k_panoptic_val.json"),
    ("ade20k_full", "ade20k_full", "\(ade20K).json"),
    ("coco_panoptic", "coco_panoptic", "annotations/panoptic_val2017.json"),
    ("coco", "coco", "annotations/instances_val2017.json"), ("pascal_part_json", "pascal_part_json", "val.json"),
  ].map { data, folder, path in
    Case(data, folder, "truncated JSON", path) { try $0.write(try $0.bytes(path).dropLast(90), path) }
  }

  /// PNG files of another size than the photograph.
  private static let sizes = [
    ("ade20k_instances", "ade20k_instances", "annotations_instance/validation/ADE_val_00000001.png"),
    ("ade20k", "ade20k_instances", "annotations/validation/ADE_val_00000001.png"),
    ("ade20k_full", "ade20k_full", "\(ade20K)_parts_1.png"), ("ade20k_full", "ade20k_full", "\(ade20K)_seg.png"),
    ("coco_panoptic", "coco_panoptic", "annotations/panoptic_val2017/000000000139.png"),
    ("ade20k_panoptic", "ade20k_panoptic", "ade20k_panoptic_val/ADE_val_00000001.png"),
    ("camvid", "camvid", "val/labels/1.png"), ("clothing", "clothing", "val/labels/1.png"),
  ].map { data, folder, path in
    Case(data, folder, "PNG of another size", "ADE_val_00000001", "7 x 6") { try $0.write(try gray(7, 6), path) }
      .naming(path)
  }

  private static let coco = "annotations/instances_val2017.json"
  private static let objects365 = "annotations/zhiyuan_objv2_val.json"
  private static let paco = "annotations/paco_lvis_v1_val.json"
  private static let seg = "annotations/val/val.json"
  private static let panoptic = "annotations/panoptic_val2017.json"

  /// Records of COCO's own JSON, and of the conversion of PASCAL Part.
  private static let cocoRecords = [
    Case("coco", "coco", "duplicate id", coco, "annotation 82445", "twice") {
      try $0.edit(coco, "\"id\": 119568", "\"id\": 82445")
    },
    Case("coco", "coco", "duplicate id of an image", coco, "image 397133", "twice") {
      try $0.edit(coco, "\"id\": 37777", "\"id\": 397133")
    },
    Case("coco", "coco", "unknown category", coco, "annotation 119568", "category 68") {
      try $0.edit(coco, "\"category_id\": 67", "\"category_id\": 68")
    },
    Case("coco", "coco", "unknown image", coco, "annotation 119568", "image 5") {
      try $0.edit(coco, "\"image_id\": 397133, \"bbox\": [0,", "\"image_id\": 5, \"bbox\": [0,")
    },
    Case("coco", "coco", "polygon outside", coco, "annotation 82445 of image 397133", "polygon outside") {
      try $0.edit(coco, "[1, 1, 5, 1, 5, 4, 1, 4]", "[1, 1, 50, 1, 50, 4, 1, 4]")
    },
    Case("coco", "coco", "empty segmentation", coco, "annotation 82445 of image 397133", "has no mask") {
      try $0.edit(coco, "[[1, 1, 5, 1, 5, 4, 1, 4]]", "[]")
    },
    Case("coco", "coco", "crowd of another size", coco, "annotation 900100397133", "8 x 7 pixels") {
      try $0.edit(coco, "\"size\": [6, 8]", "\"size\": [7, 8]")
    },
    Case("pascal_part_json", "pascal_part_json", "duplicate id", "val.json", "annotation 1", "twice") {
      try $0.edit("val.json", "\"id\": 2, \"image_id\"", "\"id\": 1, \"image_id\"")
    },
    Case("pascal_part_json", "pascal_part_json", "unknown category", "val.json", "annotation 2", "category 3") {
      try $0.edit("val.json", "\"category_id\": 2", "\"category_id\": 3")
    },
    Case("pascal_part_json", "pascal_part_json", "polygon outside", "val.json", "annotation 2", "polygon outside") {
      try $0.edit("val.json", "[5, 1, 7, 1, 7, 4, 5, 4]", "[5, 1, 7, 1, 7, 40, 5, 40]")
    },
    Case("pascal_part_json", "pascal_part_json", "empty segmentation", "val.json", "annotation 2", "has no mask") {
      try $0.edit("val.json", "[[5, 1, 7, 1, 7, 4, 5, 4]]", "[[]]")
    },
    Case("camvid", "camvid", "unknown category", "labels/1.png", "value 12") {
      try $0.write(try gray(8, 6, label: 12), "val/labels/1.png")
    },
    Case("clothing", "clothing", "unknown category", "labels/1.png", "value 59") {
      try $0.write(try gray(8, 6, label: 59), "val/labels/1.png")
    },
    Case("clothing", "clothing", "truncated JSON", "labels.json", "list of names") {
      try $0.write(try $0.bytes("labels.json").dropLast(5), "labels.json")
    },
  ]

  /// Records of JSON files and tables.
  private static let records = [
    Case("objects365", "objects365_v2", "duplicate id", objects365, "image 60623", "twice") {
      try $0.edit(objects365, "\"id\": 420917", "\"id\": 60623")
    },
    Case("objects365", "objects365_v2", "unknown category", objects365, "annotation 52", "category 39") {
      try $0.edit(objects365, "\"category_id\": 38", "\"category_id\": 39")
    },
    Case("objects365", "objects365_v2", "box outside", objects365, "annotation 52", "box outside the image") {
      try $0.edit(objects365, "-0.25", "-9.25")
    },
    Case("objects365", "objects365_v1", "unknown category", "objects365_val.json", "annotation 1", "category 6") {
      try $0.edit("annotations/objects365_val.json", "\"category_id\": 5", "\"category_id\": 6")
    },
    Case("paco", "paco_lvis", "duplicate id", paco, "annotation 1", "twice") {
      try $0.edit(paco, "{\"id\": 2, \"image_id\"", "{\"id\": 1, \"image_id\"")
    },
    Case("paco", "paco_lvis", "unknown category", paco, "annotation 2", "category 2001") {
      try $0.edit(paco, "\"category_id\": 2000", "\"category_id\": 2001")
    },
    Case("paco", "paco_lvis", "empty segmentation", paco, "annotation 2 of image 11", "has no mask") {
      try $0.edit(paco, "{\"size\": [6, 8], \"counts\": \"9150k0\"}", "[]")
    },
    Case("paco", "paco_lvis", "mask of another size", paco, "annotation 2", "8 x 7") {
      try $0.edit(paco, "{\"size\": [6, 8], \"counts\": \"9150k0\"}", "{\"size\": [7, 8], \"counts\": \"9150k0\"}")
    },
    Case("paco", "paco_lvis", "part of nothing", paco, "annotation 2", "part of annotation 9") {
      try $0.edit(
        paco,
        "\"obj_ann_id\": 1, \"unknown_color\": 0, \"unknown_pattern_marking\": 0, \"unknown_material\": 1, "
          + "\"unknown_transparency\": 0}]", "\"obj_ann_id\": 9}]")
    },
    Case("partimagenet", "partimagenet_seg", "polygon outside", seg, "annotation 1", "polygon outside the image") {
      try $0.edit(seg, "[1, 1, 2, 1, 2, 2, 1, 2]", "[1, 1, 2, 1, 2, 92, 1, 92]")
    },
    Case("partimagenet", "partimagenet_seg", "polygon of two points", seg, "annotation 1", "fewer than three points") {
      try $0.edit(seg, "[1, 1, 2, 1, 2, 2, 1, 2]", "[1, 1, 2, 1]")
    },
    Case("partimagenet", "partimagenet_seg", "empty segmentation", seg, "annotation 1", "has no mask") {
      try $0.edit(seg, "[[1, 1, 2, 1, 2, 2, 1, 2], [3, 1, 4, 1, 4, 2, 3, 2]]", "[]")
    },
    Case("partimagenet", "partimagenet_ood", "unknown category", "val.json", "annotation 2", "category 27") {
      try $0.edit("val.json", "{\"id\": 2, \"category_id\": 25", "{\"id\": 2, \"category_id\": 27")
    },
    Case("partimagenet", "partimagenet_ood", "duplicate id", "val.json", "category 26", "twice") {
      try $0.edit("val.json", "{\"id\": 25, \"name\"", "{\"id\": 26, \"name\"")
    },
    Case("sa1b", "sa1b", "duplicate id", "sa_2.json", "annotation 200", "twice") {
      try $0.edit("sa_000000/sa_2.json", "\"id\": 201", "\"id\": 200")
    },
    Case("sa1b", "sa1b", "empty segmentation", "sa_2.json", "annotation 201", "empty mask") {
      let text = String(decoding: try $0.bytes("sa_000000/sa_2.json"), as: UTF8.self)
      let code = try #require(text.components(separatedBy: "\"counts\": \"").last?.components(separatedBy: "\"").first)
      try $0.edit("sa_000000/sa_2.json", "\"\(code)\"", "\"`1\"")
    },
    Case("sa1b", "sa1b", "mask of another size", "sa_2.json", "annotation 200", "[8, 6]") {
      try $0.edit("sa_000000/sa_2.json", "\"size\": [6, 8]", "\"size\": [8, 6]")
    },
    Case("sa1b_tsv", "sa1b_tsv", "truncated table", "Line 1 of '", "sa-0.lineidx", "sa-0.tsv") {
      try $0.write(try $0.bytes("sa-0.tsv").dropLast(2000), "sa-0.tsv")
    },
    Case("sa1b_tsv", "sa1b_tsv", "truncated photograph", "sa-0.tsv", "image sa_2.jpg") {
      try $0.write(try $0.bytes("sa-0.tsv").dropLast(401), "sa-0.tsv")
    },
    Case("sa1b_tsv", "sa1b_tsv_labels", "labels of another table", "Line 1 of '", "sa-0.tsv", "'sa_3.jpg'") {
      try $0.edit("sa-0.label", "sa_2.jpg\t", "sa_3.jpg\t")
    },
    Case("ade20k_instances", "ade20k_instances", "unknown category", "ADE_val_00000001.png", "category 101") {
      var pixels = [UInt8](repeating: 0, count: 8 * 6 * 3)
      pixels.replaceSubrange(0..<2, with: [101, 1])
      try $0.write(
        try PNG.encode(pixels: pixels, width: 8, height: 6, format: .rgb),
        "annotations_instance/validation/ADE_val_00000001.png")
    },
    Case("ade20k_full", "ade20k_full", "duplicate id", "ADE_train_00000001.json", "object 3", "twice") {
      try $0.edit("\(ade20K).json", "\"id\": 4", "\"id\": 3")
    },
    Case("ade20k_full", "ade20k_full", "unknown class", "ADE_train_00000001_seg.png", "class 401", "instance 17") {
      try $0.edit("\(ade20K).json", "\"name_ndx\": 401", "\"name_ndx\": 402")
    },
    Case("coco_panoptic", "coco_panoptic", "unknown category", panoptic, "segment 3226956 of image 139", "category 2") {
      try $0.edit(panoptic, "\"category_id\": 1,", "\"category_id\": 2,")
    },
    Case("coco_panoptic", "coco_panoptic", "duplicate id", panoptic, "segment 3226956 stands twice in image 139") {
      try $0.edit(panoptic, "\"id\": 6979964", "\"id\": 3226956")
    },
    Case("coco_panoptic", "coco_panoptic", "unlisted segment", panoptic, "the segment 3226956", "image 139") {
      try $0.edit(panoptic, "\"id\": 3226956", "\"id\": 3226957")
    },
    Case("pascal_part", "pascal_part", "missing field of .mat", "2008_000003.mat", "part 0", "8 x 6 pixels") {
      try $0.write("2008_000003\n", "ImageSets/Main/train.txt")
    },
    Case("pascal_part", "pascal_part", "unexpected field of .mat", "2008_000002.mat", "object 0", "field 'colour'") {
      try $0.write("2008_000002\n", "ImageSets/Main/train.txt")
    },
    Case("pascal_part", "pascal_part", "unknown category", "2008_000004.mat", "object 0", "class 'unicorn'") {
      try $0.write("2008_000004\n", "ImageSets/Main/train.txt")
    },
  ]

  static let cases = photographs + truncated + sizes + cocoRecords + records
}

extension BrokenSampleTests.Case {
  /// Expects the name of a file in the sentence, in place of the first part.
  func naming(_ path: String) -> Self {
    var copy = self
    copy.expected[0] = path.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? path
    return copy
  }
}
