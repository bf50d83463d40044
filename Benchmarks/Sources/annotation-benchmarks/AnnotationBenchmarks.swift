import ArgumentParser
import Foundation
import SemanticSAMData

/// Measures the reading of annotation files and COCO's evaluation once, for a program that drives it; each subcommand prints
/// one line of JSON. See Benchmarks/annotations/compare.
@main
struct AnnotationBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotation-benchmarks", subcommands: [Index.self, Panoptic.self, Evaluate.self])
}

extension AnnotationBenchmarks {
  /// Reads the index of a file.
  struct Index: ParsableCommand {
    @Argument var file: String

    func run() throws {
      let before = ProcessMemory.now
      let start = ContinuousClock.now
      let annotations = try COCOAnnotations(contentsOf: file)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let after = ProcessMemory.now
      try Report.print([
        "seconds": seconds, "annotations": Double(annotations.annotations.count),
        "images": Double(annotations.images.count), "kept_bytes": Double(annotations.keptBytes),
        "resident_bytes": after.resident - before.resident, "peak_bytes": after.peak - before.resident,
      ])
    }
  }

  /// Reads panoptic annotations.
  struct Panoptic: ParsableCommand {
    @Argument var file: String

    func run() throws {
      let before = ProcessMemory.now
      let start = ContinuousClock.now
      let document = try PanopticDocument(contentsOf: file)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let after = ProcessMemory.now
      try Report.print([
        "seconds": seconds, "images": Double(document.annotations.count),
        "segments": Double(document.annotations.reduce(0) { $0 + $1.segments.count }),
        "resident_bytes": after.resident - before.resident, "peak_bytes": after.peak - before.resident,
      ])
    }
  }

  /// Reads annotations and results and evaluates them.
  struct Evaluate: ParsableCommand {
    @Argument var annotations: String
    @Argument var results: String
    @Argument var type: String

    func run() throws {
      let start = ContinuousClock.now
      let truth = try COCOAnnotations(contentsOf: annotations)
      let found = try COCOResults(contentsOf: results, for: truth)
      let read = ContinuousClock.now
      let result = try COCOAveragePrecision(
        task: COCOTask(rawValue: type) ?? .segm, annotations: truth, results: found)
      let end = ContinuousClock.now
      var numbers = ["seconds": (end - start) / .seconds(1), "read_seconds": (read - start) / .seconds(1)]
      for (column, value) in zip(COCOAveragePrecision.columns, result.statistics) { numbers[column] = value }
      try Report.print(numbers)
    }
  }
}

/// Numbers as one line of JSON.
enum Report {
  static func print(_ numbers: [String: Double]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    Swift.print(String(decoding: try encoder.encode(numbers), as: UTF8.self))
  }
}

/// What the process holds in memory, in bytes.
struct ProcessMemory {
  var resident: Double
  /// The most since the process began.
  var peak: Double

  static var now: ProcessMemory {
    var memory = ProcessMemory(resident: 0, peak: 0)
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count > 1, let kilobytes = Double(words[1]) else { continue }
      if words[0] == "VmRSS:" { memory.resident = kilobytes * 1024 }
      if words[0] == "VmHWM:" { memory.peak = kilobytes * 1024 }
    }
    return memory
  }
}
