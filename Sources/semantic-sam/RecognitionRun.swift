import ArgumentParser
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMDrawing
import SemanticSAMImages

/// Recognises things in a photograph or in each photograph of a folder, and writes what was asked for.
struct RecognitionRun {
  enum Task {
    case panoptic, instances, semantic, parts
  }

  let task: Task
  /// A photograph or a folder.
  let path: String
  let files: RecognitionFiles
  /// The PNG, or the folder of the PNG files, that hold maps.
  let maps: String?
  let vocabulary: VocabularyOptions
  let settings: RecognitionSettings
  let model: ModelOptions
  let messages: Messages

  private var isFolder: Bool { Folder.isFolder(path) }

  func run() throws {
    let names = isFolder ? try Folder.names(in: path).filter(Folder.isImage) : [Self.lastComponent(path)]
    guard !names.isEmpty else {
      throw ModelError(
        .unreadableFile, "The folder '\(path)' holds no photograph with a name in .jpg, .jpeg, .png or .webp.")
    }
    try check(names)
    let options = settings.options(longEdge: model.longEdge)
    let model = try self.model.load()
    let (list, vocabulary) = try self.vocabulary.load(for: model)
    guard !(task == .parts ? vocabulary.parts : vocabulary.objects).names.isEmpty else {
      throw ModelError(
        .invalidArgument,
        "The vocabulary names no \(task == .parts ? "parts" : "objects"); give another --vocabulary.")
    }
    var documents = Documents(task, list, ids: Self.imageIDs(names))
    let progress = messages.progress(path)
    var written: [String] = []
    for (index, name) in names.enumerated() {
      let file = isFolder ? path + "/" + name : path
      let photograph = file == "-" ? try Image(readingFrom: 0) : try Image(contentsOf: file)
      let recognition = try model.recognition(of: photograph, vocabulary: vocabulary, options: options) { share in
        if isFolder {
          progress?.showBar((Double(index) + share) / Double(names.count), "\(index + 1) of \(names.count) photographs")
        } else {
          progress?.show(share, of: .segmenting)
        }
      }
      let (regions, map) = try documents.add(
        recognition, photograph: index, name: name, mapName: isFolder ? nil : maps.map(Self.lastComponent),
        threshold: settings.scoreThreshold)
      var made: [(path: String, bytes: [UInt8])] = []
      let pngName = PanopticWriter.pngName(of: name)
      if let output = files.output {
        made.append(
          (
            isFolder ? output + "/" + pngName : output,
            try NamedOverlay().draw(photograph, regions: regions).encodePNG()
          ))
      }
      if let maps, let map { made.append((isFolder ? maps + "/" + pngName : maps, map)) }
      for (path, bytes) in made { try AtomicFile.write(bytes, to: path) }
      if !isFolder { written += made.map(\.path) }
    }
    progress?.clear()
    try finish(documents, written)
  }

  private func finish(_ documents: Documents, _ written: [String]) throws {
    var written = written
    let json = files.json == nil ? nil : try documents.json()
    if let path = files.json, path != "-", let json {
      try AtomicFile.write(json, to: path)
      written.append(path)
    }
    if let path = files.polygons {
      try AtomicFile.write(try documents.polygons.encoded(), to: path)
      written.append(path)
    }
    if isFolder { written += [files.output, maps].compactMap(\.self) }
    for path in written { messages.note("Wrote \(path).") }
    try Output.write(files.json == "-" ? json ?? [] : Array(documents.table(isFolder: isFolder).utf8))
  }

  /// Refuses what cannot be written or would replace an input, before any work.
  private func check(_ names: [String]) throws {
    var owners: [FileIdentity: String] = [:]
    for input in [path == "-" ? nil : path, model.checkpoint].compactMap(\.self) + vocabulary.inputs {
      if let identity = FileIdentity(input) { owners[identity] = "the input '\(input)'" }
    }
    let folders = [("--output", files.output), ("--maps", maps)]
    let single = [("--json", files.json == "-" ? nil : files.json), ("--polygons", files.polygons)]
    for (option, target) in (isFolder ? single : folders + single) {
      guard let target else { continue }
      if !isFolder, option == "--output" || option == "--maps" {
        guard target.lowercased().hasSuffix(".png") || FileIdentity.isDevice(target) else {
          throw ValidationError("\(option) writes PNG; give '\(target)' a name that ends in .png.")
        }
      }
      if let identity = FileIdentity(target) {
        if let owner = owners[identity] {
          throw ValidationError("\(option) '\(target)' would replace \(owner); give another file.")
        }
        owners[identity] = "the file of \(option)"
      }
      try FileIdentity.checkWritable(target)
    }
    guard isFolder else { return }
    for (option, target) in folders {
      guard let target else { continue }
      guard Folder.isFolder(target) else {
        throw ValidationError("\(option) '\(target)' is no folder, and '\(path)' is one; make the folder first.")
      }
      if let identity = FileIdentity(target) {
        if let owner = owners[identity] {
          throw ValidationError("\(option) '\(target)' would replace \(owner); give another folder.")
        }
        owners[identity] = "the folder of \(option)"
      }
    }
    let pictures = Dictionary(grouping: names) { PanopticWriter.pngName(of: $0) }
    if files.output != nil || maps != nil, let twice = pictures.filter({ $0.value.count > 1 }).keys.min() {
      throw ValidationError(
        "Two photographs of '\(path)' would be written to the same '\(twice)'; rename one of them.")
    }
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// COCO names its photographs by their ids; others are numbered from 1.
  private static func imageIDs(_ names: [String]) -> [Int64] {
    let numbers = names.compactMap { name -> Int64? in
      let stem = name.prefix { $0 != "." }
      return stem.allSatisfy { $0.isASCII && $0.isNumber } ? Int64(stem) : nil
    }
    return numbers.count == names.count && Set(numbers).count == names.count
      ? numbers : names.indices.map { Int64($0 + 1) }
  }
}
