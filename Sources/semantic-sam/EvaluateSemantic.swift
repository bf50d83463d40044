import ArgumentParser
import Foundation
import SemanticSAMCore
import SemanticSAMData
import SemanticSAMImages

struct EvaluateSemantic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "semantic",
    abstract:
      "Measure a semantic segmentation: mean and frequency-weighted IoU, mean and pixel accuracy, IoU of each class.",
    usage: """
      semantic-sam evaluate semantic --truth <folder> --predictions <folder>
        [<options>]
      """,
    discussion: """
      Truth and predictions are PNG files of the same names whose values are class numbers from 0: a palette's indices or \
      grey samples as stored, or R + 256 G + 65536 B.
      """)

  @Option(help: ArgumentHelp("The folder with the label PNG files of the truth.", valueName: "folder"))
  var truth: String

  @Option(help: ArgumentHelp("The folder with the label PNG files of the predictions.", valueName: "folder"))
  var predictions: String

  @Option(help: ArgumentHelp("The label that means no class.", valueName: "number"))
  var ignore: UInt32?

  @Option(help: ArgumentHelp("The names of the classes, one a line, from class 0 on.", valueName: "file"))
  var names: String?

  @Option(
    name: .customLong("protocol"),
    help: "plain, or reference: pixels predicted as no class cost nothing, as in the evaluator of the reference.")
  var protocolName: ProtocolName = .plain

  @OptionGroup var report: ReportOptions

  func run() throws {
    try report.check()
    let names = try names.map { try Self.lines(of: $0) } ?? []
    let files = try Self.labelFiles(in: truth)
    let predicted = Set(try Self.labelFiles(in: predictions))
    guard !files.isEmpty else {
      throw ModelError(.unreadableFile, "The folder '\(truth)' has no PNG file; give the one with the label maps.")
    }
    let missing = files.filter { !predicted.contains($0) }
    if let first = missing.first {
      throw ModelError(
        .unreadableFile,
        "\(missing.count) of the \(files.count) files of '\(truth)' have no prediction in '\(predictions)', '\(first)' "
          + "being the first; add them under the same names.")
    }
    let surplus = predicted.subtracting(files)
    if let first = surplus.min() {
      report.messages.note(
        "\(surplus.count) files of '\(predictions)' have no truth in '\(truth)' and are left out, the first of them "
          + "'\(first)'.")
    }
    let progress = report.messages.progress(predictions)
    var counter = SemanticCounter(ignoring: ignore)
    for (index, file) in files.enumerated() {
      let paths = (truth: truth + "/" + file, prediction: predictions + "/" + file)
      try counter.add(
        truth: LabelImage(contentsOf: paths.truth), prediction: LabelImage(contentsOf: paths.prediction), names: paths)
      progress?.show(Double(index + 1) / Double(files.count), of: .evaluating)
    }
    progress?.clear()
    let result = try counter.result(names: names, convention: protocolName.convention)
    try report.write(json: result.encoded(), table: result.table)
  }

  /// The names of the PNG files in a folder, sorted.
  private static func labelFiles(in folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ModelError(.unreadableFile, "The folder '\(folder)' cannot be read; check the path.")
    }
    return names.filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }.sorted()
  }

  private static func lines(of path: String) throws -> [String] {
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 20), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
}

extension EvaluateSemantic {
  enum ProtocolName: String, ExpressibleByArgument, CaseIterable {
    case plain, reference

    var convention: SemanticIoU.Convention { self == .plain ? .plain : .reference }
  }
}
