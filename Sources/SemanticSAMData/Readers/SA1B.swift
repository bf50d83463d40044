import SemanticSAMCore

/// SA-1B as published: `sa_N.json` beside `sa_N.jpg`, in one folder or in folders `sa_000000`, `sa_000001`, ...
///
/// Kirillov et al., "Segment Anything", ICCV 2023. Regions have no names and nest. Photographs can also lie in `images`,
/// with the same folders, or, for data in this form that were made from BSDS500, in its folder beside this one.
public struct SA1B: Dataset {
  public let name = "sa1b"
  public let categories = CategoryTables()
  private let root: String
  private let split: String
  /// Paths of the JSON files below `root`, with the split.
  private let files: [String]

  public var count: Int { files.count }

  /// - Parameter split: a folder below `root`; empty for `root` itself.
  /// - Throws: `unreadableFile` where the folder cannot be read.
  public init(at root: String, split: String = "") throws(ModelError) {
    let folder = split.isEmpty ? root : "\(root)/\(split)"
    self.root = root
    self.split = split
    let below = try Folder.files(below: folder) { $0.hasSuffix(".json") && !$0.hasSuffix("_expected.json") }
    files = split.isEmpty ? below : below.map { "\(split)/\($0)" }
  }

  /// The masks of a photograph, in the order of the file.
  /// - Throws: `unreadableFile`, or `malformedFile` naming file and annotation.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try sample(at: index, problem: nil)
  }

  public func sample(at index: Int, problem: ((ModelError) -> Void)?) throws(ModelError) -> Sample {
    try checkIndex(index)
    let path = "\(root)/\(files[index])"
    let name = "The annotation file '\(path)'"
    let record = try SA1BRecord(json: FileBytes.read(path, limit: 1 << 30), name: name)
    let folder = String(files[index].dropLast(Folder.baseName(files[index]).count))
    // The name alone: a path in the file is that of the publisher's machine.
    let image = Folder.baseName(record.image.fileName)
    let candidates = [
      "\(root)/\(folder)\(image)", "\(root)/images/\(folder)\(image)", "\(root)/../bsds500/images/\(folder)\(image)",
    ]
    return Sample(
      image: ImageReference(
        id: Folder.stem(Folder.baseName(files[index])), place: .file(Folder.first(candidates) ?? candidates[0]),
        width: record.image.width, height: record.image.height),
      regions: try record.regions(name: name, problem: problem), licence: "SA-1B Dataset Research License",
      source: self.name)
  }
}
