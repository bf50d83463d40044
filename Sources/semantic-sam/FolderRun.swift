import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

/// Segments the photographs of a folder, in the order of their names, into one file.
struct FolderRun {
  let folder: String
  /// The file to make or to continue; `nil` for standard output.
  let json: String?
  let options: AutomaticMaskOptions
  let messages: Messages

  /// The file is written again whenever this many times the last writing has passed, so that an interruption costs little and
  /// writing takes a small share of a long run.
  private static let workPerWriting = 20

  /// - Throws: at the end, where photographs could not be read; each of them is named on stderr before.
  func run(loading load: () throws -> SemanticSAM) throws {
    let names = try Folder.names(in: folder).filter(Folder.isImage)
    guard !names.isEmpty else {
      throw ModelError(
        .unreadableFile, "The folder '\(folder)' holds no photograph with a name in .jpg, .jpeg, .png or .webp.")
    }
    let model = try load()
    let settings = COCOMaskDocument.Settings(options, checksum: model.checkpoint.checksum)
    var document = COCOMaskDocument(settings)
    if let json, FileIdentity.isWritten(json) { document = try COCOMaskDocument(continuing: json, settings) }
    let rest = names.filter { !document.contains($0) }
    if rest.count < names.count { messages.note("\(names.count - rest.count) of \(names.count) photographs are done.") }

    let progress = messages.progress(folder)
    var failures = 0
    // A run that has nothing to add leaves the file alone.
    var isWritten = rest.isEmpty
    var lastWriting: (end: ContinuousClock.Instant, time: Duration) = (.now, .zero)
    func write() throws {
      guard let json else { return }
      let start = ContinuousClock.now
      try AtomicFile.write(try document.encoded(), to: json)
      isWritten = true
      lastWriting = (ContinuousClock.now, ContinuousClock.now - start)
    }
    for (index, name) in rest.enumerated() {
      do throws(ModelError) {
        let photograph = try Image(contentsOf: folder + "/" + name)
        let masks = try model.automaticMasks(photograph, options: options) { share in
          progress?.showBar((Double(index) + share) / Double(rest.count), "\(index + 1) of \(rest.count) photographs")
        }
        try document.add(name, width: photograph.width, height: photograph.height, masks: masks)
      } catch {
        progress?.clear()
        Messages.error(error.message)
        failures += 1
        continue
      }
      isWritten = false
      if ContinuousClock.now - lastWriting.end >= lastWriting.time * Self.workPerWriting { try write() }
    }
    progress?.clear()
    if !isWritten { try write() }
    if let json, !rest.isEmpty { messages.note("Wrote \(json).") }
    let summary = "\(document.maskCount) masks of \(document.imageCount) photographs\n"
    try Output.write(json == nil ? try document.encoded() : Array(summary.utf8))
    guard failures == 0 else {
      throw ModelError(
        .unreadableFile,
        "\(failures) of \(rest.count) photographs are not segmented, for the reasons above; call again to try those only."
      )
    }
  }
}
