import SemanticSAMCore

/// A data set that the library knows by name, and how it is opened. The command line takes these names.
public struct DatasetDescriptor: Sendable {
  /// What the command line calls it.
  public let name: String
  /// What it is, in a few words.
  public let summary: String
  private let opener: @Sendable (Request) throws(ModelError) -> any Dataset

  /// What is asked for.
  public struct Request {
    /// The folder or file of the data set.
    public var path: String
    /// `nil` for the data set's usual one.
    public var split: String?
    /// Takes what is wrong with a single record, which is then left out; without it, reading stops there.
    public var problem: ((ModelError) -> Void)?
  }

  public init(
    name: String, summary: String, opener: @escaping @Sendable (Request) throws(ModelError) -> any Dataset
  ) {
    self.name = name
    self.summary = summary
    self.opener = opener
  }

  /// Reads the index of the data set.
  /// - Parameters:
  ///   - path: its folder, or its file where it is one.
  ///   - split: `nil` for the usual one.
  ///   - problem: takes what is wrong with a single record, which is then left out; without it, reading stops there.
  /// - Throws: `unreadableFile` or `malformedFile`, naming the file.
  public func open(
    _ path: String, split: String? = nil, problem: ((ModelError) -> Void)? = nil
  ) throws(ModelError) -> any Dataset {
    try opener(Request(path: path, split: split, problem: problem))
  }

  public static func named(_ name: String) -> DatasetDescriptor? {
    all.first { $0.name == name }
  }

  /// All that the library knows, one for each form in which a data set is published.
  public static let all: [DatasetDescriptor] =
    COCODescriptor.all.map(DatasetDescriptor.init) + segmentAnything + panoptic + ade20K + pascalPart + others

  private init(_ descriptor: COCODescriptor) {
    self.init(name: descriptor.name, summary: "JSON in the form of COCO") { request throws(ModelError) in
      try COCODataset(descriptor, at: request.path, split: request.split, problem: request.problem)
    }
  }

  private static let segmentAnything = [
    DatasetDescriptor(name: "sa1b", summary: "SA-1B, a JSON beside each photograph") { request throws(ModelError) in
      try SA1B(at: request.path, split: request.split ?? "")
    },
    DatasetDescriptor(name: "sa1b_tsv", summary: "SA-1B, tables with an index") { request throws(ModelError) in
      try SA1BTable(at: request.path)
    },
  ]

  private static let panoptic = [
    DatasetDescriptor(name: "coco_panoptic", summary: "COCO panoptic, JSON and PNG") { request throws(ModelError) in
      try COCOPanoptic(at: request.path, split: request.split ?? "val2017", problem: request.problem)
    },
    DatasetDescriptor(name: "ade20k_panoptic", summary: "SceneParsing panoptic") { request throws(ModelError) in
      try COCOPanoptic(
        at: request.path, split: request.split ?? "val", name: "ade20k_panoptic", hasHiddenSegments: true,
        problem: request.problem)
    },
  ]

  private static let ade20K = [
    DatasetDescriptor(name: "ade20k", summary: "SceneParsing, a map of 150 classes") { request throws(ModelError) in
      try LabelFolder.sceneParsing(at: request.path, split: request.split)
    },
    DatasetDescriptor(name: "ade20k_instances", summary: "SceneParsing, instances") { request throws(ModelError) in
      try ADE20KInstances(at: request.path, split: request.split ?? "validation")
    },
    DatasetDescriptor(name: "ade20k_full", summary: "ADE20K's full release with parts") { request throws(ModelError) in
      try ADE20KFull(at: request.path, split: request.split ?? "", problem: request.problem)
    },
  ]

  private static let pascalPart = PASCALPartVocabulary.allCases.map { vocabulary in
    let suffix = vocabulary == .original ? "" : "_\(vocabulary.rawValue)"
    return DatasetDescriptor(name: "pascal_part\(suffix)", summary: "PASCAL Part, MATLAB files") {
      request throws(ModelError) in
      try PASCALPart(at: request.path, split: request.split, vocabulary: vocabulary)
    }
  }

  private static let others = [
    DatasetDescriptor(name: "bsds500", summary: "BSDS500, MATLAB files") { request throws(ModelError) in
      try BSDS500(at: request.path, split: request.split ?? "val")
    },
    DatasetDescriptor(name: "clothing", summary: "Clothing Co-Parsing, label maps") { request throws(ModelError) in
      try LabelFolder(at: request.path, split: request.split ?? "val", name: "clothing", licence: "Apache-2.0")
    },
    DatasetDescriptor(name: "camvid", summary: "CamVid, label maps") { request throws(ModelError) in
      try LabelFolder.camVid(at: request.path, split: request.split ?? "val")
    },
    DatasetDescriptor(name: "folder", summary: "your own images and masks") { request throws(ModelError) in
      try LabelFolder(at: request.path, split: request.split ?? "")
    },
  ]
}
