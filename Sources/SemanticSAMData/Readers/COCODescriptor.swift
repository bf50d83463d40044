/// What sets one data set in the form of COCO apart from another: its name, where its files lie, how its categories are named.
public struct COCODescriptor: Hashable, Sendable {
  /// The name that the command line takes.
  public var name: String
  /// The split that is read where none is asked for.
  public var defaultSplit: String
  /// Where the annotations can lie below the data set's folder; `{split}` stands for the split.
  public var annotations: [String]
  /// Where images can lie; `{split}` for the split, `{file}` for the name in the annotations, `{base}` for it without its
  /// folders, `{patch}` for the last folder of it, `{synset}` for the base name up to its first underscore.
  public var images: [String]
  public var naming: CategoryNaming
  /// Base names of images that the annotations list and the published archives lack.
  public var missingImages: Set<String>
  /// Annotations without a mask are boxes by design.
  public var hasMasks: Bool

  public init(
    name: String, defaultSplit: String, annotations: [String], images: [String], naming: CategoryNaming = .objects,
    missingImages: Set<String> = [], hasMasks: Bool = true
  ) {
    self.name = name
    self.defaultSplit = defaultSplit
    self.annotations = annotations
    self.images = images
    self.naming = naming
    self.missingImages = missingImages
    self.hasMasks = hasMasks
  }

  /// All that the library knows.
  public static let all: [COCODescriptor] = [
    coco, carParts, extra, objects365, paco, pacoEgo4D, partImageNet, pascalPart,
  ]

  public static func named(_ name: String) -> COCODescriptor? {
    all.first { $0.name == name }
  }

  public static let coco = COCODescriptor(
    name: "coco", defaultSplit: "val2017", annotations: ["annotations/instances_{split}.json"],
    images: ["{split}/{file}", "images/{split}/{file}", "{file}"])

  /// Car Parts Segmentation.
  public static let carParts = COCODescriptor(
    name: "car_parts", defaultSplit: "val", annotations: ["annotations/{split}.json", "{split}/annotations.json"],
    images: ["{split}/{file}", "{split}/images/{file}", "{file}"], naming: .colon)

  /// A folder with `annotations.json` and images named relative to it; annotations can name the one that they are a part of.
  public static let extra = COCODescriptor(
    name: "extra", defaultSplit: "", annotations: ["annotations.json"], images: ["{file}", "images/{file}"],
    naming: .colon)

  /// Objects365 v1 and v2. The annotations name `images/v2/patch50/NAME`; archives unpack to `patch50/NAME`.
  public static let objects365 = COCODescriptor(
    name: "objects365", defaultSplit: "val",
    annotations: [
      "annotations/zhiyuan_objv2_{split}.json", "zhiyuan_objv2_{split}.json", "annotations/objects365_{split}.json",
      "objects365_{split}.json", "annotations/{split}.json", "{split}.json",
    ],
    images: [
      "{split}/{patch}/{base}", "images/{split}/{patch}/{base}", "{patch}/{base}", "{file}", "{split}/{file}",
      "images/{file}", "{split}/{base}", "images/{split}/{base}", "images/{base}", "{base}",
    ],
    naming: .objects365,
    missingImages: ["objects365_v2_00908726.jpg", "objects365_v1_00320532.jpg", "objects365_v1_00320534.jpg"],
    hasMasks: false)

  /// PACO on COCO's photographs. Images are named with their folder, `train2017/NAME`.
  public static let paco = COCODescriptor(
    name: "paco", defaultSplit: "val",
    annotations: [
      "annotations/paco_lvis_v1_{split}.json", "paco_lvis_v1_{split}.json",
      "annotations/paco/paco_lvis_v1_{split}.json",
    ],
    images: ["{file}", "images/{file}", "coco/{file}", "../coco/{file}", "train2017/{base}", "val2017/{base}"],
    naming: .paco)

  /// PACO on frames of Ego4D.
  public static let pacoEgo4D = COCODescriptor(
    name: "paco_ego4d", defaultSplit: "val",
    annotations: [
      "annotations/paco_ego4d_v1_{split}.json", "paco_ego4d_v1_{split}.json",
      "annotations/paco/paco_ego4d_v1_{split}.json",
    ],
    images: ["{file}", "images/{file}", "paco_frames/{file}", "{base}"], naming: .paco)

  /// PartImageNet, in the layout of its release (classes apart between the splits) and the one with shared classes.
  public static let partImageNet = COCODescriptor(
    name: "partimagenet", defaultSplit: "val",
    annotations: [
      "annotations/{split}/{split}.json", "annotations/{split}.json", "{split}.json", "{split}_format.json",
      "annotations/{split}_format.json",
    ],
    images: [
      "{split}/{synset}/{base}", "images/{split}/{synset}/{base}", "images/{split}/{base}", "train/{synset}/{base}",
      "{split}/{base}", "{split}/{file}", "images/{base}", "{synset}/{base}", "{file}",
    ],
    naming: .firstWord)

  /// PASCAL Part in its conversion to JSON; photographs of VOC2010.
  public static let pascalPart = COCODescriptor(
    name: "pascal_part_json", defaultSplit: "val",
    annotations: [
      "{split}.json", "annotations/{split}.json", "parts.json", "pascal_part_{split}.json",
    ],
    images: ["JPEGImages/{file}", "VOCdevkit/VOC2010/JPEGImages/{file}", "VOC2010/JPEGImages/{file}", "{file}"],
    naming: .colon)

  /// The places where the image can lie, below the data set's folder.
  func imagePaths(split: String, file: String) -> [String] {
    images.map { Self.filled($0, split: split, file: file) }
  }

  func annotationPaths(split: String) -> [String] {
    annotations.map { Self.filled($0, split: split, file: "") }
  }

  private static func filled(_ template: String, split: String, file: String) -> String {
    let folders = file.split(separator: "/")
    let base = folders.last.map(String.init) ?? ""
    let patch = folders.count > 1 ? String(folders[folders.count - 2]) : ""
    let synset = base.split(separator: "_").first.map(String.init) ?? ""
    return
      template
      .replacing("{split}", with: split).replacing("{file}", with: file).replacing("{base}", with: base)
      .replacing("{patch}", with: patch).replacing("{synset}", with: synset).replacing("//", with: "/")
  }
}
