import ArgumentParser
import SemanticSAMCore
import SemanticSAMData

/// The form in which `--format` writes the masks of photographs into a folder.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case coco, yolo, labelme, masks

  /// What holds the masks of the photographs.
  /// - Throws: where the folder holds others.
  func destination(
    in folder: String, settings: RunSettings, classes: ClassList, photographs: [Photograph]
  ) throws(ModelError) -> any MaskDestination {
    let form: MaskExport.Form
    switch self {
    case .coco:
      return try COCOFile(folder: folder, settings, classes: classes)
    case .yolo: form = .yolo
    case .labelme: form = .labelme
    case .masks: form = .masks
    }
    return try MaskExport(
      form, folder: folder, settings: settings, classes: classes, photographs: photographs.map(\.path))
  }
}

/// `--format`, which makes `--output` a folder.
struct FormatOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write masks for other programs into the folder of --output: coco, yolo (polygons), labelme, or masks (PNG). The "
        + "same call again skips what is done.",
      valueName: "format"))
  var format: ExportFormat?
}
