import SemanticSAMCore
import SemanticSAMImages

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder of masks, one file a photograph (or one folder of pictures a photograph), in a form that other programs read.
///
/// A photograph's file or folder appears as a whole, so what is there is done, and a later run goes on with the rest. The file
/// `semantic-sam.json` says what made the masks; another run with other settings is refused.
public struct MaskExport: Sendable {
  public enum Form: String, CaseIterable, Sendable {
    /// `NAME.txt` for each photograph (``YOLODocument``), and `classes.txt`.
    case yolo
    /// `NAME.json` for each photograph (``LabelMeDocument``).
    case labelme
    /// `NAME/000.png`, ... for each photograph, 255 inside and 0 outside, and `NAME/masks.csv`.
    case masks
  }

  private static let settingsName = "semantic-sam.json"
  private static let classesName = "classes.txt"

  public let form: Form
  public let folder: String
  private let settings: [UInt8]
  private let classes: ClassList
  private var isBegun = false
  /// Masks that were added.
  public private(set) var maskCount = 0

  private struct SettingsFile: Encodable {
    var form: String
    var settings: RunSettings
  }

  /// Looks at the folder, which need not be there, and changes nothing.
  /// - Parameter photographs: those to come, by their paths.
  /// - Throws: `invalidArgument` where two photographs would give one file, or the folder holds masks of other settings, or
  ///   files of the photographs' names that did not come from here; `unreadableFile`.
  public init(
    _ form: Form, folder: String, settings: RunSettings, classes: ClassList, photographs: [String]
  ) throws(ModelError) {
    self.form = form
    self.folder = folder
    self.classes = classes
    self.settings = try JSONLine.encode(SettingsFile(form: form.rawValue, settings: settings))
    var owners: [String: String] = [:]
    if form != .masks { owners[path(Self.settingsName)] = "the settings" }
    if form == .yolo { owners[path(Self.classesName)] = "the list of classes" }
    for photograph in photographs {
      let path = destination(photograph)
      if let owner = owners[path] {
        throw ModelError(
          .invalidArgument,
          "The masks of '\(photograph)' would be written to '\(path)', which is that of \(owner); rename the photograph."
        )
      }
      owners[path] = "'\(photograph)'"
    }
    let settingsPath = path(Self.settingsName)
    if Folder.exists(settingsPath) {
      guard try FileBytes.read(settingsPath, limit: 1 << 28) == self.settings else {
        throw ModelError(
          .invalidArgument,
          "The masks in '\(folder)' were made with other weights, options or another format; repeat those or give another "
            + "folder.")
      }
      isBegun = true
    } else if let other = ([Self.classesName].filter { _ in form == .yolo }.map(path) + photographs.map(destination))
      .first(where: Folder.exists)
    {
      throw ModelError(
        .invalidArgument, "'\(other)' is there already and was not made by this command; give another folder.")
    }
  }

  /// Whether the masks of a photograph are there.
  public func contains(_ photograph: String) -> Bool { isBegun && Folder.exists(destination(photograph)) }

  /// Writes the masks of a photograph of the given path and size.
  /// - Throws: `unreadableFile` where that cannot be done; `invalidArgument` where a number is not finite.
  public mutating func add(_ photograph: String, width: Int, height: Int, masks: [Candidate]) throws(ModelError) {
    try begin()
    let path = destination(photograph)
    switch form {
    case .yolo:
      try AtomicFile.write(Array(try YOLODocument(masks, classes: classes).text.utf8), to: path)
    case .labelme:
      let document = try LabelMeDocument(
        masks, classes: classes, imagePath: Self.relative(photograph, from: folder), width: width, height: height)
      try AtomicFile.write(try document.encoded(), to: path)
    case .masks:
      try writePictures(masks, to: path)
    }
    maskCount += masks.count
  }

  private mutating func begin() throws(ModelError) {
    guard !isBegun else { return }
    try Folder.make(folder)
    if form == .yolo {
      try AtomicFile.write(Array((classes.names.joined(separator: "\n") + "\n").utf8), to: path(Self.classesName))
    }
    try AtomicFile.write(settings, to: path(Self.settingsName))
    isBegun = true
  }

  private func path(_ name: String) -> String { folder + "/" + name }

  private func destination(_ photograph: String) -> String {
    let stem = Folder.stem(Folder.baseName(photograph))
    return switch form {
    case .yolo: path(stem + ".txt")
    case .labelme: path(stem + ".json")
    case .masks: path(stem)
    }
  }

  /// Writes a folder beside its place and renames it.
  private func writePictures(_ masks: [Candidate], to path: String) throws(ModelError) {
    let temporary = self.path(".semantic-sam-" + String(UInt64.random(in: .min ... .max), radix: 36) + ".tmp")
    try Folder.make(temporary)
    var names: [String] = []
    do throws(ModelError) {
      var table = "file,class,level,predicted_iou,stability,area,x,y,width,height\n"
      for (number, candidate) in masks.enumerated() {
        let digits = "\(number)"
        let name = String(repeating: "0", count: max(3 - digits.count, 0)) + digits + ".png"
        let mask = candidate.mask
        names.append(name)
        try PNG.write(
          pixels: mask.bitmap.map { $0 == 0 ? 0 : 255 }, width: mask.width, height: mask.height, format: .gray,
          to: temporary + "/" + name)
        let box = candidate.box
        let numbers = [box.x0, box.y0, box.width, box.height].map { "\(Int($0))" }.joined(separator: ",")
        table +=
          "\(name),\(Self.quoted(classes.name(of: candidate))),\(candidate.granularity.level),\(candidate.predictedIoU),"
          + "\(candidate.stability.map { "\($0)" } ?? ""),\(candidate.area),\(numbers)\n"
      }
      names.append("masks.csv")
      try AtomicFile.write(Array(table.utf8), to: temporary + "/masks.csv")
      guard rename(temporary, path) == 0 else {
        throw ModelError(
          .unreadableFile,
          "The folder '\(path)' cannot be made: \(String(cString: strerror(errno))); check its folder and permissions.")
      }
    } catch {
      for name in names { unlink(temporary + "/" + name) }
      rmdir(temporary)
      throw error
    }
  }

  /// A field of a table of comma-separated values.
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// The path of a file as it is reached from a folder; both are there.
  static func relative(_ file: String, from folder: String) -> String {
    guard let file = resolved(file), let folder = resolved(folder) else { return file }
    let target = file.split(separator: "/")
    let start = folder.split(separator: "/")
    let common = zip(target, start).prefix { $0 == $1 }.count
    return (start.dropFirst(common).map { _ in ".." } + target.dropFirst(common).map(String.init))
      .joined(separator: "/")
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
