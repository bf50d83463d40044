import SemanticSAMCore

/// The Berkeley segmentation data set of 500 photographs, each divided into regions by several people: regions of many
/// granularities without names.
///
/// Arbelaez, Maire, Fowlkes and Malik, "Contour Detection and Hierarchical Image Segmentation", PAMI 2011. Layout:
/// `images/{train,val,test}/N.jpg`, `groundTruth/{train,val,test}/N.mat`, also below `BSDS500/data` or `data`.
public struct BSDS500: Dataset {
  public let name = "bsds500"
  public let categories = CategoryTables()
  private let images: String
  private let truth: String
  /// The numbers of the photographs, sorted as text.
  private let stems: [String]

  public var count: Int { stems.count }

  /// - Parameter split: "train", "val" or "test".
  /// - Throws: `unreadableFile` where there is no such folder.
  public init(at root: String, split: String = "val") throws(ModelError) {
    let base = Folder.first(["", "/BSDS500/data", "/data", "/BSR/BSDS500/data"].map { "\(root)\($0)/groundTruth" })
    truth = (base ?? "\(root)/groundTruth") + "/" + split
    images = String((base ?? "\(root)/groundTruth").dropLast("groundTruth".count)) + "images/" + split
    stems = try Folder.names(in: truth).filter { $0.hasSuffix(".mat") }.map(Folder.stem)
  }

  /// The regions of all annotators, those of the first one first, labels rising. The id of a region is its annotator,
  /// from 0, times 100,000 plus its label.
  /// - Throws: `malformedFile` naming file and annotator where the file is not of the form `groundTruth{k}.Segmentation`.
  public func sample(at index: Int) throws(ModelError) -> Sample {
    try checkIndex(index)
    let stem = stems[index]
    let path = "\(truth)/\(stem).mat"
    let annotators = try Self.annotators(MATFile(contentsOf: path), path: path)
    guard let first = annotators.first else {
      throw ModelError(.malformedFile, "'\(path)' has no annotator; get another copy.")
    }
    var regions: [Region] = []
    for (place, annotator) in annotators.enumerated() {
      guard annotator.dimensions == first.dimensions else {
        throw ModelError(
          .malformedFile,
          "The segmentation of annotator \(place) in '\(path)' does not have the size of the first one; get another copy."
        )
      }
      let name = "The segmentation of annotator \(place) in '\(path)'"
      guard let labels = annotator.labels else {
        throw ModelError(.malformedFile, "\(name) does not consist of whole numbers; get another copy.")
      }
      let masks = try LabelMasks(
        width: annotator.dimensions[1], height: annotator.dimensions[0], columns: labels, name: name)
      for (value, mask) in zip(masks.values, masks.masks) where value != 0 {
        regions.append(Region(id: Int64(place) * 100_000 + Int64(value), kind: .unlabelled, mask: mask))
      }
    }
    return Sample(
      image: ImageReference(
        id: stem, place: .file("\(images)/\(stem).jpg"), width: first.dimensions[1], height: first.dimensions[0]),
      regions: regions, licence: "research use; cite Arbelaez et al., PAMI 2011", source: name)
  }

  /// The segmentation of each annotator, `[height, width]`.
  private static func annotators(_ file: MATFile, path: String) throws(ModelError) -> [MATNumbers] {
    guard case .cells(let cells) = file["groundTruth"] else {
      throw ModelError(
        .malformedFile, "'\(path)' has no cell array 'groundTruth'; give the folder 'groundTruth' of BSDS500.")
    }
    var segmentations: [MATNumbers] = []
    for (place, cell) in cells.enumerated() {
      guard case .structures(let structure) = cell, structure.count == 1 else {
        throw ModelError(.malformedFile, "Annotator \(place) in '\(path)' is \(cell.kind); get another copy.")
      }
      if let unknown = structure.fields.first(where: { $0 != "Segmentation" && $0 != "Boundaries" }) {
        throw ModelError(
          .malformedFile, "Annotator \(place) in '\(path)' has the unexpected field '\(unknown)'; get another copy.")
      }
      guard case .numbers(let numbers) = structure.value("Segmentation", at: 0), numbers.dimensions.count == 2,
        numbers.count > 0
      else {
        throw ModelError(
          .malformedFile, "Annotator \(place) in '\(path)' has no matrix 'Segmentation'; get another copy.")
      }
      segmentations.append(numbers)
    }
    return segmentations
  }
}
